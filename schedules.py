"""When a schedule runs: the cron expressions of Amazon EventBridge, which AWS Backup uses, read day by day. Everything is UTC.

Source of the grammar: "Cron expressions" in EventBridge's user guide. An expression is taken as :mod:`values` let it through.
"""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

NAMES = {
    name: number
    for names in (("SUN MON TUE WED THU FRI SAT"), ("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"))
    for number, name in enumerate(names.split(), 1)
}
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
LOOKED_AT = timedelta(days=3 * 366)
"""Three years hold the longest wait of any schedule that runs at least yearly."""


def runs(schedule: str, first: date, days: int) -> list[datetime]:
    """Return every moment at which *schedule*, such as ``cron(0 5 * * ? *)``, runs in the *days* from *first* on."""
    minute, hour, *day = schedule.removeprefix("cron(").removesuffix(")").split(" ")
    times = [time(each, int(minute)) for each in sorted(_numbers(hour, 1))]
    return [
        datetime.combine(each, moment)
        for each in (first + timedelta(days=number) for number in range(days))
        if _runs_on(each, *day)
        for moment in times
    ]


@cache
def longest_wait(first: date, *schedules: str) -> timedelta:
    """Return the longest time between two runs of *schedules* together, looking ahead from *first*; what never runs waits for ever."""
    found = sorted(moment for schedule in schedules for moment in runs(schedule, first, LOOKED_AT.days))
    if len(found) < 2:
        return LOOKED_AT
    return max(later - earlier for earlier, later in pairwise(found))


def _runs_on(day: date, of_month: str, month: str, of_week: str, year: str) -> bool:
    if day.month not in _numbers(month, 3) or day.year not in _numbers(year, 5):
        return False
    return _is_weekday(day, of_week) if of_month == "?" else _is_day(day, of_month)


def _is_day(day: date, field: str) -> bool:
    """Tell whether *day* is one of *field*: numbers, ``L`` the month's last, ``15W`` the weekday nearest to the 15th."""
    last = monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if field == "LW":
        return day == _weekday_near(day.replace(day=last))
    if field.endswith("W"):
        return day == _weekday_near(day.replace(day=min(int(field[:-1]), last)))
    return day.day in _numbers(field, 2)


def _weekday_near(day: date) -> date:
    """Return *day*, or the weekday nearest to it within its month."""
    step = {5: -1, 6: 1}.get(day.weekday(), 0)
    near = day + timedelta(days=step)
    return near if near.month == day.month else day + timedelta(days=-2 * step)


def _is_weekday(day: date, field: str) -> bool:
    """Tell whether *day* is one of *field*: 1 to 7 from Sunday on, ``6L`` the month's last Friday, ``6#3`` its third."""
    number = day.isoweekday() % 7 + 1
    if field.endswith("L") and field[:-1].isdigit():
        return number == int(field[0]) and (day + timedelta(days=7)).month != day.month
    if "#" in field:
        which, _, nth = field.partition("#")
        return number in _numbers(which, 4) and (day.day - 1) // 7 + 1 == int(nth)
    return number in _numbers("7" if field == "L" else field, 4)


@cache
def _numbers(field: str, place: int) -> frozenset[int]:
    """Return the numbers that *field* names: ``8-18/2,22``, ``*`` and names of days and months included."""
    low, high = BOUNDS[place]
    found: set[int] = set()
    plain = re.sub(r"[A-Z]{3}", lambda name: str(NAMES[name[0]]), field.upper())
    for part in plain.split(","):
        span, _, step = part.partition("/")
        start, _, end = (f"{low}-{high}" if span == "*" else span).partition("-")
        found.update(range(int(start), int(end or (high if step else start)) + 1, int(step or 1)))
    return frozenset(found)
