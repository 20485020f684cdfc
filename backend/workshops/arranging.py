"""Arranging a workshop: what staff say about it and its sessions."""

import re
import unicodedata
from datetime import datetime
from typing import TypedDict

from sqlmodel import Session

from backend.audit import log
from backend.core import clock
from backend.core.db import add_once, lock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.workshops import booking, queries, showing, telling
from backend.workshops.models import PlaceState, Workshop, WorkshopSession

RESERVED = frozenset({"new"})
IN_CALENDARS = frozenset({"title", "starts_at", "ends_at", "times_known", "venue"})
WORTH_TELLING = frozenset({"starts_at", "ends_at", "times_known", "venue", "is_online", "joining_details"})


class TooFewPlaces(Refusal):
    """More people have a place than there would be places."""

    status = 422
    title = mark("Too few places")
    words = mark("Places already taken: %(number)s. Enter that number or a larger one")


class DayPassed(Refusal):
    """A workshop that is ahead never slips into the past: what is kept of those who come would be forgotten."""

    status = 422
    title = mark("That day has passed")
    words = mark("Enter a day to come, or cancel it")


class NoLongerAhead(Refusal):
    """People cannot be told to come at another time to something that was cancelled."""

    title = mark("This workshop has been cancelled")
    words = mark("Everybody has been told so. Announce a new workshop instead.")
    way_on = ("/staff/workshops", mark("Go to all workshops"))


class About(TypedDict):
    """What is said about a workshop."""

    title: str
    summary: str
    is_illustrative: bool
    starts_at: datetime
    ends_at: datetime
    times_known: bool
    venue: str
    is_online: bool
    hosts: list[str]
    audience: str
    organisations_attended: int | None
    capacity: int | None
    joining_details: str


class AboutSession(TypedDict):
    """What is said about one of its sessions."""

    title: str
    title_as_published: str
    speaker: str
    speaker_role: str
    affiliation: str
    duration: str
    summary: str
    transcript: str
    captions: str
    video_id: str | None


def arrange(session: Session, about: About, *, by: Person | None) -> Workshop:
    """Announce a workshop at an address made of its title, which it keeps."""
    base = _slug(about["title"])
    number = 1
    workshop = Workshop(slug=base, **about)
    while workshop.slug in RESERVED or not add_once(session, workshop, "slug"):
        number += 1
        workshop.slug = f"{base}-{number}"
    showing.changed(session)
    log.record(session, "workshop arranged", f"workshop {workshop.slug}", by=by)
    return workshop


def change(session: Session, workshop: Workshop, about: About, *, by: Person) -> None:
    """Say something else about it; who has a place or waits is told of another time or venue, and of how to join.

    Raises TooFewPlaces, DayPassed or NoLongerAhead.
    """
    lock(session, workshop)
    if workshop.cancelled_at is not None:
        raise NoLongerAhead()
    was_ahead = not workshop.is_over
    if was_ahead and about["ends_at"] <= clock.now():
        raise DayPassed()
    booked = queries.number_of(session, workshop, PlaceState.BOOKED)
    if booked > (about["capacity"] or 0) and was_ahead:
        raise TooFewPlaces(number=booked)
    changed = [name for name, value in about.items() if getattr(workshop, name) != value]
    for name in changed:
        setattr(workshop, name, about[name])  # type: ignore[literal-required]
    workshop.sequence += bool(IN_CALENDARS.intersection(changed))
    _touch(session, workshop)
    log.record(session, "workshop changed", f"workshop {workshop.slug}", by=by, changed=changed)
    session.flush()
    if WORTH_TELLING.intersection(changed) and was_ahead:
        telling.changed(session, workshop)
    booking.pass_on(session, workshop)


def add_session(session: Session, workshop: Workshop, about: AboutSession, *, by: Person | None) -> WorkshopSession:
    """Put a session at the end of the programme."""
    lock(session, workshop)
    session.refresh(workshop, ["sessions"])
    last = max((each.number for each in workshop.sessions), default=0)
    part = WorkshopSession(workshop_id=workshop.id, number=last + 1, **about)
    session.add(part)
    session.flush()
    session.expire(workshop, ["sessions"])
    _touch(session, workshop)
    log.record(session, "workshop session added", f"workshop {workshop.slug}", by=by, part=part.number)
    return part


def change_session(session: Session, part: WorkshopSession, about: AboutSession, *, by: Person) -> None:
    """Say something else about a session; a recording that is no longer named is no longer offered."""
    changed = [name for name, value in about.items() if getattr(part, name) != value]
    for name in changed:
        setattr(part, name, about[name])  # type: ignore[literal-required]
    session.add(part)
    _touch(session, part.workshop)
    log.record(
        session, "workshop session changed", f"workshop {part.workshop.slug}", by=by,
        part=part.number, changed=changed,
    )  # fmt: skip


def _touch(session: Session, workshop: Workshop) -> None:
    workshop.changed_at = clock.now()
    session.add(workshop)
    showing.changed(session)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "workshop"
