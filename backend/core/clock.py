"""The time. Rules ask here, never the database, so that deadlines can be tested to the second."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def in_london(moment: datetime) -> datetime:
    """The same moment on a UK clock."""
    return moment.astimezone(LONDON)


def today() -> date:
    """The date in the UK."""
    return in_london(now()).date()


def next_midnight() -> datetime:
    """When the date in the UK next changes: until then, a page that names days stays right."""
    return datetime.combine(today() + timedelta(days=1), datetime.min.time(), LONDON).astimezone(UTC)
