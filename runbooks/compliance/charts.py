"""What the page draws, as plain shapes: places and sizes in percent of their axis. The tables beside the charts say the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log10
from typing import Literal

from runbooks.compliance.exercises import Exercise
from runbooks.compliance.figures import Figure
from runbooks.compliance.record import Day, DayLag, Report
from runbooks.compliance.words import size
from runbooks.timeline import exact

State = Literal["good", "bad", "none", "unseen"]
TICKS = ((1.0, "1 s"), (10.0, "10 s"), (60.0, "1 min"), (600.0, "10 min"), (3600.0, "1 h"), (86400.0, "1 day"))
FLOOR = 0.1
"""Seconds at the foot of the logarithmic axis; what is less stands on it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one target. ``at`` and ``width`` are in percent."""

    at: float
    width: float
    state: State
    says: str


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar along its axis; ``size`` in percent of it, ``bad`` when it is beyond the objective."""

    label: str
    at: float
    width: float
    size: float
    says: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars and where the objective stands, in percent; ``ticks`` are (place, label)."""

    name: str
    bars: tuple[Bar, ...]
    objective: float | None
    says: str
    ticks: tuple[tuple[float, str], ...]


def heat(made: Report) -> tuple[Row, ...]:
    """Return a row for each target and a cell for each day."""
    return tuple(Row(target, _cells(list(days))) for target, days in groupby(made.days, key=lambda day: day.target))


def _cells(days: Sequence[Day]) -> tuple[Cell, ...]:
    width = 100 / len(days)
    return tuple(Cell(round(number * width, 3), round(width, 3), *_told(day)) for number, day in enumerate(days))


def _told(day: Day) -> tuple[State, str]:
    if not day.seen:
        return "unseen", f"{day.day}: not seen"
    if day.failed:
        return "bad", f"{day.day}: {day.failed} of {day.failed + day.made} failed"
    return ("good", f"{day.day}: {day.made} made") if day.made else ("none", f"{day.day}: none")


def lag(made: Report) -> tuple[Bars, ...]:
    """Return, for the database and for files, the longest lag of each day on a logarithmic axis."""
    return tuple(_lag(made, what, list(days)) for what, days in groupby(made.lags, key=lambda day: day.what))


def _lag(made: Report, what: str, days: Sequence[DayLag]) -> Bars:
    rpo = made.about.rpo_seconds
    top = max(rpo, *(day.seconds for day in days)) * 1.5
    width, first = 100 / len(made.about.period.days), made.about.period.first
    bars = tuple(
        Bar(
            f"{day.day}",
            round((day.day - first).days * width, 3),
            round(width, 3),
            _logarithmic(day.seconds, top),
            f"{day.day}: {exact(day.seconds)}",
            day.seconds > rpo,
        )
        for day in days
    )
    ticks = tuple((_logarithmic(tick, top), label) for tick, label in TICKS if tick < top)
    return Bars(what, bars, _logarithmic(rpo, top), f"RPO {exact(rpo)}", ticks)


def _logarithmic(seconds: float, top: float) -> float:
    return round(100 * log10(max(seconds, FLOOR) / FLOOR) / log10(top / FLOOR), 3)


def recovery(made: Report) -> Bars | None:
    """Return the measured recovery time of each drill and recovery beside its objective, or None when none was measured."""
    runs = [run for run in made.runs if run.rto_seconds is not None]
    if not runs:
        return None
    objective = made.about.rto_seconds
    top = max(objective, *(run.rto_seconds or 0.0 for run in runs)) * 1.1
    bars = tuple(_time(run, run.rto_seconds, top) for run in runs if run.rto_seconds is not None)
    return Bars("recovery", bars, _share(objective, top), f"RTO {exact(objective)}", ())


def _time(run: Exercise, seconds: float, top: float) -> Bar:
    return Bar(f"{run.command}, {run.began:%d %b}", 0, 0, _share(seconds, top), exact(seconds), run.rto_met is False)


def storage(made: Report) -> Bars | None:
    """Return what lies in each vault and tier, or None when nothing does."""
    sizes = [figure for figure in made.figures if figure.name.startswith("storage-") and figure.value]
    if not sizes:
        return None
    top = max(figure.value or 0.0 for figure in sizes)
    return Bars("storage", tuple(_size(figure, top) for figure in sizes), None, "", ())


def _size(figure: Figure, top: float) -> Bar:
    return Bar(figure.title, 0, 0, _share(figure.value or 0.0, top), f"{size(figure.value or 0.0)}, {figure.counted}", bad=False)


def _share(value: float, top: float) -> float:
    return round(100 * value / top, 3)
