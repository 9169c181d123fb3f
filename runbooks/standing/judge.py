"""What a photograph says of each protected thing, and what to do about what is wrong. Pure: no call, and the photograph's own time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from names import Names
from runbooks.aws.job_history import PastJob
from runbooks.aws.recovery_points import Point
from runbooks.clock import spoken
from runbooks.readiness import measured_loss
from runbooks.scheduled import AS_DECLARED, ELSEWHERE, Scheduled, last_run
from runbooks.signed import moment_of
from runbooks.standing.look import Photograph
from runbooks.standing.unprotected import Unprotected, forgotten, switched_off
from sections import FileKind

MADE_WITHIN = timedelta(hours=9)
"""How long after its schedule a backup may still be on its way: an hour to start and eight to complete, as the plans declare it."""

COPIED_WITHIN = timedelta(hours=12)
"""And its copy, which begins when it is there."""

SEEN_AGAIN = {"backups": "points", "replicated_backups": "logs"}
"""What the world is asked for in haste, and here with patience: who answered the second time was seen."""

GOOD = ("COMPLETED", "AVAILABLE")
DEPLOY = "pulumi up"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as the settings want it, and the command that does something about it. ``of`` is what it is wrong with."""

    of: str
    says: str
    do: str


@dataclass(frozen=True, slots=True)
class Row:
    """One protected thing. ``backup`` and ``copy`` are when its last good ones were made. ``lag`` is how far its other region's replica is
    behind, ``pending`` how many bytes are on their way there; None is "not measured". ``windows`` say for each region from when to when
    any moment can be restored. Where its backups or copies were not seen, None does not mean that there is none.
    """

    what: str
    resource: str
    backup: datetime | None = None
    copy: datetime | None = None
    copied_to: str = ""
    lag: timedelta | None = None
    pending: float | None = None
    windows: Mapping[str, tuple[datetime | None, datetime | None]] | None = None
    next_run: datetime | None = None
    backup_seen: bool = True
    copy_seen: bool = True

    @property
    def measured(self) -> bool:
        """Whether there is a lag to measure: the application and a file system are copied, not replicated by us."""
        return self.what not in ("application", "file system")


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdict: everything protected, everything that is not, and all that is wrong."""

    rows: tuple[Row, ...]
    unprotected: tuple[Unprotected, ...]
    wrong: tuple[Wrong, ...]

    @property
    def healthy(self) -> bool:
        return not self.wrong and all(each.decided for each in self.unprotected)


def judge(seen: Photograph, names: Names) -> Standing:
    """Return how everything stands that the settings protect, in the region that shoppers reach and in the other one."""
    case = Case(seen, names)
    rows = tuple(case.rows())
    unprotected = (*switched_off(names), *forgotten(seen, names))
    return Standing(rows, unprotected, (*_whole(seen, names), *case.wrong))


class Case:
    """The things of one photograph, judged one after the other; ``wrong`` fills meanwhile."""

    def __init__(self, seen: Photograph, names: Names) -> None:
        self._seen, self._names, self._settings = seen, names, names.settings
        self._here = seen.status.world.active or names.settings.active_region
        self._there = names.settings.other_region(self._here)
        self.wrong: list[Wrong] = []

    def rows(self) -> Iterator[Row]:
        settings, names = self._settings, self._names
        if settings.database.enabled:
            yield self._database()
        for kind in settings.files.kinds:
            yield self._files(kind)
        for arn in names.file_systems(self._here):  # after a failover it is out of reach
            role, vault = names.role_arn("backup"), names.vault(self._here)
            do = f"aws backup start-backup-job --region {self._here} --backup-vault-name {vault} --resource-arn {arn} --iam-role-arn {role}"
            yield self._backed_up("file system", "files", arn, do)
        if settings.application.enabled:
            yield self._application()

    def _says(self, of: str, says: str, do: str) -> None:
        self.wrong.append(Wrong(of, says, do))

    def _database(self) -> Row:
        settings, arn = self._settings, self._names.database_arn(self._here)
        row = self._backed_up("database", "database", arn, "invoke backup --target database", copied=settings.database.cross_region)
        lag = self._replica_lag() if settings.disaster_recovery.enabled else None
        return replace(row, lag=lag, windows=dict(self._windows(arn)))

    def _replica_lag(self) -> timedelta | None:
        there, view = self._there, self._seen.status.world.views.get(self._there)
        check = f"invoke check-readiness --region {there}"
        if view is None or not view.reachable or "instances" in view.unseen:
            return None
        if view.database is None or view.database.writer:
            self._says("database", f"there is no replica in {there}", f"{DEPLOY}; after a failover: invoke failback --region {there}")
            return None
        loss, rpo = measured_loss(view, self._seen.at), self._settings.disaster_recovery.rpo
        if loss.seconds is None:
            self._says("database", f"how far the replica in {there} is behind was not measured: {loss.how}", check)
            return None
        lag = timedelta(seconds=loss.seconds)
        if lag > rpo:
            self._says("database", f"the replica in {there} is {spoken(lag)} behind; the objective is {spoken(rpo)}", check)
        return lag

    def _windows(self, arn: str) -> Iterator[tuple[str, tuple[datetime | None, datetime | None]]]:
        """Yield from when to when each region can restore any moment of the database."""
        replicated = self._settings.disaster_recovery.enabled and self._settings.database.cross_region
        for region in (self._here, self._there):
            kept = self._seen.kept[region]
            if "logs" in kept.unseen:
                continue
            logs = [log for log in kept.logs if log.source == arn and log.latest]
            if logs:
                yield region, (logs[0].earliest, logs[0].latest)
            elif region == self._here or replicated:
                self._says("database", f"no moment can be restored in {region}: it keeps no automated backups", DEPLOY)

    def _files(self, kind: FileKind) -> Row:
        bucket, do = (
            self._names.file_bucket(kind, self._here),
            f"invoke backup --target files --kind {kind}",
        )
        # A backup on demand lies in the other region: it is backup and copy in one.
        on_demand = [moment_of(name) for name in self._seen.kept[self._there].on_demand.get(kind, ()) if name not in self._seen.broken]
        row = self._backed_up(kind, "files", self._names.bucket_arn(bucket), do, besides=on_demand)
        view, rpo = self._seen.status.world.views.get(self._there), self._settings.disaster_recovery.rpo
        if view is None or not view.reachable or "files" in view.unseen:
            return row
        look = f"invoke verify --target files --kind {kind}"
        if (lag := view.files.get(kind)) is None:
            self._says(kind, f"how far {kind} in {self._there} are behind was not measured in the last minutes", look)
            return row
        behind = timedelta(seconds=lag.seconds)
        if behind > rpo:
            self._says(kind, f"{kind} reach {self._there} {spoken(behind)} late; the objective is {spoken(rpo)}", look)
        return replace(row, lag=behind, pending=lag.pending)

    def _application(self) -> Row:
        do, schedule = "invoke backup --target application", self._schedule("application")
        here, there = self._seen.kept[self._here], self._seen.kept[self._there]
        made = [moment_of(name) for name in here.application if name not in self._seen.broken]
        copied = [moment_of(name) for name in there.application if name not in self._seen.broken]
        row = Row("application", self._names.artifacts_bucket(self._here), max(made, default=None), max(copied, default=None), self._there)
        made_seen, copied_seen = ("application" not in each.unseen for each in (here, there))
        row = replace(row, next_run=schedule.next_run, backup_seen=made_seen, copy_seen=copied_seen)
        for name in here.application[-1:]:
            if said := self._seen.broken.get(name):
                self._says("application", f"its newest backup was found broken: {said}", do)
        if here.lacks:
            self._says("application", f"its newest backup lacks {', '.join(here.lacks)}", do)
        self._judge_ages(row, schedule, do)
        return row

    def _backed_up(self, what: str, target: str, arn: str, do: str, *, copied: bool = True, besides: Sequence[datetime] = ()) -> Row:
        """Return the row of what AWS Backup keeps, and what is kept *besides*; note what is wrong with its backups and copies."""
        here, there, schedule = self._seen.kept[self._here], self._seen.kept[self._there], self._schedule(target)
        made = self._good([point for point in here.points if point.kind != "copy"], arn)
        jobs = sorted((job for job in here.backup_jobs if job.resource == arn and job.over), key=lambda job: job.began)
        times = [*besides, *(point.created for point in made)]
        times += [job.began for job in jobs if job.well and job.point not in self._seen.broken]
        copies = self._good([point for point in there.points if point.kind == "copy"], arn)
        copy = max((*besides, *(point.created for point in copies)), default=None)
        row = Row(what, arn, max(times, default=None), copy, self._there if copied else "")
        made_seen, copied_seen = not {"points", "backup_jobs"} & set(here.unseen), "points" not in there.unseen or not copied
        row = replace(row, next_run=schedule.next_run, backup_seen=made_seen, copy_seen=copied_seen)
        self._judge_points(what, [*here.points, *there.points], arn, do)
        self._judge_last(row, jobs, do)
        self._judge_ages(row, schedule, do)
        return row

    def _good(self, points: list[Point], arn: str) -> list[Point]:
        return [point for point in points if point.resource == arn and point.state in GOOD and point.arn not in self._seen.broken]

    def _judge_points(self, what: str, points: list[Point], arn: str, do: str) -> None:
        newest = max((point for point in points if point.resource == arn), key=lambda point: point.created, default=None)
        if newest and (said := self._seen.broken.get(newest.arn)):
            self._says(what, f"its newest backup, in {newest.region}, was found broken: {said}", do)

    def _judge_last(self, row: Row, jobs: list[PastJob], do: str) -> None:
        """Note that the last job did not succeed, unless there is a good backup that is newer."""
        if jobs and not jobs[-1].well and not (row.backup and row.backup > jobs[-1].began):
            why = f": {jobs[-1].message}" if jobs[-1].message else ""
            self._says(row.what, f"its last backup job ended {jobs[-1].state}{why}", do)

    def _judge_ages(self, row: Row, schedule: Scheduled, do: str) -> None:
        """Compare the last backup and the last copy with the run of the schedule that both should have come of."""
        for name, moment, seen, within in (
            ("backup", row.backup, row.backup_seen, MADE_WITHIN),
            (f"copy in {row.copied_to}", row.copy, row.copy_seen and bool(row.copied_to), MADE_WITHIN + COPIED_WITHIN),
        ):
            due = last_run(schedule.schedule, self._seen.at - within)
            if seen and moment is None:
                self._says(row.what, f"there is no good {name}", do)
            elif seen and moment and due and moment < due:
                self._says(
                    row.what,
                    f"the last good {name} is {spoken(self._seen.at - moment)} old; the schedule wanted one at {due:%Y-%m-%d %H:%M} UTC",
                    do,
                )

    def _schedule(self, target: str) -> Scheduled:
        return next(each for each in self._seen.schedules if each.target == each.rule == target)


def _whole(seen: Photograph, names: Names) -> Iterator[Wrong]:
    """Yield what is wrong with the whole: regions, routing, the journal, schedules, and whatever was not seen."""
    yield from _regions(seen, names)
    yield from _run(seen)
    settings, active = names.settings, seen.status.world.active
    if not active:
        yield Wrong("routing", f"{names.shop_domain} leads to no one region", "invoke check-readiness")
    elif active != settings.active_region:
        do = f"set activeRegion to {active} in the settings, then pulumi up; or go back: invoke failback --region {settings.active_region}"
        yield Wrong("routing", f"shoppers are led to {active}, and schedules still run in {settings.active_region}", do)
    if seen.unjudged:
        yield Wrong("verdicts", f"which backups were found broken was not seen: {seen.unjudged}", "invoke backups")
    for each in seen.schedules:
        if each.deployed not in ("", AS_DECLARED, ELSEWHERE):
            yield Wrong(f"schedule {each.target} {each.rule}", f"AWS Backup has it {each.deployed}", DEPLOY)


def _run(seen: Photograph) -> Iterator[Wrong]:
    status = seen.status
    if status.trouble:
        yield Wrong("journal", f"it was not seen: {status.trouble}", "invoke check-readiness")
    if status.unfinished and not status.holder:
        command = status.unfinished.partition("-")[2].rpartition("-")[0]
        do = f"invoke {command} --resume, or invoke abandon --reason WHY" if command in ("failover", "failback") else "invoke runs"
        yield Wrong("run", f"{status.unfinished} is not finished, and nobody acts in it", do)


def _regions(seen: Photograph, names: Names) -> Iterator[Wrong]:
    for region, view in seen.status.world.views.items():
        other = names.settings.other_region(region)
        if not view.reachable:
            lost = f"invoke check-readiness --region {other}, then invoke failover --region {other} if it stays lost"
            do = f"nothing can take over from {other} until it is back" if seen.status.world.active == other else lost
            yield Wrong(region, f"{region} gives no answer: nothing in it was seen", do)
            continue
        again = {what for what, by in SEEN_AGAIN.items() if by not in seen.kept[region].unseen}
        unseen = {what: why for what, why in view.unseen.items() if what not in again} | dict(seen.kept[region].unseen)
        for what, why in unseen.items():
            yield Wrong(region, f"{what.replace('_', ' ')} of {region} not seen: {why}", "invoke status")
        if view.switch_fault:
            yield Wrong(region, view.switch_fault, DEPLOY)
        for purpose, state in view.keys.items():
            if state != "Enabled":
                yield Wrong(region, f"the key {names.key_alias(purpose)} in {region} is {state}", "enable it, with the break-glass role")
