"""Backups of the database on demand. Each of the three words has one meaning here, and says itself what was made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from runbooks import jobs
from runbooks.aws import backup_jobs, restores, states
from runbooks.aws.backup_jobs import Job, Order
from runbooks.clock import jittered
from runbooks.databases.candidates import told
from runbooks.errors import Refused, StepFailed
from runbooks.reach import Reach
from runbooks.watch import patiently, until

INCREMENTAL = "an on-demand snapshot: AWS stores only the blocks that changed since the one before, and it restores alone"
DIFFERENTIAL = "the continuous log since the newest base: it is always being written, and every second of it can be restored"
FULL = "an export of every row of the newest snapshot, as Parquet, into the locked archive"
TYPES = {"incremental": INCREMENTAL, "differential": DIFFERENTIAL, "full": FULL}

PATIENCE = timedelta(minutes=1)
LOG_WITHIN = timedelta(minutes=30)
LOOK_EVERY = 2.0
EXPORT_EVERY = 30.0
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a command made: ``says`` of what kind it is, ``what`` it came to; ``well`` unless AWS says that it failed."""

    type: str
    says: str
    what: tuple[str, ...]
    well: bool


def back_up(reach: Reach, kind: str, now: datetime, wait: bool, tell: Tell) -> BackedUp:
    """Make a backup of this *kind* (empty: incremental), once an hour however often it is asked for.

    Raises :class:`Refused` for another word.
    """
    kind = kind or "incremental"
    if kind not in TYPES:
        raise Refused(f"--type {kind} is unknown", f"choose {', '.join(TYPES)}")
    if not reach.names.settings.database.enabled:
        raise Refused("the database is not protected by this stack", "set database.enabled to true and deploy")
    tell(f"{kind}: {TYPES[kind]}.")
    match kind:
        case "incremental":
            return _snapshot(reach, now, wait, tell)
        case "differential":
            return _log(reach, now, wait, tell)
        case _:
            return _export(reach, now, wait, tell)


def _snapshot(reach: Reach, now: datetime, wait: bool, tell: Tell) -> BackedUp:
    """Take a snapshot in the active region, and copy it into the recovery region's vault if copies are wanted."""
    names, settings = reach.names, reach.names.settings
    region, other = settings.active_region, settings.other_region(settings.active_region)
    door = reach.door(region)
    tags = {"type": "database", "environment": settings.environment, "created": told(now)}
    token = f"{names.prefix}-database-{now:%Y%m%dT%H}"
    order = Order(names.database_arn(region), names.vault(region), names.role_arn("backup"), settings.database.retention, tags, token)
    job = patiently(lambda: backup_jobs.start(door, order), reach.clock, PATIENCE)
    saved = _followed(reach, lambda: backup_jobs.job(door, job), wait, lambda seen: tell(f"Snapshot: {jobs.spoken(seen)}"))
    if saved.created and now - saved.created > PATIENCE:
        tell(f"It was made at {told(saved.created)}: one is made an hour. For what came later there is --type differential.")
    made = (jobs.spoken(saved), *((saved.point,) if saved.point else ()))
    if not saved.over and settings.database.cross_region:
        until_then = told(now.replace(minute=59, second=59))
        tell(f"Nothing is copied to {other} yet: repeat the command before {until_then}, and it goes on from there.")
    if not saved.well or not settings.database.cross_region:
        return BackedUp("incremental", INCREMENTAL, made, saved.well or not saved.over)
    copied_as = Order(order.resource, order.vault, order.role, order.kept, {}, f"copy-{job}")
    copy = patiently(lambda: backup_jobs.start_copy(door, saved.point, copied_as, names.vault_arn(other)), reach.clock, PATIENCE)
    copied = _followed(reach, lambda: backup_jobs.copy_job(door, copy), wait, lambda seen: tell(f"Copy to {other}: {jobs.spoken(seen)}"))
    made += (f"copy to {other}: {jobs.spoken(copied)}", *((copied.point,) if copied.point else ()))
    return BackedUp("incremental", INCREMENTAL, made, copied.well or not copied.over)


def _followed(reach: Reach, look: Callable[[], Job], wait: bool, tell: Callable[[Job], None]) -> Job:
    if wait:
        return jobs.follow(look, reach.clock, tell)
    seen = patiently(look, reach.clock, PATIENCE)
    tell(seen)
    return seen


def _log(reach: Reach, now: datetime, wait: bool, tell: Tell) -> BackedUp:
    """Wait until the log of both regions has passed *now*; RDS ships it every five minutes."""
    settings = reach.names.settings
    regions = (settings.active_region, settings.other_region(settings.active_region))
    if wait:
        for region in regions:
            look = partial(_passed, reach, region, now)
            passed = until(f"the log of {region} to pass {told(now)}", look, LOG_WITHIN, reach.clock, LOOK_EVERY)
            tell(f"{region} can be restored up to {told(passed)}.")
    ends = {region: _latest(reach, region) for region in regions}
    what = tuple(f"{region}: {f'restorable up to {told(end)}' if end else 'nothing to restore from yet'}" for region, end in ends.items())
    return BackedUp("differential", DIFFERENTIAL, what, all(end is not None and (end >= now or not wait) for end in ends.values()))


def _passed(reach: Reach, region: str, now: datetime, _: float) -> datetime | None:
    latest = _latest(reach, region)
    return latest if latest is not None and latest >= now else None


def _latest(reach: Reach, region: str) -> datetime | None:
    """Return up to when the active database can be restored in *region*."""
    source = reach.names.database_arn(reach.names.settings.active_region)
    found = patiently(lambda: restores.logs(reach.door(region)), reach.clock, PATIENCE)
    return max((log.latest for log in found if log.source == source and log.latest), default=None)


def _export(reach: Reach, now: datetime, wait: bool, tell: Tell) -> BackedUp:
    """Start the machine that exports the newest snapshot, and follow it."""
    names, region = reach.names, reach.names.settings.active_region
    if reach.names.settings.database.export is None:
        raise Refused("this stack exports no snapshots", "give database.export its schedule, retention and storage class, and deploy")
    door, machine = reach.door(region), names.export_machine_arn(region)
    arn = patiently(lambda: states.start(door, machine, f"{names.prefix}-{now:%Y%m%dT%H}"), reach.clock, PATIENCE)
    while True:
        seen = patiently(lambda: states.execution(door, arn), reach.clock, PATIENCE)
        tell(f"Export: {seen.arn} is {seen.status}{f': {seen.cause}' if seen.cause else ''}")
        if seen.over or not wait:
            break
        reach.clock.sleep(jittered(EXPORT_EVERY))
    if seen.over and seen.status != "SUCCEEDED":
        raise StepFailed(
            f"the export is {seen.status}: {seen.cause or 'no reason given'}", "see the execution in the Step Functions console"
        )
    return BackedUp("full", FULL, (f"{seen.arn} is {seen.status}", f"s3://{names.archive_bucket(region)}/"), True)
