"""Reading who is interested."""

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from backend.registrations.models import Purpose, Registration


def find_waiting(session: Session, email: str) -> Registration | None:
    """What waits for this mailbox to confirm it."""
    waiting = (Registration.email == email, col(Registration.confirmed_at).is_(None))
    return session.exec(select(Registration).where(*waiting)).first()


def find_confirmed(session: Session, email: str) -> Registration | None:
    """What this mailbox has confirmed."""
    confirmed = (Registration.email == email, col(Registration.confirmed_at).is_not(None))
    return session.exec(select(Registration).where(*confirmed)).first()


def with_reference(session: Session, reference: str) -> list[Registration]:
    """What is confirmed, then what waits, under one reference; locked, because whoever asks for both changes them."""
    statement = select(Registration).where(Registration.reference == reference).order_by(col(Registration.id))
    return list(session.exec(statement.with_for_update().execution_options(populate_existing=True)))


def interested(session: Session) -> dict[Purpose, int]:
    """How many have confirmed their interest, for each purpose."""
    sums = [func.coalesce(func.sum(case((getattr(Registration, each.value), 1), else_=0)), 0) for each in Purpose]
    row = session.execute(select(*sums).where(col(Registration.confirmed_at).is_not(None))).one()
    return dict(zip(Purpose, row, strict=True))
