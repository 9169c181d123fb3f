"""The report as one record, made from evidence alone: every format shows this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from pydantic import TypeAdapter

from runbooks.compliance import mapping
from runbooks.compliance.case import Case
from runbooks.compliance.evidence import About, Evidence
from runbooks.compliance.exercises import Exercise, exercises
from runbooks.compliance.figures import Figure, figures
from runbooks.compliance.findings import Finding, findings
from runbooks.compliance.mapping import Answered, Framework

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Day:
    """Finished backup jobs of one target that began on one day; ``seen`` False where nobody looked, since AWS had forgotten them."""

    target: str
    day: date
    made: int
    failed: int
    seen: bool


@dataclass(frozen=True, slots=True)
class DayLag:
    """The longest that a copy was behind on one day, in seconds."""

    what: str
    day: date
    seconds: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be read (``unseen``), or does not hold together (``broken``)."""

    name: str
    why: str
    broken: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``bundle`` and ``sha256`` name the evidence; ``counts`` are the controls by their verdict."""

    schema: int
    bundle: str
    sha256: str
    about: About
    counts: dict[str, int]
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]
    frameworks: tuple[Framework, ...]
    controls: tuple[Answered, ...]
    runs: tuple[Exercise, ...]
    days: tuple[Day, ...]
    lags: tuple[DayLag, ...]
    troubles: tuple[Trouble, ...]
    points: int

    @property
    def well(self) -> bool:
        """Whether every control passes, exceptions included."""
        return not self.counts["fail"] and not self.counts["no evidence"]


def report(evidence: Evidence, bundle: str, sha256: str) -> Report:
    """Return the report on *evidence*, which lies in the bundle of that name, whose manifest has that digest."""
    runs, about = exercises(evidence), evidence.about
    numbers = figures(evidence, runs)
    case = Case(evidence, runs, {each.name: each for each in numbers})
    wanted, made = mapping.frameworks(evidence.documents), mapping.statements(evidence.documents)
    found = {each.name: each for each in findings(case)} | mapping.attested(made, wanted, evidence)
    controls = mapping.answered(wanted, found, made, about.period.last)
    return Report(
        schema=SCHEMA,
        bundle=bundle,
        sha256=sha256,
        about=about,
        counts={verdict: sum(each.verdict == verdict for each in controls) for verdict in ("pass", "excepted", "no evidence", "fail")},
        figures=numbers,
        findings=tuple(found.values()),
        frameworks=wanted,
        controls=controls,
        runs=tuple(case.period_runs),
        days=_days(evidence),
        lags=_lags(evidence),
        troubles=(*_troubles(evidence.broken, broken=True), *_troubles(evidence.unseen, broken=False)),
        points=len(evidence.points),
    )


def _days(evidence: Evidence) -> tuple[Day, ...]:
    about = evidence.about
    counted: dict[tuple[str, date], list[bool]] = {}
    for job in evidence.jobs:
        if job.kind == "backup" and job.over and job.vault in about.vaults:
            counted.setdefault((job.target, job.began.date()), []).append(job.well)
    for each in {kept.name: kept for kept in evidence.kept}.values():
        counted.setdefault(("application", each.at.date()), []).append(not each.lacks)
    promised = [each.target for each in about.promises]
    targets = dict.fromkeys([*promised, *sorted(target for target, _ in counted)])
    return tuple(
        Day(target, day, sum(ends := counted.get((target, day), [])), len(ends) - sum(ends), _was_seen(about, target, day))
        for target in targets
        for day in about.period.days
    )


def _was_seen(about: About, target: str, day: date) -> bool:
    """Whether the jobs of that day could be seen at all: not before AWS's memory, and not in the future."""
    return day <= about.collected.date() and (target == "application" or day >= about.covered_since.date())


def _lags(evidence: Evidence) -> tuple[DayLag, ...]:
    worst: dict[tuple[str, date], float] = {}
    for each in evidence.lags:
        key = each.what, each.at.date()
        worst[key] = max(each.seconds, worst.get(key, 0.0))
    return tuple(DayLag(what, day, seconds) for (what, day), seconds in sorted(worst.items()))


def _troubles(found: Mapping[str, str], *, broken: bool) -> tuple[Trouble, ...]:
    return tuple(Trouble(name, why, broken) for name, why in sorted(found.items()))


def as_json(made: Report) -> bytes:
    return _writer().dump_json(made, indent=1) + b"\n"


@cache
def _writer() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


def last_seen(about: About) -> datetime:
    return min(about.collected, about.period.until)
