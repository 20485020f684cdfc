"""Suggesting other words or other links for one field of an entry."""

import json
from typing import Required, TypedDict, Unpack

from sqlmodel import Session

from backend.comments import commenting, drafting
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


class Suggested(TypedDict, total=False):
    """A replacement for one field of an entry, the reason for it, and who makes it."""

    entry: Required[Entry]
    field: Required[str]
    value: Required[Value]
    body: Required[str]
    speaking_for: Required[SpeakingFor]
    publish_as: Required[PublishAs]
    on_behalf_of: str
    form_token: str


def suggest(session: Session, viewer: Viewer, round_: Round, **suggested: Unpack[Suggested]) -> Comment:
    """Suggest a replacement for one field of the entry as it is in the round's release, with the reason in `body`.

    One's own is sent; an organisation's is added to its feedback. Raises UnknownField, NothingSuggested, NoTitle or
    UnknownTerm, and as `drafting.finish` does.
    """
    return _note(session, drafting.finish(session, viewer, round_, **_said(session, round_, suggested)), suggested)


def begin(session: Session, viewer: Viewer, round_: Round, **suggested: Unpack[Suggested]) -> Comment:
    """Keep the replacement as a draft, with or without a reason. Raises as `suggest` and `drafting.begin` do."""
    return _note(session, drafting.begin(session, viewer, round_, **_said(session, round_, suggested)), suggested)


def _said(session: Session, round_: Round, suggested: Suggested) -> commenting.Said:
    rounds.must_be_open(round_)
    field = suggested["field"]
    revision = commenting.line_of(session, round_, suggested["entry"]).revision
    checked = checked_value(session, round_.release.framework, revision, field, suggested["value"])
    return {
        "kind": Kind.WRONG_MAPPING if field.startswith("terms:") else Kind.WORDING,
        "body": suggested["body"],
        "speaking_for": suggested["speaking_for"],
        "publish_as": suggested["publish_as"],
        "on_behalf_of": suggested.get("on_behalf_of", ""),
        "entry": suggested["entry"],
        "section": field.partition(":")[2] if field.startswith("section:") else None,
        "replacement": written(checked),
        "form_token": suggested.get("form_token", ""),
    }


def _note(session: Session, comment: Comment, suggested: Suggested) -> Comment:
    if session.get(Suggestion, comment.id) is None:
        assert comment.revision_id
        session.add(Suggestion(comment_id=comment.id, base_revision_id=comment.revision_id, field=suggested["field"]))
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
