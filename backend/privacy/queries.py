"""Reading complaints."""

from sqlalchemy import func
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.privacy.models import Complaint

PAGE = 50


def complaint(session: Session, complaint_id: int) -> Complaint:
    """The complaint with this number. Raises NotFound."""
    found = session.get(Complaint, complaint_id)
    if found is None:
        raise NotFound()
    return found


def find_complaint(session: Session, reference: str) -> Complaint | None:
    """The complaint with this reference."""
    return session.exec(select(Complaint).where(Complaint.reference == reference)).first()


def complaints(session: Session, *, closed: bool, after: int | None) -> tuple[list[Complaint], int | None]:
    """A page of those that are closed, newest first, or of all others, oldest first; and where the next begins."""
    number = col(Complaint.id)
    statement = select(Complaint).options(joinedload(Complaint.words))  # type: ignore[arg-type]
    if closed:
        statement = statement.where(col(Complaint.closed_at).is_not(None)).order_by(number.desc())
        beyond = number < after if after else None
    else:
        statement = statement.where(col(Complaint.closed_at).is_(None)).order_by(number)
        beyond = number > after if after else None
    if beyond is not None:
        statement = statement.where(beyond)
    found = list(session.exec(statement.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def overdue(session: Session) -> int:
    """How many should have been acknowledged by now."""
    late = (col(Complaint.acknowledged_at).is_(None), col(Complaint.acknowledge_by) < clock.now())
    return session.exec(select(func.count()).select_from(Complaint).where(*late)).one()
