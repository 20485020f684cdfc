"""Reading complaints."""

from sqlalchemy import ColumnElement, and_, func, not_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.privacy.models import Complaint, Stage

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


def complaints(session: Session, stage: Stage, *, after: int | None) -> tuple[list[Complaint], int | None]:
    """A page of those at this stage, and where the next begins: closed ones newest first, all others oldest first."""
    number = col(Complaint.id)
    statement = select(Complaint).where(_at(stage)).options(joinedload(Complaint.words))  # type: ignore[arg-type]
    statement = statement.order_by(number.desc() if stage is Stage.CLOSED else number)
    if after:
        statement = statement.where(number < after if stage is Stage.CLOSED else number > after)
    found = list(session.exec(statement.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def number_at(session: Session, stage: Stage) -> int:
    """How many are at this stage."""
    return session.exec(select(func.count()).select_from(Complaint).where(_at(stage))).one()


def overdue(session: Session) -> int:
    """How many should have been acknowledged by now."""
    late = (_at(Stage.NEW), col(Complaint.acknowledge_by) < clock.now())
    return session.exec(select(func.count()).select_from(Complaint).where(*late)).one()


def _at(stage: Stage) -> ColumnElement[bool]:
    is_acknowledged, is_closed = col(Complaint.acknowledged_at).is_not(None), col(Complaint.closed_at).is_not(None)
    if stage is Stage.NEW:
        return not_(is_acknowledged)
    return is_closed if stage is Stage.CLOSED else and_(is_acknowledged, not_(is_closed))
