"""The terms on which people take part, and who has accepted which version."""

from datetime import date

from sqlmodel import Session, col, select

from backend.accounts.models import TermsAcceptance
from backend.audit import log
from backend.core.db import add_once
from backend.people.models import Membership, Organisation, Person, Standing

VERSION = "1"
DATED = date(2026, 11, 21)


def accept(session: Session, person: Person, organisation: Organisation | None) -> None:
    """The person accepts the terms as they are now, in the organisation or for themselves; once is enough."""
    acceptance = TermsAcceptance(
        person_id=person.id, organisation_id=organisation.id if organisation else None, version=VERSION
    )
    if add_once(session, acceptance):
        subject = f"organisation {organisation.slug}" if organisation else f"person {person.id}"
        log.record(session, "terms accepted", subject, by=person, version=VERSION)


def find_of_lead(session: Session, organisation: Organisation) -> TermsAcceptance | None:
    """What a lead of the organisation has last accepted for it."""
    return session.exec(
        select(TermsAcceptance)
        .join(Membership, col(Membership.person_id) == TermsAcceptance.person_id)
        .where(
            TermsAcceptance.organisation_id == organisation.id,
            Membership.organisation_id == organisation.id,
            Membership.standing == Standing.LEAD,
            col(Membership.left_at).is_(None),
        )
        .order_by(col(TermsAcceptance.id).desc())
    ).first()
