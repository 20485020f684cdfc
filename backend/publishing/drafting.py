"""Editing the draft by hand, with the reason and the points that prompted it."""

from collections.abc import Sequence

from sqlmodel import Session

from backend.audit import log
from backend.comments.models import Comment
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import queries, revising
from backend.releases.content import EntryContent
from backend.releases.models import Entry, Release, Revision
from backend.suggestions import merging


class ReasonMissing(Refusal):
    """Everybody may read why an entry changed."""

    status = 422
    title = mark("Give the reason")
    words = mark("Write why the entry changes. It is published with the release.")


def save(
    session: Session,
    draft: Release,
    entry: Entry,
    content: EntryContent,
    *,
    seen: Revision | None,
    by: Person,
    because: str,
    prompted_by: Sequence[Comment] = (),
) -> Revision:
    """Put this text into the draft in place of the one that was seen, and credit the points that prompted it.

    Raises ReasonMissing, and DraftMovedOn and the like as `revising.revise` does.
    """
    if not because.strip():
        raise ReasonMissing()
    revision = revising.revise(session, draft, entry, content, seen=seen, by=by, because=because)
    if seen is not None and revision.id == seen.id:
        return revision
    before, after = (seen.content.fields() if seen else {}), content.fields()
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    merging.note_causes(session, revision, prompted_by, fields=changed)
    return revision


def add(
    session: Session,
    draft: Release,
    *,
    code: str,
    content: EntryContent,
    by: Person,
    because: str,
    prompted_by: Sequence[Comment] = (),
) -> Revision:
    """Put a new entry at the end of the draft. Raises ReasonMissing, and what `revising.add_entry` raises."""
    if not because.strip():
        raise ReasonMissing()
    revision = revising.add_entry(session, draft, code=code, content=content, by=by, because=because)
    merging.note_causes(session, revision, prompted_by, fields=content.fields())
    return revision


def describe(session: Session, draft: Release, *, title: str, introduction: str, by: Person) -> None:
    """Say what the release is called and what is new in it. Raises NotADraft."""
    revising.must_be_draft(session, draft)
    draft.title, draft.introduction = title, introduction
    session.add(draft)
    log.record(session, "draft described", f"release {draft.framework.slug} {draft.number}", by=by)


def next_code(session: Session, draft: Release) -> str:
    """The code that a new entry gets: the one after the highest ever used, since codes are for life."""
    codes = queries.codes(session, draft.framework)
    numbers = [int(number) for code in codes if (number := code.rpartition("-")[2]).isdigit()]
    return f"{draft.framework.code_prefix}-{max(numbers, default=0) + 1:02}"
