"""When a list was read and then moved on: what became of the items that are not there any more as they were read."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from backend.comments.models import Comment
from backend.people.access import Viewer
from backend.sending import queries
from backend.submissions.models import SignOff, Submission

LISTED_AT_MOST = 500
"""Keys that are looked up: nobody reads a longer list, whatever a form may hold."""


@dataclass(frozen=True)
class Moved:
    """An item that was selected and is not there any more as it was read."""

    name: str
    part: SignOff | None = None
    """The part in which a colleague has signed it off."""
    by: str = ""
    """Who saved other words, where somebody did."""
    at: datetime | None = None
    is_waiting: bool = False
    """Whether it waits to be signed off in its other words; else it is written anew, was sent back or discarded."""


def find_part(session: Session, submission: Submission, keys: Collection[str], *, by: Viewer) -> SignOff | None:
    """The part that this person has made of exactly these items, if they have: their form has come twice."""
    mine = [part for part in queries.parts(session, submission) if part.signed_by_id == by.known.id]
    if not mine or not keys:
        return None
    held: dict[int, set[str]] = {part.id: set() for part in mine}
    for sent in queries.sent(session, mine):
        held[sent.part.id].add(sent.key)
    return next((part for part in reversed(mine) if held[part.id] == set(keys)), None)


def explain(session: Session, submission: Submission, keys: Collection[str]) -> list[Moved]:
    """What became of each of these items of the submission; a key that was never one of its items is left out."""
    waiting = {item.name: item for item in queries.waiting(session, submission)}
    signed = {sent.key: sent.part for sent in queries.sent(session, queries.parts(session, submission))}
    names = {key: key.partition(":")[0] for key in sorted(keys)[:LISTED_AT_MOST]}
    known = session.exec(
        select(Comment.reference).where(
            Comment.submission_id == submission.id, col(Comment.reference).in_(names.values())
        )
    )
    ours = {*known, *waiting, *(key.partition(":")[0] for key in signed)}
    found = []
    for key, name in names.items():
        item = waiting.get(name)
        if key in signed:
            found.append(Moved(name, part=signed[key]))
        elif item:
            found.append(Moved(name, by=item.by.name, at=item.at, is_waiting=item.is_ready))
        elif name in ours:
            found.append(Moved(name))
    return found
