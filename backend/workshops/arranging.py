"""Arranging a workshop: what staff say about it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from sqlmodel import Session, SQLModel, select

from backend.audit import log
from backend.core import clock, tokens
from backend.core.db import add_once, lock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.registrations import informing
from backend.workshops import booking, queries, showing, telling
from backend.workshops.models import PlaceState, Workshop

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


class SaidMeanwhile(Refusal):
    """Somebody else has saved other words since the form was opened."""

    title = mark("Somebody else has changed this")
    words = mark(
        "Somebody else has saved this form since you opened it, and nothing of yours has been saved yet. "
        "Compare what is saved now with yours, put yours right, and save it."
    )


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
    source: str
    welsh: dict[str, str]


def seal(row: SQLModel, said: type[About] | type[Mapping[str, object]]) -> str:
    """A digest of all that the form about this row says, so that a change by somebody else in the meantime shows."""
    return tokens.digest(tokens.canonical([str(getattr(row, name)) for name in said.__annotations__]))


def key_of(form_token: str, about: Mapping[str, object], by: Person | None) -> str | None:
    """What tells this form from all others, and from itself when it was gone back to and changed."""
    said = [form_token, by.id if by else 0, str(about)]
    return tokens.digest(tokens.canonical(said)) if form_token else None


def arrange(session: Session, about: About, *, by: Person | None, form_token: str = "") -> Workshop:
    """Announce a workshop at an address made of its title, which it keeps; a form that comes twice makes one."""
    base, number = _slug(about["title"]), 1
    workshop = Workshop(slug=base, form_key=key_of(form_token, about, by), **about)
    same_form = select(Workshop).where(Workshop.form_key == workshop.form_key)
    while True:
        if workshop.form_key and (before := session.exec(same_form).first()):
            return before
        if workshop.slug not in RESERVED and add_once(session, workshop):
            break
        number += 1
        workshop.slug = f"{base}-{number}"
    showing.changed(session)
    if not workshop.is_over:
        informing.of_workshop(session, slug=workshop.slug, title=workshop.title)
    log.record(session, "workshop arranged", f"workshop {workshop.slug}", by=by)
    return workshop


def change(session: Session, workshop: Workshop, about: About, *, seen: str, by: Person) -> None:
    """Say something else about it; who has a place or waits is told of another time or venue, and of how to join.

    `seen` is the seal of what the form showed. Raises SaidMeanwhile, TooFewPlaces, DayPassed or NoLongerAhead.
    """
    lock(session, workshop)
    must_not_be_cancelled(workshop)
    if seal(workshop, About) != seen:
        raise SaidMeanwhile()
    was_ahead = not workshop.is_over
    if was_ahead and about["ends_at"] <= clock.now():
        raise DayPassed()
    booked = queries.number_of(session, workshop, PlaceState.BOOKED)
    if booked > (about["capacity"] or 0) and was_ahead:
        raise TooFewPlaces(number=booked)
    changed = put(workshop, about)
    workshop.sequence += bool(IN_CALENDARS.intersection(changed))
    touch(session, workshop)
    log.record(session, "workshop changed", f"workshop {workshop.slug}", by=by, changed=changed)
    session.flush()
    if WORTH_TELLING.intersection(changed) and was_ahead:
        telling.changed(session, workshop)
    booking.pass_on(session, workshop)


def must_not_be_cancelled(workshop: Workshop) -> None:
    """Go on only with what was not called off. Raises NoLongerAhead."""
    if workshop.cancelled_at is not None:
        raise NoLongerAhead()


def put(row: SQLModel, about: Mapping[str, object]) -> list[str]:
    """Say this of the row; what was something else before."""
    changed = [name for name, value in about.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, about[name])
    return changed


def touch(session: Session, workshop: Workshop) -> None:
    """Its pages look different from now on."""
    workshop.changed_at = clock.now()
    session.add(workshop)
    showing.changed(session)


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-") or "workshop"
