"""Suggesting other words or other links for one field of an entry."""

import json

from sqlmodel import Session

from backend.comments import commenting
from backend.comments.models import Comment, Kind
from backend.core import tokens
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.releases import queries as release_queries
from backend.releases import rounds
from backend.releases.models import Entry, Framework, Revision, Round
from backend.releases.revising import NoTitle, UnknownTerm
from backend.submissions.models import PublishAs, SpeakingFor
from backend.suggestions.models import Suggestion

Value = str | tuple[str, ...]


class UnknownField(Refusal):
    """A suggestion is for the title, a section or the links to one scheme."""

    status = 422
    title = mark("We do not know that part of the entry")
    words = mark("Go back to the entry and choose the part that you want to change.")


class NothingSuggested(Refusal):
    """The suggestion is what the entry says already."""

    status = 422
    title = mark("Nothing would change")
    words = mark("Change the text before you send it: it is the same as in the entry.")


def suggest(
    session: Session,
    viewer: Viewer,
    round_: Round,
    *,
    entry: Entry,
    field: str,
    value: Value,
    body: str,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str = "",
    form_token: str = "",
) -> Comment:
    """Send a replacement for one field of the entry as it is in the round's release, with the reason in `body`.

    Raises UnknownField, NothingSuggested, NoTitle or UnknownTerm, and as `commenting.send` does.
    """
    rounds.must_be_open(round_)
    revision = commenting.line_of(session, round_, entry).revision
    checked = checked_value(session, round_.release.framework, revision, field, value)
    comment = commenting.send(
        session, viewer, round_,
        kind=Kind.WRONG_MAPPING if field.startswith("terms:") else Kind.WORDING,
        body=body, speaking_for=speaking_for, publish_as=publish_as, on_behalf_of=on_behalf_of, entry=entry,
        section=field.partition(":")[2] if field.startswith("section:") else None,
        replacement=written(checked), form_token=form_token,
    )  # fmt: skip
    if session.get(Suggestion, comment.id) is None:
        session.add(Suggestion(comment_id=comment.id, base_revision_id=revision.id, field=field))
        session.flush()
    return comment


def must_be_field(framework: Framework, field: str) -> None:
    """Go on only with a field that the framework's entries have. Raises UnknownField."""
    sections = {f"section:{section['key']}" for section in framework.sections}
    if field != "title" and field not in sections | {f"terms:{slug}" for slug in framework.schemes}:
        raise UnknownField()


def checked_value(session: Session, framework: Framework, revision: Revision, field: str, value: Value) -> Value:
    """The value as it would stand in the entry. Raises UnknownField, UnknownTerm, NoTitle or NothingSuggested."""
    must_be_field(framework, field)
    if isinstance(value, tuple) != field.startswith("terms:"):
        raise UnknownField()
    if isinstance(value, tuple):
        slug = field.partition(":")[2]
        known = {
            term.code
            for scheme in release_queries.schemes(session, framework)
            if scheme.slug == slug
            for term in scheme.terms
        }
        for code in value:
            if code not in known:
                raise UnknownTerm(scheme=slug, code=code)
    changed = revision.content.with_field(field, value)
    if not changed.title:
        raise NoTitle()
    if changed.digest == revision.content.digest:
        raise NothingSuggested()
    return changed.value(field)


def written(value: Value) -> str:
    """The value as it is kept."""
    return tokens.canonical(value)


def read(replacement: str | None) -> Value:
    """The value that is kept; empty where a point suggests nothing."""
    value = json.loads(replacement or '""')
    return value if isinstance(value, str) else tuple(value)
