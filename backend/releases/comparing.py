"""What changed from one release to another, entry by entry."""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlmodel import Session

from backend.core.bilingual import Said
from backend.core.i18n import mark
from backend.releases import diff, queries
from backend.releases.diff import FieldChange
from backend.releases.models import Entry, Release, Retirement, Revision


class HowChanged(StrEnum):
    """What happened to an entry."""

    CHANGED = "changed"
    ADDED = "added"
    RETIRED = "retired"

    @property
    def label(self) -> str:
        """The word on screen."""
        return {"changed": mark("Changed"), "added": mark("Added"), "retired": mark("Retired")}[self.value]


@dataclass(frozen=True)
class EntryChange:
    """One entry that differs between two releases."""

    how: HowChanged
    entry: Entry
    old: Revision | None
    new: Revision | None
    fields: list[FieldChange]
    revisions: list[Revision] = field(default_factory=list)
    """Every revision on the way to the new one, the oldest first."""
    retirement: Retirement | None = None

    @property
    def reasons(self) -> list[str]:
        """Why, in the words of each revision on the way."""
        return reasons_of(self.revisions)

    @property
    def title(self) -> Said:
        """The entry's title, the newer one where it changed, in the reader's language where it is there."""
        revision = self.new or self.old
        assert revision
        return revision.title


def reasons_of(revisions: list[Revision]) -> list[str]:
    """What the revisions say of why they were made, each reason once."""
    return list(dict.fromkeys(revision.message for revision in revisions))


def between(session: Session, old: Release | None, new: Release) -> list[EntryChange]:
    """Every entry that was changed, added or retired after the old release, up to the new one, in order.

    Without an old release every entry is new.
    """
    before = {line.entry_id: line for line in queries.manifest(session, old)} if old else {}
    after = {line.entry_id: line for line in queries.manifest(session, new)}
    revisions = queries.revisions_between(session, old, new)
    retirements = queries.retirements_between(session, old, new)
    changes = []
    for entry_id in before.keys() | after.keys():
        was, is_now = before.get(entry_id), after.get(entry_id)
        if was and is_now and was.revision_id == is_now.revision_id:
            continue
        line = is_now or was
        assert line
        found = diff.fields(was.revision.content if was else None, is_now.revision.content if is_now else None)
        changes.append(
            EntryChange(
                how=HowChanged.RETIRED if not is_now else HowChanged.CHANGED if was else HowChanged.ADDED,
                entry=line.entry,
                old=was.revision if was else None,
                new=is_now.revision if is_now else None,
                fields=diff.in_page_order(new.framework, found),
                revisions=revisions.get(entry_id, []),
                retirement=retirements.get(entry_id) if not is_now else None,
            )
        )
    return sorted(changes, key=lambda change: change.entry.position)
