"""Opening a call for expressions of interest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from backend.audit import log
from backend.core import caching, clock, counters, db, tokens
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.people.models import Person
from backend.registrations import queries
from backend.registrations.kinds import CallState, Purpose
from backend.registrations.models import Call, CallQuestion

CALLS = "page:calls"
"""Moves when the public would find another call, or another text in one."""


@dataclass(frozen=True)
class Asked:
    """A question of a call: in words, with or without a limit, or with options to choose from."""

    prompt: str
    options: Sequence[str] = ()
    longest: int | None = None
    welsh: Mapping[str, str] = field(default_factory=dict)
    """Of the prompt, and of the options, one on each line."""


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
    welsh: Mapping[str, str] | None = None,
) -> Call:
    """Plan a call; it opens and closes by itself. The Welsh is of its texts, as far as there is any."""
    call = Call(
        title=title,
        about=about,
        is_for=is_for,
        places=places,
        opens_at=opens_at,
        closes_at=closes_at,
        how_chosen=how_chosen,
        allows_pairs=allows_pairs,
        welsh=dict(welsh or {}),
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
                welsh=dict(asked.welsh),
            )
        )
    session.flush()
    counters.add(session, CALLS)
    log.record(session, "call planned", f"call {call.id}", by=by, places=places, is_for=is_for)
    return call


class CallMovedOn(Refusal):
    """Somebody else changed the call in the meantime."""

    title = mark("The call was changed while you wrote")
    words = mark("Somebody else changed this call since you opened the page. It stands above as it is now.")


class MorePeopleCome(Refusal):
    """Whoever has accepted a place keeps it."""

    title = mark("More people have a place")
    words = mark("%(number)s people have accepted a place already, so there cannot be fewer places")


def version(call: Call) -> str:
    """A digest of what can be changed, so that nobody overwrites what they have not seen."""
    shown = call.model_dump(include={"title", "about", "places", "opens_at", "closes_at", "how_chosen", "welsh"})
    return tokens.digest(tokens.canonical({name: str(value) for name, value in shown.items()}))


def change(
    session: Session,
    call: Call,
    *,
    title: str,
    about: str,
    places: int,
    opens_at: datetime,
    closes_at: datetime,
    how_chosen: str,
    welsh: Mapping[str, str],
    seen: str,
    by: Person,
) -> None:
    """Correct a call, or give it more time or places; what has been asked and answered stays as it is.

    Raises CallMovedOn or MorePeopleCome.
    """
    db.lock(session, call, key_share=True)
    if version(call) != seen:
        raise CallMovedOn()
    if (coming := queries.people_with_places(session, call, accepted=True)) > places:
        raise MorePeopleCome(number=coming)
    call.title, call.about, call.how_chosen, call.places = title, about, how_chosen, places
    call.opens_at, call.closes_at, call.welsh = opens_at, closes_at, dict(welsh)
    _save(session, call)
    log.record(session, "call changed", f"call {call.id}", by=by, places=places, closes_at=closes_at.isoformat())


def close(session: Session, call: Call, *, by: Person) -> None:
    """Take no more applications from now on. A call that is not open stays as it is."""
    db.lock(session, call, key_share=True)
    if call.state is CallState.OPEN:
        call.closes_at = clock.now()
        _save(session, call)
        log.record(session, "call closed early", f"call {call.id}", by=by)


def _save(session: Session, call: Call) -> None:
    session.add(call)
    session.flush()
    counters.add(session, CALLS)


def shows(request: Request, session: Session, viewer: Viewer) -> None:
    """Say that a page shows calls: it stays as it is until one is planned, opens or closes."""
    if not viewer.is_signed_in:
        caching.depends(request, CALLS, until=queries.next_moment(session))
