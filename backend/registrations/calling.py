"""Opening a call for expressions of interest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from backend.audit import log
from backend.core import caching, counters
from backend.people.access import Viewer
from backend.people.models import Person
from backend.registrations import queries
from backend.registrations.models import Call, CallQuestion, Purpose

CALLS = "page:calls"
"""Moves when the public would find another call, or another text in one."""


@dataclass(frozen=True)
class Asked:
    """A question of a call: in words, with or without a limit, or with options to choose from."""

    prompt: str
    options: Sequence[str] = ()
    longest: int | None = None


def open_call(
    session: Session,
    *,
    title: str,
    about: str,
    is_for: Purpose,
    places: int,
    opens_at: datetime,
    closes_at: datetime,
    how_chosen: str,
    allows_pairs: bool,
    questions: Sequence[Asked],
    by: Person,
) -> Call:
    """Plan a call; it opens and closes by itself."""
    call = Call(
        title=title,
        about=about,
        is_for=is_for,
        places=places,
        opens_at=opens_at,
        closes_at=closes_at,
        how_chosen=how_chosen,
        allows_pairs=allows_pairs,
        created_by_id=by.id,
    )
    session.add(call)
    session.flush()
    for position, asked in enumerate(questions, start=1):
        session.add(
            CallQuestion(
                call_id=call.id,
                position=position,
                prompt=asked.prompt,
                options=list(asked.options),
                longest=asked.longest,
            )
        )
    session.flush()
    counters.add(session, CALLS)
    log.record(session, "call planned", f"call {call.id}", by=by, places=places, is_for=is_for)
    return call


def shows(request: Request, session: Session, viewer: Viewer) -> None:
    """Say that a page shows calls: it stays as it is until one is planned, opens or closes."""
    if not viewer.is_signed_in:
        caching.depends(request, CALLS, until=queries.next_moment(session))
