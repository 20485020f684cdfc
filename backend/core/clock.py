"""The time. Rules ask here, never the database, so that deadlines can be tested to the second."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


_PRETENDED: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """This moment, aware, in UTC."""
    return _PRETENDED.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Do something as if it were done at that moment; the demonstration tells its story with it."""
    token = _PRETENDED.set(moment)
    try:
        yield
    finally:
        _PRETENDED.reset(token)


def in_london(moment: datetime) -> datetime:
    """The same moment on a UK clock."""
    return moment.astimezone(LONDON)


def today() -> date:
    """The date in the UK."""
    return in_london(now()).date()


def end_of(day: date) -> datetime:
    """The last minute of a day in the UK: what is promised by a day is promised until then."""
    return datetime.combine(day, time(23, 59), LONDON).astimezone(UTC)


def next_midnight() -> datetime:
    """When the date in the UK next changes: until then, a page that names days stays right."""
    return datetime.combine(today() + timedelta(days=1), datetime.min.time(), LONDON).astimezone(UTC)
