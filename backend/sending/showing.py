"""All that a page, a receipt or a printed copy shows of an item: its words, what they are about, who may read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments.models import Comment
from backend.comments.queries import Change
from backend.core.i18n import gettext
from backend.people.models import Person
from backend.ratings import queries as rating_queries
from backend.releases.models import Criterion, Framework, Revision
from backend.sending import receipts
from backend.sending.queries import Item, Sent
from backend.submissions import crediting
from backend.submissions.models import SpeakingFor, Submission
from backend.suggestions import queries as suggestion_queries
from backend.suggestions.models import Suggestion


@dataclass(frozen=True)
class Shown:
    """One item, in words."""

    name: str
    """The reference of a point, or the code of an entry that was rated."""
    about: str
    """The entry with its title, the question, or the framework."""
    part: str
    """The section that a point is about or the field that it would change; nothing for the whole."""
    comment: Comment | None
    body: str
    replacement: str | None
    """What a suggestion would put in place of the field."""
    change: Change | None
    scores: Sequence[tuple[str, str]]
    """Each question that was answered, with the answer."""
    byline: str | None
    """What stands under it in public; None where it is not published in full."""
    by: str
    at: datetime
    digest: str
    revision: Revision | None
    changed_by: str = ""
    """The colleague who changed the words last, where that was not who wrote them."""
    spoken_for: str = ""
    """Whose view a point is, by name."""
    grounds: Sequence[str] = ()
    """What the ratings rest on, while they are not sent."""
    was_changed: bool = False
    """Whether a later part holds other words for it."""


@dataclass(frozen=True)
class _Known:
    framework: Framework
    suggestions: Mapping[int, Suggestion]
    labels: dict[str, dict[str, str]]
    bylines: Mapping[int, str | None]


def of_items(session: Session, submission: Submission, items: Sequence[Item]) -> dict[str, Shown]:
    """The items that wait, by key; the number of reads does not grow with their number."""
    known = _read(session, submission, [item.comment for item in items if item.comment])
    rated = [item.ratings[0].revision_id for item in items if item.ratings]
    grounds = rating_queries.grounds_of(session, submission.voice, rated)
    labels = {ground["code"]: ground["label"] for ground in known.framework.grounds}
    found: dict[str, Shown] = {}
    for item in items:
        if item.comment and item.draft:
            words = (item.draft.body, item.draft.replacement, item.digest)
            changed_by = item.by if item.by.id != item.comment.author_id else None
            found[item.key] = _point(known, item.comment, *words, changed_by=changed_by, at=item.at)
        else:
            scores = [(rating.criterion, rating.score) for rating in item.ratings]
            revision = item.ratings[0].revision
            rests_on = [labels[code] for code in grounds.get(revision.id, []) if code in labels]
            found[item.key] = replace(
                _rated(item.name, revision, scores, item.by.name, item.at, item.digest), grounds=rests_on
            )
    return found


def of_sent(session: Session, submission: Submission, sent: Sequence[Sent]) -> list[Shown]:
    """What was signed off, in its order."""
    known = _read(session, submission, [each.comment for each in sent if each.comment])
    found = []
    for each in sent:
        if each.comment and each.text:
            words = (each.text.body, each.text.replacement, each.digest)
            changed = each.text.number != each.comment.text_number
            found.append(
                _point(
                    known, each.comment, *words, changed_by=each.text.changed_by, at=each.part.at, was_changed=changed
                )
            )
        elif each.revision:
            found.append(_rated(each.name, each.revision, each.scores, each.by.name, each.part.at, each.digest))
    return found


def _read(session: Session, submission: Submission, comments: Sequence[Comment]) -> _Known:
    framework = submission.round.release.framework
    ids = [comment.id for comment in comments]
    base = joinedload(Suggestion.base_revision)  # type: ignore[arg-type]
    found = session.exec(select(Suggestion).where(col(Suggestion.comment_id).in_(ids)).options(base))
    suggestions = {suggestion.comment_id: suggestion for suggestion in found}
    has_terms = any(suggestion.field.startswith("terms:") for suggestion in suggestions.values())
    labels = suggestion_queries.term_labels(session, framework) if has_terms else {}
    return _Known(framework, suggestions, labels, _bylines(session, submission, comments))


def _bylines(session: Session, submission: Submission, comments: Sequence[Comment]) -> dict[int, str | None]:
    """What will stand under each point: as if it had been sent, where nothing of the submission was so far."""
    if not comments:
        return {}
    body = submission.organisation or submission.person
    among = crediting.participants_with(session, submission.round_id, submission, body)
    return {
        comment.id: crediting.credit(
            body,
            round_id=comment.round_id,
            speaking_for=comment.speaking_for,
            publish_as=comment.publish_as,
            on_behalf_of=comment.on_behalf_of,
            among=among,
        )
        for comment in comments
    }


def _point(
    known: _Known,
    comment: Comment,
    body: str,
    replacement: str | None,
    digest: str,
    *,
    changed_by: Person | None,
    at: datetime,
    was_changed: bool = False,
) -> Shown:
    suggestion = known.suggestions.get(comment.id)
    change = None
    if suggestion and replacement is not None:
        value = json.loads(replacement)
        change = suggestion_queries.change(
            known.framework, suggestion.base_revision, suggestion.field, value, known.labels
        )
    section = known.framework.section_label(comment.section) if comment.section else ""
    return Shown(
        name=comment.reference,
        about=_about(known.framework, comment),
        part=change.label if change else section,
        comment=comment,
        body=body,
        replacement=receipts.readable(replacement),
        change=change,
        scores=(),
        byline=known.bylines[comment.id],
        by=comment.author.name,
        changed_by=changed_by.name if changed_by else "",
        spoken_for=_spoken_for(comment),
        at=at,
        digest=digest,
        revision=comment.revision,
        was_changed=was_changed,
    )


def _rated(
    name: str,
    revision: Revision,
    scores: Sequence[tuple[Criterion, int | None]],
    by: str,
    at: datetime,
    digest: str,
) -> Shown:
    return Shown(
        name=name,
        about=f"{revision.entry.code}: {revision.content.title}",
        part=gettext("Ratings"),
        comment=None,
        body="",
        replacement=None,
        change=None,
        scores=[(criterion.label, receipts.score_label(criterion.scale, score)) for criterion, score in scores],
        byline=None,
        by=by,
        at=at,
        digest=digest,
        revision=revision,
    )


def _spoken_for(comment: Comment) -> str:
    """Whose view it is, as colleagues and whoever gets the printed copy can tell without knowing who wrote."""
    if comment.submission.organisation_id is None:
        return gettext(comment.speaking_for.label)
    organisation = {"organisation": comment.submission.organisation.name}
    if comment.speaking_for is SpeakingFor.MEMBERS:
        return gettext("members of %(organisation)s, or a named client") % organisation
    return organisation["organisation"]


def _about(framework: Framework, comment: Comment) -> str:
    if comment.entry and comment.revision:
        return f"{comment.entry.code}: {comment.revision.content.title}"
    return comment.question.prompt if comment.question else framework.title
