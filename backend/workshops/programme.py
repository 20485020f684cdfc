"""The sessions that a workshop is made of, in their order, and what staff say about each."""

from typing import TypedDict

from sqlmodel import Session, select

from backend.audit import log
from backend.core.db import add_once, lock
from backend.people.models import Person
from backend.workshops import arranging
from backend.workshops.models import Workshop, WorkshopSession


class AboutSession(TypedDict):
    """What is said about a session."""

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
    welsh: dict[str, str]


def add(
    session: Session, workshop: Workshop, about: AboutSession, *, by: Person | None, form_token: str = ""
) -> WorkshopSession:
    """Put a session at the end of the programme; a form that comes twice puts one."""
    lock(session, workshop)
    session.refresh(workshop, ["sessions"])
    last = max((each.number for each in workshop.sessions), default=0)
    key = arranging.key_of(form_token, {**about, "workshop": workshop.id}, by)
    part = WorkshopSession(workshop_id=workshop.id, number=last + 1, form_key=key, **about)
    if not add_once(session, part):
        return session.exec(select(WorkshopSession).where(WorkshopSession.form_key == key)).one()
    session.expire(workshop, ["sessions"])
    arranging.touch(session, workshop)
    log.record(session, "workshop session added", f"workshop {workshop.slug}", by=by, part=part.number)
    return part


def change(session: Session, part: WorkshopSession, about: AboutSession, *, seen: str, by: Person) -> None:
    """Say something else about a session; a recording that is no longer named is no longer offered.

    `seen` is the seal of what the form showed. Raises SaidMeanwhile.
    """
    lock(session, part.workshop)
    lock(session, part)
    if arranging.seal(part, AboutSession) != seen:
        raise arranging.SaidMeanwhile()
    changed = arranging.put(part, about)
    session.add(part)
    arranging.touch(session, part.workshop)
    log.record(
        session, "workshop session changed", f"workshop {part.workshop.slug}", by=by,
        part=part.number, changed=changed,
    )  # fmt: skip


def move_up(session: Session, part: WorkshopSession, *, by: Person) -> None:
    """Put a session before the one that it follows; the first stays where it is."""
    workshop = part.workshop
    lock(session, workshop)
    session.refresh(workshop, ["sessions"])
    place = workshop.sessions.index(part)
    if place == 0:
        return
    order = [*workshop.sessions]
    order[place - 1 : place + 1] = [part, order[place - 1]]
    _number(session, order)
    arranging.touch(session, workshop)
    log.record(session, "workshop session moved", f"workshop {workshop.slug}", by=by, part=part.number)


def remove(session: Session, part: WorkshopSession, *, by: Person) -> None:
    """Take a session out of the programme, with its transcript; the others move up."""
    workshop, number = part.workshop, part.number
    lock(session, workshop)
    session.refresh(workshop, ["sessions"])
    rest = [each for each in workshop.sessions if each.id != part.id]
    session.delete(part)
    session.flush()
    session.expire(workshop, ["sessions"])
    _number(session, rest)
    arranging.touch(session, workshop)
    log.record(session, "workshop session removed", f"workshop {workshop.slug}", by=by, part=number)


def _number(session: Session, order: list[WorkshopSession]) -> None:
    """Give the sessions their numbers; no two ever have the same one, not even for a moment."""
    for part in order:
        part.number = -part.id
        session.add(part)
    session.flush()
    for number, part in enumerate(order, start=1):
        part.number = number
    session.flush()
    for part in order:
        session.expire(part.workshop, ["sessions"])
