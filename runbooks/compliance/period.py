"""What a report is about: a span of whole days in UTC, in which no hour is missing or comes twice."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from runbooks.errors import Refused

LONGEST = timedelta(days=366)
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
HINT = "write a month, such as 2026-10, the word this or last, or first and last day: 2026-10-01/2026-10-15"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` to ``last``, both counted."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """As it is asked for, and as its folder is called."""
        month = f"{self.first:%Y-%m}"
        return month if self == _month(month) else f"{self.first}--{self.last}"

    @property
    def title(self) -> str:
        """As it stands over a report."""
        if self.name == f"{self.first:%Y-%m}":
            return f"{MONTHS[self.first.month - 1]} {self.first.year}"
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(), UTC)

    @property
    def until(self) -> datetime:
        """The first moment that does not count."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    def holds(self, moment: datetime | None) -> bool:
        return moment is not None and self.since <= moment < self.until


def period(text: str, now: datetime) -> Period:
    """Return the period that *text* names, in words the month that runs (``this``) or the whole one before (``last``).

    Raises :class:`Refused` for what is none, or has not begun.
    """
    first = now.astimezone(UTC).date().replace(day=1)
    words = {"this": f"{first:%Y-%m}", "last": f"{first - timedelta(days=1):%Y-%m}"}
    found = _read(words.get(text, text))
    if found is None or found.first > found.last:
        raise Refused(f"--period {text} is no span of days", HINT)
    if found.last - found.first >= LONGEST:
        raise Refused(f"--period {text} is longer than a year", HINT)
    if found.since > now:
        raise Refused(f"--period {text} has not begun", HINT)
    return found


def _read(text: str) -> Period | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text):
            return _month(text)
        days = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:/|--)(\d{4}-\d{2}-\d{2})", text)
        return Period(date.fromisoformat(days[1]), date.fromisoformat(days[2])) if days else None
    except ValueError:
        return None


def _month(text: str) -> Period:
    first = date.fromisoformat(f"{text}-01")
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
