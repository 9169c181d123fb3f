"""Periods: whole days in UTC, as people write them."""

from datetime import UTC, date, datetime

import pytest

from runbooks.compliance.period import Period, period
from runbooks.errors import Refused

NOW = datetime(2026, 11, 28, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "last", "name", "title"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 10, 31), "2026-10", "October 2026"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02", "February 2024"),
        ("this", date(2026, 11, 1), date(2026, 11, 30), "2026-11", "November 2026"),
        ("last", date(2026, 10, 1), date(2026, 10, 31), "2026-10", "October 2026"),
        ("2026-10-03/2026-10-05", date(2026, 10, 3), date(2026, 10, 5), "2026-10-03--2026-10-05", "2026-10-03 to 2026-10-05"),
        ("2026-10-01--2026-10-31", date(2026, 10, 1), date(2026, 10, 31), "2026-10", "October 2026"),
    ],
)
def test_a_period_is_read_as_it_is_written(text: str, first: date, last: date, name: str, title: str) -> None:
    """Months with their leap day, spans of days, the month that runs and the one before in words; its own name reads as itself."""
    found = period(text, NOW)
    assert (found.first, found.last, found.name, found.title) == (first, last, name, title)
    assert period(found.name, NOW) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-13", "is no span of days"),
        ("2026-02-30/2026-03-01", "is no span of days"),
        ("October", "is no span of days"),
        ("2026-10-05/2026-10-03", "is no span of days"),
        ("2026-12", "has not begun"),
        ("2024-01-01/2026-01-01", "is longer than a year"),
        ("2026-10/../../etc", "is no span of days"),
    ],
)
def test_what_is_no_period_is_refused_with_a_way_out(text: str, says: str) -> None:
    """One sentence, and how to write it."""
    with pytest.raises(Refused, match=says) as caught:
        period(text, NOW)
    assert "such as 2026-10" in caught.value.hint


def test_no_hour_is_missing_or_comes_twice_when_clocks_change() -> None:
    """On the days on which Europe and the United States change their clocks, too: days are days in UTC."""
    for day in (date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)):
        found = Period(day, day)
        assert (found.until - found.since).total_seconds() == 24 * 3600
