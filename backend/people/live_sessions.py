"""Which session of a browser still counts, and for how much."""

from datetime import timedelta

from fastapi import Request
from sqlmodel import Session

from backend.core import clock
from backend.core.config import settings
from backend.core.db import SAFE_METHODS
from backend.people import queries
from backend.people.models import SecondFactor, WebSession

IDLE_FOR = timedelta(hours=12)
IDLE_FOR_STAFF = timedelta(minutes=30)
NOTED_EVERY = timedelta(minutes=1)
"""How often a visit is written down as the last one."""

HALF_SIGNED_IN_FOR = timedelta(minutes=10)
"""How long somebody has for the second step."""


def is_alive(web_session: WebSession) -> bool:
    """Whether the session still counts: not signed out, not too old, not idle for too long, and the account open."""
    person = web_session.person
    idle = IDLE_FOR_STAFF if person.appointments else IDLE_FOR
    now = clock.now()
    if is_half_signed_in(web_session) and now >= web_session.created_at + HALF_SIGNED_IN_FOR:
        return False
    return (
        web_session.revoked_at is None
        and now < web_session.expires_at
        and now < web_session.last_seen_at + idle
        and person.closed_at is None
    )


def is_half_signed_in(web_session: WebSession) -> bool:
    """Whether the second step is still to be taken: by staff always, by others if they have a second factor."""
    if is_demonstration(web_session):
        return False
    shown = web_session.second_factor not in (None, SecondFactor.DEMONSTRATION)
    return not shown and (web_session.awaits_second_step or bool(web_session.person.appointments))


def is_demonstration(web_session: WebSession) -> bool:
    """Whether this is a session of a demonstration account, which skips the second step and says so on every page."""
    return web_session.second_factor is SecondFactor.DEMONSTRATION and settings().demo


def note_visit(request: Request, session: Session, web_session: WebSession) -> None:
    """Remember the visit, at most once a minute; a request that only reads does so in a transaction of its own."""
    if clock.now() < web_session.last_seen_at + NOTED_EVERY:
        return
    if request.method in SAFE_METHODS:
        with request.app.state.database.transaction() as own:
            queries.note_visit(own, web_session.id, at=clock.now())
    else:
        queries.note_visit(session, web_session.id, at=clock.now())
