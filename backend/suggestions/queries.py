"""Reading suggestions, and what caused each change."""

from collections import defaultdict

from sqlalchemy import and_, func, true
from sqlalchemy.orm import aliased, joinedload
from sqlmodel import Session, col, select

from backend.comments.models import Comment, State
from backend.releases.models import Entry, Release, ReleaseEntry, Revision
from backend.suggestions.models import Cause


def causes_between(
    session: Session, old: Release | None, new: Release, entry: Entry | None = None
) -> dict[int, list[Cause]]:
    """By entry, or for one, the published points that led to its changes after the old release, up to the new one."""
    after, before = aliased(Revision), aliased(Revision)
    new_line, old_line = aliased(ReleaseEntry), aliased(ReleaseEntry)
    found = session.exec(
        select(Cause)
        .join(Revision, col(Revision.id) == Cause.revision_id)
        .join(Comment, col(Comment.id) == Cause.comment_id)
        .join(new_line, col(new_line.entry_id) == Revision.entry_id)
        .join(after, col(after.id) == new_line.revision_id)
        .outerjoin(
            old_line,
            and_(col(old_line.entry_id) == Revision.entry_id, col(old_line.release_id) == (old.id if old else None)),
        )
        .outerjoin(before, col(before.id) == old_line.revision_id)
        .where(
            col(new_line.release_id) == new.id,
            Revision.number <= after.number,
            col(Revision.number) > func.coalesce(before.number, 0),
            Comment.state == State.PUBLISHED,
            col(Revision.entry_id) == entry.id if entry else true(),
        )
        .order_by(col(Cause.revision_id), col(Cause.comment_id))
        .options(joinedload(Cause.comment), joinedload(Cause.revision))  # type: ignore[arg-type]
    )
    by_entry: dict[int, list[Cause]] = defaultdict(list)
    for cause in found:
        by_entry[cause.revision.entry_id].append(cause)
    return by_entry
