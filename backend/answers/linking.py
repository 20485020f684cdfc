"""Which words a decision links to."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from backend.answers.models import Outcome
from backend.comments.models import Comment
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.releases import queries
from backend.releases.models import Entry, Release


class NoChangedWords(Refusal):
    """“Changed” says where."""

    status = 422
    title = mark("Say where the words changed")
    words = mark(
        "The draft has not changed the words that point %(reference)s is about. Make the change first, "
        "or name the entry where it was made."
    )


@dataclass(frozen=True)
class Place:
    """Where words are: in an entry, and in one field of it if that is known."""

    entry: Entry
    field: str | None = None


def changed_fields(session: Session, draft: Release) -> dict[int, frozenset[str]]:
    """By entry, the fields that the draft changes against the release before; none for an entry that it retires."""
    before = {line.entry_id: line for line in queries.manifest(session, draft.previous)} if draft.previous else {}
    after = {line.entry_id: line for line in queries.manifest(session, draft)}
    found: dict[int, frozenset[str]] = {}
    for entry_id in before.keys() | after.keys():
        old = before[entry_id].revision.content.fields() if entry_id in before else {}
        new = after[entry_id].revision.content.fields() if entry_id in after else {}
        if old != new:
            differ = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
            found[entry_id] = frozenset(differ) if new else frozenset()
    return found


def where(
    comment: Comment,
    suggested: str | None,
    outcome: Outcome,
    place: Place | None,
    changed: Mapping[int, frozenset[str]],
) -> tuple[int | None, str | None]:
    """The entry and the field that the decision links to. Raises NoChangedWords where nothing there has changed."""
    if not outcome.is_change:
        return (place.entry.id, place.field) if place else (comment.entry_id, None)
    if place is not None and _is_changed(place, changed):
        return place.entry.id, place.field
    if comment.entry_id is not None and comment.entry_id in changed:
        fields = changed[comment.entry_id]
        return comment.entry_id, suggested if suggested in fields else None
    raise NoChangedWords(reference=comment.reference)


def _is_changed(place: Place, changed: Mapping[int, frozenset[str]]) -> bool:
    return place.entry.id in changed and (place.field is None or place.field in changed[place.entry.id])
