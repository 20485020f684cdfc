"""Closing an account: nobody can sign in with it any more, and what only it needed is gone."""

from sqlalchemy import delete, update
from sqlmodel import Session, col

from backend.accounts import appointing, membership
from backend.accounts.models import (
    AuthenticatorApp,
    EmailChange,
    Invitation,
    Passkey,
    RecoveryCode,
    SignInLink,
    StaffIdentity,
)
from backend.audit import log
from backend.core import clock, db
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people.models import Digest, Person, StaffRole, WebSession

NAMELESS = mark("Closed account")
"""What stands in place of a name that is not needed any more."""


def close(session: Session, person: Person, *, keeps_name: bool) -> None:
    """Close the person's account: sessions, second steps, roles and the address go; the address is free again.

    The name stays where something of theirs is public under it. A last mail says that it is done. Raises LastLead or
    LastAdministrator.
    """
    # Who locks an organisation first may then write mail to its people, and mail holds on to the key of their row.
    db.lock(session, person, key_share=True)
    if person.closed_at is not None:
        return
    _give_up_roles(session, person)
    for place in [each for each in person.memberships if each.left_at is None]:
        membership.leave(session, place, by=person)
    address = person.email
    outbox.choose_again(session, person, Digest.NONE, by=person)
    outbox.post(
        session, "account-closed", to=address, person=person, subject=later("Your account has been closed"),
        once_for=str(person.id), keeps_name=keeps_name,
    )  # fmt: skip
    for table in (AuthenticatorApp, Passkey, RecoveryCode, StaffIdentity, EmailChange, WebSession):
        session.execute(delete(table).where(table.person_id == person.id))  # type: ignore[arg-type]
    session.execute(delete(SignInLink).where(col(SignInLink.email) == address))
    person.email = f"closed-{person.id}@closed.invalid"
    accepted = col(Invitation.accepted_by_id) == person.id
    session.execute(update(Invitation).where(accepted).values(email=person.email))
    if not keeps_name:
        person.name, person.expertise = NAMELESS, None
    person.closed_at = clock.now()
    session.add(person)
    log.record(session, "account closed", f"person {person.id}", by=person)


def _give_up_roles(session: Session, person: Person) -> None:
    administrators = appointing.hold_administrators(session)
    mine = [each for each in person.appointments if each.role is StaffRole.ADMINISTRATOR]
    if mine and len(administrators) < 2:
        raise appointing.LastAdministrator()
    for appointment in list(person.appointments):
        session.delete(appointment)
        log.record(session, "role given up", f"person {person.id}", by=person, role=appointment.role)
    session.flush()
    session.expire(person, ["appointments"])
