"""Reads the evidence of a period, much of it side by side; what gives no answer is left out and said, never waited for twice."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

from names import Names
from runbooks import journal, scheduled, verdicts
from runbooks.application.archive import Archive
from runbooks.application.place import place
from runbooks.aws import cloudwatch, job_history, recovery_points, restores
from runbooks.aws.job_history import KINDS, SHOWN, PastJob
from runbooks.aws.recovery_points import Point
from runbooks.aws.session import Door
from runbooks.backups import Backups, Wanted, ours
from runbooks.clock import Clock
from runbooks.compliance import mapping
from runbooks.compliance.evidence import About, Evidence, Judged, Kept, Lag, Lagging, Promise, Shelf, Window, newest_first
from runbooks.compliance.period import Period
from runbooks.errors import AwsError, BackupBroken, Expired, JournalBroken, Refused, Skewed, Unreachable
from runbooks.journal import Store
from runbooks.reach import Reach
from runbooks.signed import moment_of
from settings import Settings

Found = TypeVar("Found")
SUCCESS = 99.9
"""Percent of backups that must succeed. Source: the requirement's success metrics."""

A_YEAR = timedelta(days=366)
"""How far back runs are read: some controls ask for something once a year."""

AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Question(Generic[Found]):
    """Something to ask of a region; an empty ``region`` is the journal's."""

    name: str
    region: str
    ask: Callable[[], Iterable[Found]]


@dataclass(slots=True)
class Answers:
    """What was asked, by name; ``unseen`` says what gave no answer, ``broken`` what gave one that does not hold together.

    A region that is ``lost`` is asked nothing more: each question would wait as long as the first.
    """

    lost: Mapping[str, str]
    unseen: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def all(self, questions: Iterable[Question[Found]]) -> tuple[Found, ...]:
        """Ask every question at once and return all answers, in the order of the questions."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = [(each, pool.submit(_whole, each.ask)) for each in questions if not self._is_lost(each)]
            return tuple(chain.from_iterable(self._answer(each.name, future.result) for each, future in asked))

    def _is_lost(self, question: Question[Found]) -> bool:
        if why := self.lost.get(question.region, ""):
            self.unseen[question.name] = why
        return bool(why)

    def _answer(self, name: str, result: Callable[[], tuple[Found, ...]]) -> tuple[Found, ...]:
        try:
            return result()
        except (Expired, Skewed):
            raise
        except AwsError as error:
            self.unseen[name] = error.message
        except (JournalBroken, BackupBroken) as error:
            self.broken[name] = error.message
        return ()


def _whole(question: Callable[[], Iterable[Found]]) -> tuple[Found, ...]:
    return tuple(question())


def collect(reach: Reach, store: Store, asked: Period, clock: Clock) -> Evidence:
    """Return what there is about *asked* now. Raises :class:`Expired` when AWS knows no caller: that is no evidence of anything."""
    names, now = reach.names, clock.now()
    answers, until = Answers(_lost(reach)), min(asked.until, now)
    runs = _runs(store, until, answers)
    jobs = answers.all(_job_questions(reach, asked.since, until))
    return Evidence(
        _about(reach, asked, now, answers.lost),
        jobs=tuple(sorted(jobs, key=lambda job: (job.began, job.id))),
        points=_points(reach, clock, asked, answers),
        shelves=answers.all(
            Question(f"vault {vault} of {region}", region, partial(_shelf, reach, region, vault))
            for region in names.settings.regions
            for vault in ours(names, region)
        ),
        windows=answers.all(
            Question(f"restorable windows of {region}", region, partial(_windows, reach, region)) for region in names.settings.regions
        ),
        lags=answers.all(_lag_questions(reach, asked.since, until)),
        verdicts=answers.all([Question("verdicts", "", partial(_verdicts, store, asked))]),
        kept=answers.all(_kept_questions(names, asked)),
        runs=runs,
        documents=mapping.documents(),
        broken=answers.broken,
        unseen=answers.unseen,
    )


def _lost(reach: Reach) -> dict[str, str]:
    """Return why a region gives no answer, by its name; each is given a second."""
    lost = {}
    for region in reach.names.settings.regions:
        try:
            recovery_points.vault(reach.hasty(region), reach.names.vault(region))
        except Unreachable as error:
            lost[region] = error.message
        except AwsError:  # that is an answer, too
            continue
    return lost


def _job_questions(reach: Reach, since: datetime, until: datetime) -> Iterator[Question[PastJob]]:
    for region in reach.names.settings.regions:
        for kind in KINDS:
            yield Question(f"{kind} jobs of {region}", region, partial(job_history.jobs, reach.door(region), kind, since, until))


def merged(now: Evidence, before: Evidence) -> Evidence:
    """Return *now* with what an earlier collection of the same period has seen and AWS shows no more."""
    known = {(job.region, job.id) for job in now.jobs}
    older = [job for job in before.jobs if (job.region, job.id) not in known]
    hours = {(lag.what, lag.name, lag.region, lag.at) for lag in now.lags}
    lags = [lag for lag in before.lags if (lag.what, lag.name, lag.region, lag.at) not in hours]
    since = min(now.about.covered_since, before.about.covered_since)
    if before.about.collected < now.about.covered_since:  # nobody saw what began and was forgotten in between
        since = now.about.covered_since
    return replace(
        now,
        about=replace(now.about, covered_since=since),
        jobs=tuple(sorted((*older, *now.jobs), key=lambda job: (job.began, job.id))),
        lags=tuple(sorted((*lags, *now.lags), key=lambda lag: (lag.what, lag.name, lag.region, lag.at))),
    )


def _about(reach: Reach, asked: Period, now: datetime, lost: Mapping[str, str]) -> About:
    names, settings = reach.names, reach.names.settings
    recovery, application = settings.disaster_recovery, settings.application
    return About(
        period=asked,
        environment=settings.environment,
        account=settings.account,
        active_region=settings.active_region,
        recovery_region=settings.recovery_region,
        collected=now,
        covered_since=max(asked.since, now - SHOWN),
        sandbox=bool(os.environ.get("AWS_ENDPOINT_URL")),
        rto_seconds=recovery.rto.total_seconds(),
        rpo_seconds=recovery.rpo.total_seconds(),
        success_objective=SUCCESS,
        promises=tuple(_promises(reach, now, lost.get(settings.active_region, ""))),
        copied=_copied(settings),
        vaults=tuple(sorted({vault for region in settings.regions for vault in ours(names, region)})),
        tests=recovery.enabled and recovery.testing.enabled,
        documented=application.enabled and names.settings.access.github.repository in application.repositories,
    )


def _promises(reach: Reach, now: datetime, lost: str) -> Iterator[Promise]:
    """Yield what the settings declare and how AWS has it; of a region that is *lost*, for that reason, nobody can tell."""
    found = scheduled.declared(reach.names.settings, now) if lost else scheduled.look(reach, now)
    for each in found:
        deployed = each.deployed or f"not looked at: {lost}"
        yield Promise(each.target, each.rule, each.schedule, each.retention.days, deployed)


def _copied(settings: Settings) -> tuple[str, ...]:
    """Return the targets whose backups AWS Backup copies into the other region."""
    database = ("database",) if settings.database.enabled and settings.database.cross_region else ()
    return (*database, *(("files",) if settings.files.enabled else ()))


def _points(reach: Reach, clock: Clock, asked: Period, answers: Answers) -> tuple[Point, ...]:
    """Return the recovery points that there are and that were made before the period's end, the newest first."""
    there = [region for region in reach.names.settings.regions if region not in answers.lost]
    answers.unseen.update({f"recovery points of {region}": why for region, why in answers.lost.items()})
    found: list[Point] = []
    for region in there:
        listing = Backups(reach, Wanted(until=asked.until, region=region), clock)
        found += chain.from_iterable(listing.batches())
        answers.unseen.update({f"recovery points of {where}": why for where, why in listing.troubles.items()})
    return tuple(newest_first(found))


