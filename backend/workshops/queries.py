"""Reading workshops."""

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.workshops.models import Workshop, WorkshopSession


def workshop(session: Session, slug: str) -> Workshop:
    """The workshop at this address, with its sessions. Raises NotFound."""
    sessions = selectinload(Workshop.sessions)  # type: ignore[arg-type]
    found = session.exec(select(Workshop).where(Workshop.slug == slug).options(sessions)).first()
    if found is None:
        raise NotFound()
    return found


def coming(session: Session) -> list[Workshop]:
    """Every workshop that is not over, the next one first."""
    ahead = select(Workshop).where(col(Workshop.ends_at) > clock.now())
    return list(session.exec(ahead.order_by(col(Workshop.starts_at), col(Workshop.id))))


def past(session: Session) -> list[Workshop]:
    """Every workshop that is over, the latest first."""
    over = select(Workshop).where(col(Workshop.ends_at) <= clock.now())
    return list(session.exec(over.order_by(col(Workshop.starts_at).desc(), col(Workshop.id).desc())))


def part(workshop: Workshop, number: int) -> WorkshopSession:
    """The session with this number. Raises NotFound."""
    found = next((each for each in workshop.sessions if each.number == number), None)
    if found is None:
        raise NotFound()
    return found
