"""Reminding people of what is unfinished, or not begun, before a round closes: a week and a day before, once each."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from backend.core import clock, db
from backend.core.config import settings
from backend.core.i18n import later
from backend.following import unfinished
from backend.following.models import RoundReminder
from backend.following.unfinished import Unfinished
from backend.notifications import outbox
from backend.releases.models import Round

DAYS = (7, 1)


def remind(session: Session) -> int:
    """Write every reminder that is due, and say how many were written; done again, it does nothing.

    A worker that comes so late that a day is left skips the reminder of the week. Of two workers at once one writes,
    and a worker that dies on the way has written none.
    """
    written = 0
    for round_ in _closing(session):
        left = round_.closes_at - clock.now()
        days = min(days for days in DAYS if left <= timedelta(days=days))
        mark = RoundReminder(round_id=round_.id, closes_at=round_.closes_at, days=days)
        if db.add_once(session, mark, "round_id", "closes_at", "days"):
            written += sum(_write(session, round_, each, days) for each in unfinished.of_everybody(session, round_))
    return written


def _closing(session: Session) -> Sequence[Round]:
    """The rounds that are open and close within the longest of the times."""
    now = clock.now()
    return session.exec(
        select(Round)
        .where(
            col(Round.opens_at) <= now,
            col(Round.closes_at) > now,
            col(Round.closes_at) <= now + timedelta(days=max(DAYS)),
        )
        .order_by(col(Round.id))
    ).all()


def _write(session: Session, round_: Round, found: Unfinished, days: int) -> bool:
    if found.for_organisation:
        page = "/organisation/feedback"
    elif found.has_not_begun:
        page = f"/frameworks/{round_.release.framework.slug}"
    else:
        page = "/my-feedback?state=draft"
    return outbox.post(
        session,
        "reminder",
        to=found.person.email,
        person=found.person,
        subject=later("“%(title)s” closes on %(when)s", title=round_.title, when=round_.closes_at),
        once_for=f"round:{round_.id}:{round_.closes_at.isoformat()}:{days}:person:{found.person.id}",
        round=round_,
        found=found,
        address=settings().base_url + page,
    )
