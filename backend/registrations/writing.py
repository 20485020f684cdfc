"""Writing to people who are registered: in their language, with the way out, and called off when they take it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from backend.core import db
from backend.core.bilingual import Bilingual, said
from backend.core.i18n import Later
from backend.notifications import outbox
from backend.people.models import Membership, Person
from backend.registrations import links
from backend.registrations.kinds import Purpose
from backend.registrations.models import InterestTold, Registration


@dataclass(frozen=True)
class Title:
    """The title of something, to be put into the language of whoever a mail goes to."""

    of: Bilingual

    def __str__(self) -> str:
        return said(self.of, "title").words


def to(
    session: Session,
    registration: Registration,
    kind: str,
    *,
    concerns: Purpose | None,
    subject: Later,
    once_for: str,
    **facts: object,
) -> bool:
    """One mail about what they let us write about, or about their being registered; whether it was written."""
    withdraw = links.withdraw(registration.reference, concerns or links.EVERYTHING)
    return outbox.post_outside(
        session,
        kind,
        to=registration.email,
        subject=subject,
        once_for=once_for,
        language=registration.language,
        concerning=about(registration.reference, concerns),
        stop_at=withdraw,
        withdraw=withdraw,
        **facts,
    )


def about(reference: str, purpose: Purpose | None = None) -> str:
    """What a mail is called off by: the registration, or what it lets us write about."""
    return f"{reference}:{purpose}" if purpose else reference


def call_off(session: Session, reference: str, purposes: Collection[Purpose]) -> None:
    """Nothing more is sent about these purposes, and what was sent is not kept."""
    outbox.call_off(session, [about(reference, purpose) for purpose in purposes])


def to_interested(
    session: Session,
    purpose: Purpose,
    kind: str,
    *,
    what: str,
    since: datetime,
    subject: Later,
    **facts: object,
) -> int:
    """Tell whoever let us write about it, and had confirmed so by then, of something that is there since; how many.

    Once for each `what`, such as `workshop 7`, however often it is called. Of releases and rounds whoever takes part
    hears with their account, and not a second time.
    """
    if not db.add_once(session, InterestTold(what=what), "what"):
        return 0
    theirs = [col(getattr(Registration, purpose.value)).is_(True), col(Registration.confirmed_at) <= since]
    if purpose is Purpose.UPDATES:
        theirs.append(col(Registration.email).not_in(_addresses_of_those_who_take_part()))
    found = session.exec(select(Registration).where(*theirs).order_by(col(Registration.id))).all()
    return sum(
        to(session, each, kind, concerns=purpose, subject=subject, once_for=f"{what}:{each.reference}", **facts)
        for each in found
    )


def _addresses_of_those_who_take_part() -> SelectOfScalar[str]:
    here = select(Membership.person_id).where(col(Membership.left_at).is_(None))
    takes_part = or_(col(Person.id).in_(here), col(Person.expertise).is_not(None))
    return select(Person.email).where(col(Person.closed_at).is_(None), takes_part)
