"""Working days: the same everywhere in the United Kingdom, at the same time of day."""

from datetime import date, datetime

import pytest

from backend.core import working_days
from backend.core.clock import LONDON


@pytest.mark.parametrize(
    ("closes", "ends"),
    [
        ((2027, 1, 12), (2027, 1, 14)),  # Tuesday to Thursday
        ((2027, 1, 14), (2027, 1, 18)),  # Thursday: over the weekend
        ((2027, 1, 15), (2027, 1, 19)),  # Friday
        ((2027, 1, 16), (2027, 1, 19)),  # Saturday
        ((2027, 1, 17), (2027, 1, 19)),  # Sunday
        ((2026, 11, 27), (2026, 12, 2)),  # St Andrew's Day in Scotland
        ((2026, 12, 24), (2026, 12, 30)),  # Christmas on a Friday; Boxing Day falls on a Saturday and is made up for
        ((2026, 12, 31), (2027, 1, 6)),  # New Year, and 2 January in Scotland, which falls on a Saturday
        ((2027, 3, 25), (2027, 3, 31)),  # Good Friday, and Easter Monday outside Scotland
        ((2027, 3, 16), (2027, 3, 19)),  # St Patrick's Day in Northern Ireland
        ((2027, 7, 9), (2027, 7, 14)),  # 12 July in Northern Ireland
        ((2027, 7, 30), (2027, 8, 4)),  # Scotland's summer bank holiday, the first Monday of August
    ],
)
def test_two_working_days_pass_over_weekends_and_every_nations_holidays(
    closes: tuple[int, int, int], ends: tuple[int, int, int]
) -> None:
    closing = datetime(*closes, 17, 0, tzinfo=LONDON)
    found = working_days.after(closing, 2).astimezone(LONDON)
    assert (found.date(), found.hour, found.minute) == (date(*ends), 17, 0)


def test_the_time_of_day_stays_the_same_over_a_change_of_the_clocks() -> None:
    for closing in (datetime(2027, 3, 26, 12, 0, tzinfo=LONDON), datetime(2026, 10, 23, 12, 0, tzinfo=LONDON)):
        assert working_days.after(closing, 2).astimezone(LONDON).hour == 12


def test_a_day_is_the_day_in_london() -> None:
    late = datetime.fromisoformat("2026-06-01T23:30:00+00:00")  # Tuesday 2 June, half past midnight, in London
    assert working_days.after(late, 2).isoformat() == "2026-06-03T23:30:00+00:00"
