"""All that a page, a receipt or a printed copy shows of an item: its words, what they are about, who may read them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments.models import Comment, CommentText, State
from backend.comments.queries import Change
from backend.core import bilingual
from backend.core.bilingual import Said
from backend.core.i18n import gettext
from backend.people.models import Organisation, Person
from backend.ratings import queries as rating_queries
from backend.releases.models import Criterion, Framework, Revision
from backend.sending import receipts
from backend.sending.queries import Item, Sent
from backend.submissions import crediting
from backend.submissions.crediting import Participants
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
    said: Comment | CommentText | None
    """What a point says of itself: its kind, whom it speaks for and what may be published; as it was when signed."""
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
    """What the ratings rest on."""
    was_changed: bool = False
    """Whether a later part holds other words for it."""

    @property
    def was_withdrawn(self) -> bool:
        """Whether it was taken back after it had been signed off."""
        return self.comment is not None and self.comment.state is State.WITHDRAWN


@dataclass(frozen=True)
class _Known:
    framework: Framework
    suggestions: Mapping[int, Suggestion]
    labels: dict[str, dict[str, Said]]
    body: Organisation | Person
    among: Participants

    def rests_on(self, grounds: Sequence[str]) -> list[str]:
        """What ratings rest on, in the words of the framework."""
        return [
            self.framework.ground_label(ground["code"])
            for ground in self.framework.grounds
            if ground["code"] in grounds
        ]


def of_items(session: Session, submission: Submission, items: Sequence[Item]) -> dict[str, Shown]:
    """The items that wait, by key; the number of reads does not grow with their number."""
    known = _read(session, submission, [item.comment for item in items if item.comment])
    found: dict[str, Shown] = {}
    for item in items:
        if item.comment and item.draft:
            words = (item.draft.body, item.draft.replacement, item.digest)
            changed_by = item.by if item.by.id != item.comment.author_id else None
            found[item.key] = _point(known, item.comment, item.comment, *words, changed_by=changed_by, at=item.at)
        else:
            scores = [(rating.criterion, rating.score) for rating in item.ratings]
            rests_on = known.rests_on(rating_queries.grounds(item.ratings))
            revision = item.ratings[0].revision
            found[item.key] = _rated(item.name, revision, scores, rests_on, item.by.name, item.at, item.digest)
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
                    known, each.comment, each.text, *words, changed_by=each.text.changed_by, at=each.part.at,
                    was_changed=changed,
                )
            )  # fmt: skip
        elif each.revision:
            rests_on = known.rests_on(each.grounds)
            found.append(
                _rated(each.name, each.revision, each.scores, rests_on, each.by.name, each.part.at, each.digest)
            )
    return found


def _read(session: Session, submission: Submission, comments: Sequence[Comment]) -> _Known:
    framework = submission.round.release.framework
    ids = [comment.id for comment in comments]
    base = joinedload(Suggestion.base_revision)  # type: ignore[arg-type]
    found = session.exec(select(Suggestion).where(col(Suggestion.comment_id).in_(ids)).options(base))
    suggestions = {suggestion.comment_id: suggestion for suggestion in found}
    has_terms = any(suggestion.field.startswith("terms:") for suggestion in suggestions.values())
    labels = suggestion_queries.term_labels(session, framework) if has_terms else {}
    body = submission.organisation or submission.person
    among = crediting.participants_with(session, submission.round_id, submission, body)
    return _Known(framework, suggestions, labels, body, among)


def _byline(known: _Known, comment: Comment, said: Comment | CommentText) -> str | None:
    """What will stand under it: as if it had been sent, where nothing of the submission was so far."""
    return crediting.credit(
        known.body,
        round_id=comment.round_id,
        speaking_for=said.speaking_for,
        publish_as=said.publish_as,
        on_behalf_of=said.on_behalf_of,
        among=known.among,
    )


def _point(
    known: _Known,
    comment: Comment,
    said: Comment | CommentText,
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
        said=said,
        body=body,
        replacement=receipts.readable(replacement),
        change=change,
        scores=(),
        byline=_byline(known, comment, said),
        by=comment.author.name,
        changed_by=changed_by.name if changed_by else "",
        spoken_for=_spoken_for(comment, said),
        at=at,
        digest=digest,
        revision=comment.revision,
        was_changed=was_changed,
    )


def _rated(
    name: str,
    revision: Revision,
    scores: Sequence[tuple[Criterion, int | None]],
    grounds: Sequence[str],
    by: str,
    at: datetime,
    digest: str,
) -> Shown:
    return Shown(
        name=name,
        about=revision.title.after(f"{revision.entry.code}: "),
        part=gettext("Ratings"),
        comment=None,
        said=None,
        body="",
        replacement=None,
        change=None,
        scores=[
            (bilingual.said(criterion, "label"), receipts.score_label(criterion.scale, score))
            for criterion, score in scores
        ],
        byline=None,
        by=by,
        at=at,
        digest=digest,
        revision=revision,
        grounds=grounds,
    )


def _spoken_for(comment: Comment, said: Comment | CommentText) -> str:
    """Whose view it is, as colleagues and whoever gets the printed copy can tell without knowing who wrote."""
    if comment.submission.organisation_id is None:
        return gettext(said.speaking_for.label)
    organisation = {"organisation": comment.submission.organisation.name}
    if said.speaking_for is SpeakingFor.MEMBERS:
        return gettext("members of %(organisation)s, or a named client") % organisation
    return organisation["organisation"]


def _about(framework: Framework, comment: Comment) -> str:
    if comment.entry and comment.revision:
        return comment.revision.title.after(f"{comment.entry.code}: ")
    return bilingual.said(comment.question, "prompt") if comment.question else bilingual.said(framework, "title")
