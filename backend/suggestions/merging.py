"""Bringing suggested wording into the draft, whatever has happened to the draft since."""

import json
from collections.abc import Iterable
from typing import ClassVar

from sqlmodel import Session, col, select

from backend.audit import log
from backend.comments import commenting, independence
from backend.comments.models import Comment, CommentText, State
from backend.core.errors import Refusal
from backend.core.i18n import gettext, mark
from backend.people.models import Person
from backend.releases import queries, revising
from backend.releases.models import Release, ReleaseEntry, Revision
from backend.releases.revising import DraftMovedOn
from backend.suggestions import three_way_merge
from backend.suggestions.models import Cause, Suggestion
from backend.suggestions.three_way_merge import Merged, Value


class MergeConflict(Refusal):
    """Draft and suggestion changed the same words in different ways: a person has to settle it."""

    title = mark("The draft and this suggestion disagree")
    words = mark("Both changed the same words. Compare the two texts and write what the entry should say.")

    def __init__(self, merged: Merged) -> None:
        super().__init__()
        self.merged = merged


class NotToBeMerged(Refusal):
    """Only what has been checked, and still stands, is merged."""

    title = mark("This suggestion cannot be merged")
    words = mark("It has not been checked yet, or it has been withheld or withdrawn.")


class EntryGone(Refusal):
    """The draft no longer has the entry."""

    title = mark("The draft does not have this entry")
    words = mark("The entry has been retired in the draft, so there is nothing to merge the suggestion into.")


class AlreadyMerged(Refusal):
    """The suggestion is in the draft."""

    title = mark("This suggestion is in the draft already")
    words = mark("Nothing has been changed: the draft has taken this suggestion up before.")


class NothingToMerge(Refusal):
    """The draft says it, and said it before the draft was opened."""

    status: ClassVar[int] = 422
    title = mark("The entry says this already")
    words = mark("Merging this suggestion would change nothing. Decide the point as “already there”.")


def proposed(text: CommentText) -> Value:
    """The value that a suggestion proposes for its field."""
    value = json.loads(text.replacement or '""')
    return value if isinstance(value, str) else tuple(value)


def current_text(session: Session, comment: Comment) -> CommentText:
    """The words of the comment as they stand."""
    return session.exec(
        select(CommentText).where(CommentText.comment_id == comment.id, CommentText.number == comment.text_number)
    ).one()


def line_in(session: Session, draft: Release, suggestion: Suggestion) -> ReleaseEntry:
    """The draft's line of the entry that the suggestion is about. Raises EntryGone."""
    line = queries.find_line(session, draft, suggestion.base_revision.entry)
    if line is None:
        raise EntryGone()
    return line


def attempt(session: Session, suggestion: Suggestion, into: Release) -> Merged:
    """What merging would give, without changing anything. Raises EntryGone."""
    line = line_in(session, into, suggestion)
    return three_way_merge.merge(
        suggestion.base_revision.content.value(suggestion.field),
        line.revision.content.value(suggestion.field),
        proposed(current_text(session, suggestion.comment)),
    )


def accept(
    session: Session,
    suggestion: Suggestion,
    *,
    into: Release,
    by: Person,
    settled: Value | None = None,
    seen: Revision | None = None,
) -> Revision:
    """Merge the suggestion into the draft and remember that it caused the change.

    `settled` is what a person wrote in place of a conflict, having `seen` that revision of the draft. Raises
    MergeConflict, DraftMovedOn, NotToBeMerged, OwnContribution, EntryGone, AlreadyMerged or NothingToMerge, and what
    `revising.revise` raises.
    """
    comment = suggestion.comment
    independence.must_be_independent(by, comment)
    commenting.lock(session, comment)
    if comment.state not in (State.PUBLISHED, State.KEPT):
        raise NotToBeMerged()
    if already_merged(session, comment, into):
        raise AlreadyMerged()
    line = line_in(session, into, suggestion)
    if seen is not None and seen.id != line.revision_id:
        raise DraftMovedOn()
    value = settled
    if value is None:
        merged = attempt(session, suggestion, into)
        if merged.value is None:
            raise MergeConflict(merged)
        value = merged.value
    content = line.revision.content.with_field(suggestion.field, value)
    because = gettext("Suggested in point %(reference)s.") % {"reference": comment.reference}
    revision = revising.revise(session, into, line.entry, content, seen=line.revision, by=by, because=because)
    if not is_made_for(session, revision, into):
        raise NothingToMerge()
    note_causes(session, revision, [comment], fields=[suggestion.field])
    log.record(session, "suggestion merged", f"comment {comment.reference}", by=by, release=into.number)
    session.flush()
    return revision


def note_causes(session: Session, revision: Revision, comments: Iterable[Comment], *, fields: Iterable[str]) -> None:
    """Remember that these points led to what the revision changes in these fields."""
    for comment in comments:
        for field in fields:
            session.merge(Cause(revision_id=revision.id, comment_id=comment.id, field=field))
    session.flush()


def already_merged(session: Session, comment: Comment, draft: Release) -> bool:
    """Whether the suggestion has led to a change that the draft is the first release to hold."""
    return comment.id in merged_into(session, draft)


def merged_into(session: Session, draft: Release) -> set[int]:
    """The ids of the comments that led to a change in this release."""
    made = queries.revisions_between(session, draft.previous, draft)
    ids = [revision.id for revisions in made.values() for revision in revisions]
    return set(session.exec(select(Cause.comment_id).where(col(Cause.revision_id).in_(ids))))


def is_made_for(session: Session, revision: Revision, draft: Release) -> bool:
    """Whether the revision was made for this draft, and not taken over from the release before."""
    before = queries.find_line(session, draft.previous, revision.entry) if draft.previous else None
    return before is None or before.revision_id != revision.id
