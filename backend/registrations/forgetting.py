"""Forgetting interest that has gone quiet: two years after the last contact, and never without having asked first."""

from sqlmodel import Session, col, or_, select

from backend.audit import log
from backend.core import clock, naming, periods
from backend.core.i18n import later
from backend.registrations import erasing, links, mailboxes, queries, writing
from backend.registrations.models import Application, Call, Registration

AT_ONCE = 50
"""How many are reminded or erased in one transaction."""


def forget_stale(session: Session) -> int:
    """Remind those whose interest goes in a month, and erase what was not renewed since; how many were erased.

    Whoever has applied to a call that is still open waits. Called by the worker, as often as it likes.
    """
    _remind(session)
    now = clock.now()
    gone = (
        col(Registration.last_contact_at) <= now - periods.INTEREST,
        col(Registration.reminded_at) > col(Registration.last_contact_at),
        col(Registration.reminded_at) <= now - periods.INTEREST_REMINDED,
    )
    answered = select(Application.registration_id).join(Call).where(col(Call.closes_at) > now)
    found = _some(session, *gone, col(Registration.id).not_in(answered))
    for registration in found:
        mailboxes.leave_alone(session, registration.email)
        erasing.erase(session, registration)
    if found:
        log.record(session, "stale registrations forgotten", "registrations", by=None, number=len(found))
    return len(found)


def stay(session: Session, reference: str) -> None:
    """They would stay registered: the two years begin anew. Nothing happens where nothing is kept any more."""
    for registration in queries.hold_with_reference(session, reference):
        if registration.confirmed_at is not None:
            registration.last_contact_at = clock.now()
            session.add(registration)
            log.record(session, "interest renewed", f"registration {registration.reference}", by=None)


def _remind(session: Session) -> None:
    now = clock.now()
    quiet = (
        col(Registration.last_contact_at) <= now - periods.INTEREST + periods.INTEREST_REMINDED,
        or_(
            col(Registration.reminded_at).is_(None),
            col(Registration.reminded_at) <= col(Registration.last_contact_at),
        ),
    )
    found = _some(session, *quiet)
    for registration in found:
        registration.reminded_at = now
        session.add(registration)
        writing.to(
            session,
            registration,
            "interest-reminder",
            concerns=None,
            subject=later("Would you stay registered at %(service)s?", service=naming.SERVICE),
            once_for=f"{registration.reference}:{registration.last_contact_at.isoformat()}",
            stay=links.stay(registration.reference),
            gone_on=max(registration.last_contact_at + periods.INTEREST, now + periods.INTEREST_REMINDED),
        )
    if found:
        session.flush()
        log.record(session, "reminders sent", "registrations", by=None, number=len(found))


def _some(session: Session, *which: object) -> list[Registration]:
    """Some confirmed registrations, that no other worker has in its hands."""
    confirmed = col(Registration.confirmed_at).is_not(None)
    statement = select(Registration).where(confirmed, *which).order_by(col(Registration.id)).limit(AT_ONCE)  # type: ignore[arg-type]
    return list(session.exec(statement.with_for_update(skip_locked=True)))