def _shelf(reach: Reach, region: str, name: str) -> Iterator[Shelf]:
    found = recovery_points.vault(reach.door(region), name)
    yield Shelf(region, name, found.locked, found.shortest, found.longest, found.locked_for_good, found.key, found.created)


def _windows(reach: Reach, region: str) -> Iterator[Window]:
    for log in restores.logs(reach.door(region)):
        if log.source.endswith(f":{reach.names.database}"):
            yield Window(region, log.source, log.replicated, log.earliest, log.latest)


def _lag_questions(reach: Reach, since: datetime, until: datetime) -> Iterator[Question[Lag]]:
    """Yield what to ask CloudWatch in each region: how far what is there was behind the other one, hour by hour."""
    names = reach.names
    for region in names.settings.regions:
        hours = partial(_hours, reach.door(region), since, until)
        replica, metric = {"DBInstanceIdentifier": names.database}, ("AWS/RDS", "ReplicaLag")
        yield Question(f"replica lag in {region}", region, partial(hours, "database", names.database, metric, replica))
        for kind in names.settings.files.kinds:
            source, bucket = names.file_bucket(kind, names.settings.other_region(region)), names.file_bucket(kind, region)
            rule = {"SourceBucket": source, "DestinationBucket": bucket, "RuleId": names.replication_rule(region)}
            asked = partial(hours, "files", bucket, ("AWS/S3", "ReplicationLatency"), rule)
            yield Question(f"replication latency of {kind} in {region}", region, asked)


def _hours(
    door: Door, since: datetime, until: datetime, what: Lagging, name: str, metric: tuple[str, str], dimensions: dict[str, str]
) -> Iterator[Lag]:
    for each in cloudwatch.hourly(door, *metric, dimensions, since, until):
        yield Lag(what, name, door.region, each.at, each.value)


def _verdicts(store: Store, asked: Period) -> Iterator[Judged]:
    for key, verdict in verdicts.every(store):
        if asked.holds(verdict.at):
            yield Judged(key, verdict.backup, verdict.well, verdict.says, verdict.at, verdict.by)


def _kept_questions(names: Names, asked: Period) -> Iterator[Question[Kept]]:
    for region in names.settings.regions if names.settings.application.enabled else ():
        yield Question(f"application backups in {region}", region, partial(_kept, names, region, asked))


def _kept(names: Names, region: str, asked: Period) -> Iterator[Kept]:
    archive = Archive(place(names, region))
    for name in archive.listing().backups:
        if asked.holds(moment_of(name)):
            made = archive.manifest(name)
            yield Kept(name, region, made.kind, made.at, tuple(each.what for each in made.lacks))


def _runs(store: Store, until: datetime, answers: Answers) -> dict[str, dict[str, bytes]]:
    """Return what the journal holds of every run that began in the year before *until*."""
    try:
        named = [run for run in journal.runs(store) if until - A_YEAR <= _began(run) < until]
    except AwsError as error:
        raise Refused(
            f"the journal {store.where} cannot be read: {error.message}", "mend that: without it there is no evidence of any recovery"
        ) from error
    return dict(answers.all(Question(f"run {run}", "", partial(_run, store, run)) for run in named))


def _run(store: Store, run: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    yield run, {key.removeprefix(f"runs/{run}/"): body for key, body in journal.contents(store, run).items()}


def _began(run: str) -> datetime:
    return moment_of(run.partition("-")[0])
