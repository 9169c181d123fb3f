"""The numbers of a report. Each says by which records it was reached; one that nothing was measured for has no value."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Literal

from runbooks.aws.job_history import Kind, PastJob
from runbooks.compliance.evidence import Evidence, Lag
from runbooks.compliance.exercises import Exercise

Unit = Literal["percent", "seconds", "bytes", "count"]
TESTING_PLAN = ":restore-testing-plan:"


@dataclass(frozen=True, slots=True)
class Source:
    """Records of one file of the evidence, by their ids."""

    file: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: ``value`` None is "not measured"; ``met`` None where there is no objective, or nothing to hold against it."""

    name: str
    title: str
    value: float | None
    unit: Unit
    counted: str
    objective: float | None
    met: bool | None
    sources: tuple[Source, ...]


def figures(evidence: Evidence, runs: Sequence[Exercise]) -> tuple[Figure, ...]:
    """Return every figure of the period, in the order in which people read them."""
    about = evidence.about
    drills = [each for each in runs if each.kind in ("drill", "move") and about.period.holds(each.began)]
    return (
        success(evidence, "backup", "Backups that succeeded", about.success_objective),
        success(evidence, "copy", "Copies that succeeded", about.success_objective),
        tests(evidence),
        *durations(evidence),
        _worst("rto", "Longest recovery time of a drill or recovery", drills, lambda run: run.rto_seconds, about.rto_seconds),
        _worst("rpo", "Largest loss of a drill or recovery", drills, lambda run: run.rpo_seconds, about.rpo_seconds),
        lag(evidence, "database", "Longest that the database's replica was behind"),
        lag(evidence, "files", "Longest that a file waited for its replica"),
        *storage(evidence),
    )


def ours(evidence: Evidence, kind: Kind) -> list[PastJob]:
    """Return the finished jobs of *kind* that concern our vaults."""
    return [job for job in evidence.jobs if job.kind == kind and job.vault in evidence.about.vaults and job.over]


def restore_tests(evidence: Evidence) -> list[PastJob]:
    return [job for job in evidence.jobs if job.kind == "restore" and TESTING_PLAN in job.plan]


def success(evidence: Evidence, kind: Kind, title: str, objective: float) -> Figure:
    """Return the percentage of finished jobs that completed; what was stopped by hand did not."""
    jobs = ours(evidence, kind)
    well = sum(job.well for job in jobs)
    value = 100 * well / len(jobs) if jobs else None
    counted = f"{well:,} of {len(jobs):,}" if jobs else "no job has finished"
    return Figure(f"{kind}-success", title, value, "percent", counted, objective, _least(value, objective), (_of(jobs),))


def tests(evidence: Evidence) -> Figure:
    """Return the percentage of restore tests that were validated as successful; one that nobody answered was not."""
    jobs = restore_tests(evidence)
    well = sum(job.verdict == "SUCCESSFUL" for job in jobs)
    value = 100 * well / len(jobs) if jobs else None
    counted = f"{well:,} of {len(jobs):,}" if jobs else "no restore test ran"
    return Figure(
        "restore-tests", "Restore tests that were validated", value, "percent", counted, 100.0, _least(value, 100.0), (_of(jobs),)
    )


def durations(evidence: Evidence) -> Iterable[Figure]:
    """Yield the median and the 95th percentile of what each target's backups took."""
    for target in sorted({job.target for job in ours(evidence, "backup")}):
        jobs = [job for job in ours(evidence, "backup") if job.target == target and job.well and job.ended]
        taken = sorted((job.ended - job.began).total_seconds() for job in jobs if job.ended)
        if taken:
            yield _plain(f"{target}-backup-median", f"Backup of {target}, median", median(taken), "seconds", jobs)
            yield _plain(f"{target}-backup-p95", f"Backup of {target}, 95th percentile", percentile(taken, 95), "seconds", jobs)


def percentile(taken: Sequence[float], share: int) -> float:
    """Return the *share*-th percentile of what is sorted, between the two nearest; of one value, that value."""
    return taken[0] if len(taken) == 1 else quantiles(taken, n=100, method="inclusive")[share - 1]


def lag(evidence: Evidence, what: str, title: str) -> Figure:
    hours = [each for each in evidence.lags if each.what == what]
    worst = max((each.seconds for each in hours), default=None)
    within = sum(each.seconds <= evidence.about.rpo_seconds for each in hours)
    counted = f"{within:,} of {len(hours):,} measured hours within the objective" if hours else "no hour was measured"
    objective = evidence.about.rpo_seconds
    source = Source("lags.jsonl", tuple(lag_id(each) for each in hours))
    return Figure(f"{what}-lag", title, worst, "seconds", counted, objective, _most(worst, objective), (source,))


def lag_id(each: Lag) -> str:
    return f"{each.name} {each.region} {each.at:%FT%HZ}"


def storage(evidence: Evidence) -> Iterable[Figure]:
    """Yield the size of what lies in each vault and tier, as AWS Backup says it."""
    shelves: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for point in evidence.points:
        shelves.setdefault((point.region, point.vault, point.tier), []).append((point.arn, point.size))
    for (region, vault, tier), points in sorted(shelves.items()):
        source = Source("points.jsonl", tuple(arn for arn, _ in points))
        size = float(sum(size for _, size in points))
        title = f"{vault} in {region}, {tier}"
        yield Figure(f"storage-{region}-{vault}-{tier}", title, size, "bytes", f"{len(points):,} recovery points", None, None, (source,))


def _worst(name: str, title: str, runs: Sequence[Exercise], value: Callable[[Exercise], float | None], objective: float) -> Figure:
    measured = [run for run in runs if value(run) is not None]
    worst = max((seconds for run in measured if (seconds := value(run)) is not None), default=None)
    counted = f"{len(measured):,} of {len(runs):,} runs measured it" if runs else "no run in the period"
    sources = tuple(Source(f"runs/{run.run}", (f"{run.records:04d}.json",)) for run in measured)
    return Figure(name, title, worst, "seconds", counted, objective, _most(worst, objective), sources)


def _plain(name: str, title: str, value: float, unit: Unit, jobs: Sequence[PastJob]) -> Figure:
    return Figure(name, title, value, unit, f"{len(jobs):,} backups", None, None, (_of(jobs),))


def _of(jobs: Sequence[PastJob]) -> Source:
    return Source("jobs.jsonl", tuple(job.id for job in jobs))


def _least(value: float | None, objective: float) -> bool | None:
    return None if value is None else value >= objective


def _most(value: float | None, objective: float) -> bool | None:
    return None if value is None else value <= objective
