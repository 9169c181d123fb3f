"""The arithmetic of metrics: rates, spreads, sums and trends. Pure; what was not measured is None, and no job is no rate."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from statistics import median

from runbooks.aws.costs import Month
from runbooks.aws.job_history import KINDS, Kind, PastJob
from runbooks.aws.recovery_points import Point
from runbooks.metrics.look import History
from runbooks.story import Story

OBJECTIVE = 0.999
COUNTED = (
    "jobs of AWS Backup on our vaults that began in the span and have ended; COMPLETED is a success unless the backup was found broken; "
    "PARTIAL, FAILED, EXPIRED and ABORTED are none; what still runs counts in neither number, nor do builds that keep the application"
)
UNMEASURED = ("fence",)
"""Runs that recover nothing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of ``ended`` jobs so many were ``good``; ``running`` are in neither number.

    ``ratio`` is the share that succeeded, None without a job: nothing was shown to work.
    """

    kind: Kind
    good: int
    ended: int
    running: int
    ratio: float | None

    @property
    def met(self) -> bool | None:
        return None if self.ratio is None else self.ratio >= OBJECTIVE


@dataclass(frozen=True, slots=True)
class Spread:
    """``count`` durations in seconds: their median, the one that 95 of 100 do not exceed (nearest rank), and the longest."""

    count: int
    median: float
    percentile_95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What one vault holds of one target in one tier; ``size`` is in bytes as AWS Backup says it of each point, not what is billed."""

    region: str
    vault: str
    target: str
    tier: str
    points: int
    size: int


@dataclass(frozen=True, slots=True)
class Recovery:
    """One run, in seconds; None is "not measured"."""

    run: str
    command: str
    mode: str
    result: str
    environment: str
    recovery: float | None
    loss: float | None
    recovery_met: bool | None
    loss_met: bool | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """All numbers of one look. Spreads are by kind and target of jobs, and by command of runs."""

    since: datetime
    until: datetime
    jobs_since: datetime
    objective: float
    counted: str
    rates: tuple[Rate, ...]
    rates_by_target: Mapping[str, Rate]
    durations: Mapping[str, Spread]
    copy_delays: Mapping[str, Spread]
    storage: tuple[Stored, ...]
    months: tuple[Month, ...]
    trend: Decimal | None
    costs_unmeasured: str
    recoveries: tuple[Recovery, ...]
    recovery_times: Mapping[str, Spread]
    losses: Mapping[str, Spread]
    unseen: Mapping[str, str]


def reckon(found: History) -> Metrics:
    runs = tuple(recovery(each) for each in found.stories if each.command not in UNMEASURED)
    return Metrics(
        since=found.since,
        until=found.until,
        jobs_since=found.jobs_since,
        objective=OBJECTIVE,
        counted=COUNTED,
        rates=tuple(rate(kind, found.jobs, found.broken) for kind in KINDS),
        rates_by_target=rates_by_target(found.jobs, found.broken),
        durations=spreads((f"{job.kind} {job.target}", seconds(job)) for job in found.jobs if job.well),
        copy_delays=spreads(copy_delays(found.jobs)),
        storage=stored(found.points),
        months=found.costs.months,
        trend=trend(found.costs.months),
        costs_unmeasured=found.costs.why,
        recoveries=runs,
        recovery_times=spreads((each.command, each.recovery) for each in runs),
        losses=spreads((each.command, each.loss) for each in runs),
        unseen=found.unseen,
    )


def rate(kind: Kind, jobs: Iterable[PastJob], broken: frozenset[str]) -> Rate:
    chosen = [job for job in jobs if job.kind == kind]
    ended = [job for job in chosen if job.over]
    good = sum(job.well and job.point not in broken for job in ended)
    return Rate(kind, good, len(ended), len(chosen) - len(ended), good / len(ended) if ended else None)


def rates_by_target(jobs: Iterable[PastJob], broken: frozenset[str]) -> dict[str, Rate]:
    parts: defaultdict[tuple[Kind, str], list[PastJob]] = defaultdict(list)
    for job in jobs:
        parts[job.kind, job.target].append(job)
    return {f"{kind} {target}": rate(kind, part, broken) for (kind, target), part in sorted(parts.items())}


def seconds(job: PastJob) -> float | None:
    return (job.ended - job.began).total_seconds() if job.ended else None


def copy_delays(jobs: Iterable[PastJob]) -> Iterable[tuple[str, float | None]]:
    """Yield how long after its backup's end each copy was there, by target; of a backup that is not in the span it is not known.

    A continuous backup is one point for ever, which each of its jobs carries on: a copy is of what the last job before it had ended.
    """
    known = tuple(jobs)
    ends: defaultdict[str, list[datetime]] = defaultdict(list)
    for job in known:
        if job.kind == "backup" and job.well and job.ended:
            ends[job.point].append(job.ended)
    for copy in known:
        if copy.kind == "copy" and copy.well and copy.ended:
            before = [end for end in ends[copy.source] if end <= copy.ended]
            yield copy.target, (copy.ended - max(before)).total_seconds() if before else None


def spreads(measured: Iterable[tuple[str, float | None]]) -> dict[str, Spread]:
    """Return the spread of what was measured, under each name that has anything."""
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for name, value in measured:
        if value is not None:
            parts[name].append(value)
    return {name: spread(part) for name, part in sorted(parts.items())}


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of *values*, of which there is at least one."""
    ordered = sorted(values)
    return Spread(len(ordered), median(ordered), ordered[ceil(0.95 * len(ordered)) - 1], ordered[-1])


def stored(points: Iterable[Point]) -> tuple[Stored, ...]:
    parts: defaultdict[tuple[str, str, str, str], list[int]] = defaultdict(list)
    for point in points:
        parts[point.region, point.vault, point.target, point.tier].append(point.size)
    return tuple(Stored(*key, len(sizes), sum(sizes)) for key, sizes in sorted(parts.items()))


def trend(months: Iterable[Month]) -> Decimal | None:
    """Return by what share the last whole month cost more than the one before; None without two, or after one that cost nothing."""
    whole = [month for month in months if not month.estimated]
    if len(whole) < 2 or not whole[-2].dollars or _months(whole[-2].begins) + 1 != _months(whole[-1].begins):
        return None
    return (whole[-1].dollars - whole[-2].dollars) / whole[-2].dollars


def _months(day: date) -> int:
    return day.year * 12 + day.month


def recovery(told: Story) -> Recovery:
    measured = told.measured
    command = told.run.partition("-")[2].rpartition("-")[0] or told.command
    facts = (measured.rto, measured.rpo, measured.rto_met, measured.rpo_met)
    return Recovery(told.run, command, told.mode, told.result, told.environment, *facts)
