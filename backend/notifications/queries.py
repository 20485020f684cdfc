"""Reading the outbox."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.notifications.models import Announcement, OutboxMessage

PAGE = 50
GRACE = timedelta(minutes=10)
"""A mail is sent within seconds of being due; a worker that died holds one up for five minutes."""

OFTEN = 3
"""A mail that waits after so many tries has been refused for some minutes: no single answer of a server is to blame."""


PARKED: tuple[Any, ...] = (
    col(OutboxMessage.parked_because).is_not(None), col(OutboxMessage.dropped_because).is_(None),
)  # fmt: skip


COMING = select(Announcement).where(col(Announcement.ends_at) > bindparam("now")).order_by(col(Announcement.id))
"""Asked for each page that is made, so made once."""


@dataclass(frozen=True)
class Waiting:
    """How the mail of one kind that is on its way stands."""

    kind: str
    number: int
    due: int
    """How many should go now; the others wait for their time, or for their next try."""
    late: int
    """How many wait longer than they should, by the rule of the status page."""
    failed: int
    """How many were tried at least once in vain."""


def is_late() -> ColumnElement[bool]:
    """Whether a mail that waits does so longer than it should: no worker takes it, or no server."""
    overdue = col(OutboxMessage.due_at) < clock.now() - GRACE
    return or_(overdue, col(OutboxMessage.tries) >= OFTEN)


def waiting_and_parked(session: Session) -> tuple[int, int]:
    """How many mails are on their way, and how many were given up."""
    here = session.exec(select(func.count(col(OutboxMessage.due_at)))).one()
    return here, number_parked(session)


def number_parked(session: Session) -> int:
    """How many mails were given up and wait for somebody to look at them."""
    return session.exec(select(func.count()).select_from(OutboxMessage).where(*PARKED)).one()


def waiting(session: Session) -> list[Waiting]:
    """What is on its way, kind by kind."""
    now, due_at = clock.now(), col(OutboxMessage.due_at)
    count = func.count()
    rows = session.execute(
        select(  # type: ignore[call-overload]
            OutboxMessage.kind, count, count.filter(due_at <= now), count.filter(is_late()),
            count.filter(col(OutboxMessage.tries) > 0, col(OutboxMessage.owner).is_(None)),
        )
        .where(due_at.is_not(None))
        .group_by(col(OutboxMessage.kind))
        .order_by(col(OutboxMessage.kind))
    )  # fmt: skip
    return [Waiting(*row) for row in rows]


def faults(session: Session) -> list[tuple[str, int]]:
    """What went wrong with the mail that was given up, and how often; the most frequent first."""
    fault, number = col(OutboxMessage.parked_because), func.count()
    rows = session.execute(select(fault, number).where(*PARKED).group_by(fault).order_by(number.desc(), fault))
    return [(what, many) for what, many in rows]


def parked(session: Session, *, before: int | None = None) -> tuple[list[OutboxMessage], int | None]:
    """A page of what was given up, the newest first, and before which one the next page begins."""
    statement = select(OutboxMessage).where(*PARKED)
    if before is not None:
        statement = statement.where(col(OutboxMessage.id) < before)
    found = list(session.exec(statement.order_by(col(OutboxMessage.id).desc()).limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def parked_mail(session: Session, mail_id: int) -> OutboxMessage:
    """The mail with this number, if it was given up. Raises NotFound."""
    found = session.exec(select(OutboxMessage).where(OutboxMessage.id == mail_id, *PARKED)).first()
    if found is None:
        raise NotFound()
    return found


def announcements(session: Session) -> list[Announcement]:
    """Every announcement that is shown now or will be, the one that was written first at the top."""
    return list(session.exec(COMING, params={"now": clock.now()}))


def past_announcements(session: Session, limit: int = 20) -> list[Announcement]:
    """The latest announcements whose time is over."""
    over = select(Announcement).where(col(Announcement.ends_at) <= clock.now())
    return list(session.exec(over.order_by(col(Announcement.ends_at).desc(), col(Announcement.id).desc()).limit(limit)))


def announcement(session: Session, announcement_id: int) -> Announcement:
    """The announcement with this number. Raises NotFound."""
    found = session.get(Announcement, announcement_id)
    if found is None:
        raise NotFound()
    return found
