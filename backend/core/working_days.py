"""Working days: what is due in so many of them is due on the same day for everyone in the United Kingdom."""

from datetime import date, datetime, timedelta
from functools import cache

import holidays

from backend.core.clock import LONDON


def after(moment: datetime, days: int) -> datetime:
    """The same time of day in London so many working days later."""
    local = moment.astimezone(LONDON)
    day = local.date()
    while days > 0:
        day += timedelta(days=1)
        if _is_worked_on(day):
            days -= 1
    return local.replace(year=day.year, month=day.month, day=day.day).astimezone(moment.tzinfo)


def _is_worked_on(day: date) -> bool:
    return day.weekday() < 5 and day not in _bank_holidays(day.year)


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of any of the four nations, so that nobody has fewer days than others."""
    nations = ("ENG", "NIR", "SCT", "WLS")
    return frozenset(day for nation in nations for day in holidays.country_holidays("GB", subdiv=nation, years=year))
