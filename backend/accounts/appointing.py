"""Staff roles: given and taken away by an administrator, never by oneself."""

from sqlmodel import Session, col, select

from backend.accounts import sessions
from backend.audit import log
from backend.core import clock, db, naming
from backend.core.config import settings
from backend.core.db import add_once
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import queries
from backend.people.models import Appointment, Person, StaffRole

BACK = ("/staff/people", mark("Go to staff and specialists"))


class OwnRoles(Refusal):
    """Nobody widens or drops their own powers."""

    status = 403
    title = mark("You cannot change your own roles")
    words = mark("Ask another administrator to do it.")
    way_on = BACK


class LastAdministrator(Refusal):
    """Somebody must be able to appoint."""

    title = mark("This is the last administrator")
    words = mark("Appoint another administrator first. Without one, nobody could change any role.")
    way_on = BACK


class ParticipatesAlready(Refusal):
    """Who takes part does not decide on what others say."""

    title = mark("This person takes part in the pilot")
    words = mark(
        "Staff decide on what participants say, so nobody can be both. "
        "They have to leave their organisation, or stop as a specialist, first"
    )
    way_on = BACK


class AlreadyAppointed(Refusal):
    """The person has the role."""

    words = mark("They have this role already")
    way_on = BACK


class NameNeeded(Refusal):
    """Staff are known by name to their colleagues."""

    words = mark("Enter their name: nobody with this address has an account yet")
    way_on = BACK


def appoint(session: Session, email: str, role: StaffRole, *, name: str, by: Person | None) -> Person:
    """Give the person with this address a staff role; somebody new gets an account under this name.

    `by` is None where the command line appoints. They are signed out everywhere and told by mail. Raises NameNeeded,
    OwnRoles, ParticipatesAlready or AlreadyAppointed.
    """
    person = queries.find_person(session, email)
    if not (name or (person and person.name)):
        raise NameNeeded()
    if person is None:
        add_once(session, Person(email=email, name=name), "email")
        person = queries.person(session, email)
    db.lock(session, person, key_share=True)
    session.refresh(person, ["memberships", "appointments"])
    if by is not None and person.id == by.id:
        raise OwnRoles()
    if queries.find_place(person) is not None or person.is_specialist:
        raise ParticipatesAlready()
    if not add_once(session, Appointment(person_id=person.id, role=role), "person_id", "role"):
        raise AlreadyAppointed()
    person.name = person.name or name
    session.add(person)
    _changed(session, person, "role given", role, by)
    return person


def dismiss(session: Session, person: Person, role: StaffRole, *, by: Person) -> None:
    """Take a staff role away. Raises OwnRoles, LastAdministrator, or NotFound where they do not have it."""
    if person.id == by.id:
        raise OwnRoles()
    administrators = hold_administrators(session)
    mine = select(Appointment).where(Appointment.person_id == person.id, Appointment.role == role)
    appointment = session.exec(mine).first()
    if appointment is None:
        raise NotFound()
    if role is StaffRole.ADMINISTRATOR and len(administrators) < 2:
        raise LastAdministrator()
    session.delete(appointment)
    session.flush()
    session.expire(person, ["appointments"])
    _changed(session, person, "role taken away", role, by)


def hold_administrators(session: Session) -> list[Appointment]:
    """Every administrator, held still so that no two of them go at once."""
    return list(
        session.exec(
            select(Appointment)
            .join(Person)
            .where(Appointment.role == StaffRole.ADMINISTRATOR, col(Person.closed_at).is_(None))
            .order_by(col(Appointment.id))
            .with_for_update(of=Appointment)
        )
    )


def _changed(session: Session, person: Person, action: str, role: StaffRole, by: Person | None) -> None:
    """Whoever's roles change is signed out everywhere, and told."""
    session.flush()
    session.expire(person, ["appointments"])
    sessions.close_all(session, person)
    log.record(session, action, f"person {person.id}", by=by, role=role)
    outbox.post(
        session,
        "role-changed",
        to=person.email,
        person=person,
        subject=later("Your role at %(service)s has changed", service=naming.SERVICE),
        once_for=f"{person.id}:{role}:{clock.now().isoformat()}",
        name=person.name,
        roles=sorted(appointment.role for appointment in person.appointments),
        address=f"{settings().base_url}/sign-in",
    )
