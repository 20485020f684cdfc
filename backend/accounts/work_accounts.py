"""Which member of staff a work account belongs to: by issuer and subject, and by address only the first time."""

from sqlmodel import Session, select

from backend.accounts import second_factor
from backend.accounts.models import StaffIdentity
from backend.accounts.staff_oidc import Shown
from backend.audit import log
from backend.core import db
from backend.core.errors import Refusal
from backend.core.i18n import gettext, mark
from backend.people import addresses, queries
from backend.people.models import Person


class NotOurs(Refusal):
    """The work account is real, and belongs to nobody who works here."""

    status = 403
    title = mark("Your work account is not known here")
    words = mark(
        "You signed in to your work account, but it does not belong to anybody appointed to run this service. "
        "If you have just been appointed, ask an administrator which email address they used."
    )
    way_on = ("/sign-in", mark("Sign in by email instead"))


def holder(session: Session, shown: Shown) -> Person:
    """The member of staff. Raises NotOurs.

    Only the first time does the address count: it must be one that the provider has made sure of, of somebody with an
    appointment and without a work account. From then on whoever gets that address gets nothing with it.
    """
    identity = session.get(StaffIdentity, (shown.issuer, shown.subject))
    person = session.get_one(Person, identity.person_id) if identity else _bind(session, shown)
    if person is None or person.closed_at is not None or not person.appointments:
        raise NotOurs()
    return person


def is_of(session: Session, shown: Shown, person: Person) -> bool:
    """Whether the work account is this person's."""
    identity = session.get(StaffIdentity, (shown.issuer, shown.subject))
    return identity is not None and identity.person_id == person.id


def _bind(session: Session, shown: Shown) -> Person | None:
    person = _appointed(session, shown.email) if shown.email else None
    if person is None:
        return None
    db.lock(session, person)  # of two accounts with the same address at once, one is first
    taken = select(StaffIdentity).where(StaffIdentity.person_id == person.id, StaffIdentity.issuer == shown.issuer)
    if session.exec(taken).first() is not None:
        return None
    session.add(StaffIdentity(issuer=shown.issuer, subject=shown.subject, person_id=person.id))
    session.flush()
    log.record(session, "work account bound", f"person {person.id}", by=person)
    second_factor.tell(session, person, gettext("You signed in with your work account for the first time."))
    return person


def _appointed(session: Session, email: str) -> Person | None:
    try:
        person = queries.find_person(session, addresses.normalised(email))
    except addresses.NotAnAddress:
        return None
    return person if person and person.closed_at is None and person.appointments else None
