"""A photograph of what is protected: both regions' backups, copies, logs and jobs, taken without ever waiting for a lost region."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from names import Names
from runbooks import backups, commands, scheduled, verdicts, world
from runbooks.application.manifest import MANIFEST, PREFIX, key_of, parsed
from runbooks.aws import backup_plans, job_history, recovery_points, restores, s3
from runbooks.aws.backup_plans import Rule
from runbooks.aws.job_history import PastJob
from runbooks.aws.objects import Shelf
from runbooks.aws.recovery_points import Point, Question
from runbooks.aws.restores import Log
from runbooks.aws.s3 import Bucket
from runbooks.aws.session import Door
from runbooks.commands import Desk, Status
from runbooks.errors import BackupBroken, RunbookError
from runbooks.files.manifest import LISTS
from runbooks.scheduled import Scheduled

SPAN = timedelta(days=35)
"""How far back points are looked for. A continuous one may be older: its jobs tell of it."""

JOBS = timedelta(days=8)
"""How far back jobs are looked for: each schedule of a week or less has one."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What one region keeps, as it was seen. What could not be seen is empty, and ``unseen`` says why.

    ``application`` are the names of the application's backups that have a manifest, oldest first; ``lacks`` is what the newest lacks.
    ``on_demand`` are those of the other region's files, by kind, that were made on demand into this one.
    """

    region: str
    points: tuple[Point, ...] = ()
    backup_jobs: tuple[PastJob, ...] = ()
    logs: tuple[Log, ...] = ()
    application: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    on_demand: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[str, ...] = ()
    plans: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Photograph:
    """Everything that a verdict rests upon. ``broken`` are the backups that were found broken, each with what was found; ``unjudged`` is
    why that is not known, empty when it is.
    """

    status: Status
    kept: Mapping[str, Kept]
    broken: Mapping[str, str]
    unjudged: str
    schedules: tuple[Scheduled, ...]

    @property
    def at(self) -> datetime:
        return self.status.world.taken_at


def look(at: Desk) -> Photograph:
    """Photograph both regions, each question on a thread of its own; raise what :func:`world.look` raises."""
    now, names = at.clock.now(), at.names
    with ThreadPoolExecutor(len(names.settings.regions) + 2) as pool:
        kept = {region: pool.submit(_kept, at, region, now) for region in names.settings.regions}
        status, broken = pool.submit(commands.status, at), pool.submit(_broken, at)
        seen = {region: each.result() for region, each in kept.items()}
        found, unjudged = broken.result()
        active = seen[names.settings.active_region]
        schedules = scheduled.declared(names.settings, now)
        if "plans" not in active.unseen:
            schedules = scheduled.compared(schedules, names, active.plans)
        return Photograph(status.result(), seen, found, unjudged, schedules)


def _kept(at: Desk, region: str, now: datetime) -> Kept:
    seen, errors = world.asked_in_haste(at.reach, region, lambda door: _questions(at, door, now))
    names, lacks = cast(tuple[tuple[str, ...], tuple[str, ...]], seen.pop("application", ((), ())))
    return Kept(region, application=names, lacks=lacks, unseen=world.messages(errors), **seen)  # type: ignore[arg-type]


def _questions(at: Desk, door: Door, now: datetime) -> world.Questions:
    names, settings = at.names, at.names.settings
    asked: world.Questions = {}
    if settings.database.enabled or settings.files.enabled:
        asked["points"] = lambda: tuple(_points(door, names, now))
        asked["backup_jobs"] = lambda: tuple(job_history.jobs(door, "backup", now - JOBS, now + timedelta(minutes=1)))
    if settings.database.enabled:
        asked["logs"] = lambda: restores.logs(door)
    if settings.application.enabled:
        asked["application"] = lambda: _application(door, names)
    if settings.files.kinds:
        asked["on_demand"] = lambda: _on_demand(door, names)
    if door.region == settings.active_region:
        asked["plans"] = lambda: backup_plans.rules(door)
    asked["buckets"] = lambda: s3.buckets(door)
    return asked


def _points(door: Door, names: Names, now: datetime) -> Iterator[Point]:
    """Yield the points of our vaults in the door's region, in no order."""
    span = ((now - SPAN).timestamp(), (now + timedelta(minutes=1)).timestamp())
    for vault in backups.ours(names, door.region):
        more = ""
        while True:
            page = recovery_points.page(door, Question(vault, "", now.timestamp()), span, more)
            yield from (point for _, point in page.points)
            more = page.more
            if not more:
                break


def _application(door: Door, names: Names) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the application's backups in the door's region, and what the newest says that it lacks."""
    shelf = Shelf(door, names.artifacts_bucket(door.region))
    keys = [key.removeprefix(PREFIX).split("/", 1) for key in shelf.keys(PREFIX)]
    whole = tuple(sorted(name for name, part in keys if part == MANIFEST))
    body = shelf.read(key_of(whole[-1], MANIFEST)) if whole else None
    try:
        return whole, tuple(lack.what for lack in parsed(body, whole[-1]).lacks) if body else ()
    except BackupBroken as error:
        return whole, (error.message,)


def _on_demand(door: Door, names: Names) -> dict[str, tuple[str, ...]]:
    """Return the names of the backups of files that lie in the door's region and have a manifest, by the kind of files."""
    keys = Shelf(door, names.file_backups_bucket(door.region)).keys(LISTS)
    parts = [key.removeprefix(LISTS).split("/") for key in keys if key.endswith(f"/{MANIFEST}")]
    return {kind: tuple(sorted(name for each, name, _ in parts if each == kind)) for kind in names.settings.files.kinds}


def _broken(at: Desk) -> tuple[dict[str, str], str]:
    """Return what verifications found broken, each with why; and why that could not be read, if it could not."""
    region = at.names.settings.recovery_region
    try:
        found = verdicts.broken(Bucket(at.reach.list_door(region), at.names.journal_bucket(region)))
    except RunbookError as error:
        return {}, error.message
    return {name: f"{verdict.says} ({verdict.at.astimezone(UTC):%Y-%m-%d}, {verdict.by})" for name, verdict in found.items()}, ""
