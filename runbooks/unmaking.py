"""Cancelling a backup that is being made, and deleting one that was: look, refuse with the reason, act, and look again."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from names import Names
from runbooks.aws import backup_jobs, recovery_points
from runbooks.aws.backup_jobs import Job
from runbooks.aws.recovery_points import Point, Vault
from runbooks.backups import ours
from runbooks.clock import Clock, jittered
from runbooks.errors import AwsError, Denied, NotFound, Refused, Rejected
from runbooks.reach import Reach
from runbooks.watch import patiently

T = TypeVar("T")

PATIENCE = timedelta(seconds=30)
"""How long AWS may take to do what it has agreed to, before it is told as under way."""

EVERY = 1.0
UNSTOPPABLE = ("database",)
"""What AWS Backup cannot stop the backup of: RDS. Source: the API reference, StopBackupJob."""

BREAK_GLASS = "use credentials of the break-glass role; the vault's own policy refuses everybody else"


@dataclass(frozen=True, slots=True)
class Doomed:
    """A recovery point that may be deleted, or given back to its service (``disassociate``), once somebody has confirmed it."""

    point: Point
    disassociate: bool

    @property
    def word(self) -> str:
        """What is typed to confirm it: the end of its ARN."""
        return re.split(r"[:/]", self.point.arn)[-1]

    def spoken(self) -> str:
        point = self.point
        kind = "continuous backup" if point.kind == "continuous" else point.kind
        what = f"the {kind} of {point.resource} from {point.created:%Y-%m-%d %H:%M:%SZ} in {point.vault} ({point.region})"
        return f"Give back to its service {what}." if self.disassociate else f"Delete {what}, for good."


def cancel(reach: Reach, job_id: str, region: str, clock: Clock) -> Job:
    """Stop a job and return it as it then stands; one that is over stays as it is. Raise :class:`Refused` for what cannot be stopped."""
    found = _job(reach, job_id, _regions(reach.names, region))
    if found.over:
        return found
    if found.target in UNSTOPPABLE:
        raise Refused(
            f"job {job_id} backs up a {found.target}, which AWS Backup cannot stop; it is {found.state}",
            "let it end, then delete what it made: invoke backup-delete",
        )
    door = reach.door(found.region)
    try:
        backup_jobs.stop(door, job_id)
    except Rejected:
        found = backup_jobs.job(door, job_id)
        if not found.over:  # it may have ended between the look and the act
            raise
        return found
    return _until(lambda: backup_jobs.job(door, job_id), lambda job: job.over, clock)


def doomed(reach: Reach, arn: str, vault: str, disassociate: bool, now: datetime) -> Doomed:
    """Return what would be deleted; raise :class:`Refused` or :class:`NotFound` for what cannot or must not be. Nothing is changed."""
    region = (arn.split(":") + [""] * 4)[3]
    if not arn.startswith("arn:") or region not in reach.names.settings.regions:
        raise Refused(f"{arn} is no recovery point of {' or '.join(reach.names.settings.regions)}", "copy the ARN from `invoke backups`")
    point, kept = _point(reach, region, arn, (vault,) if vault else ours(reach.names, region))
    if reason := why_not(point, kept, disassociate, now):
        raise reason
    return Doomed(point, disassociate)


def why_not(point: Point, kept: Vault, disassociate: bool, now: datetime) -> Refused | None:
    """Return why AWS will not, or we should not, delete *point* from the vault *kept*, or None."""
    if disassociate and point.kind != "continuous":
        return Refused(f"{point.arn} is a {point.kind}: only a continuous backup can be given back", "leave out --disassociate")
    if point.state == "DELETING":
        return Refused(f"{point.arn} is being deleted already", "look again in a few minutes: invoke backups --state DELETING")
    if kept.locked:
        return Refused(_locked(point, kept, now), _way_out(kept, now))
    if point.kind == "continuous" and point.target == "database" and not disassociate:
        return Refused(
            f"{point.arn} is a continuous backup of a database: to delete it restarts the instance or changes its backups, and the plan "
            "makes a new one at once",
            "repeat with --disassociate: RDS then keeps it, and nothing restarts",
        )
    return None


def carry_out(reach: Reach, chosen: Doomed, clock: Clock) -> str:
    """Delete or give back, look again, and return in a sentence what became of it; raise :class:`Rejected` when it is still there."""
    point, door = chosen.point, reach.door(chosen.point.region)
    act = recovery_points.disassociate if chosen.disassociate else recovery_points.delete
    try:
        act(door, point.vault, point.arn)
    except Denied as error:
        raise Denied(error.message, BREAK_GLASS, error.code) from error
    except NotFound:
        pass  # a repeated request may find that the first one did it, whose answer was lost
    after = _until(lambda: _or_none(reach, point), lambda seen: seen is None or seen.state != point.state, clock)
    if after is None:
        return f"{point.arn} is {'given back to its service' if chosen.disassociate else 'deleted'}."
    if after.state == "EXPIRED" or after.state == point.state:
        raise Rejected(
            f"AWS agreed to delete {point.arn}, but it is {after.state} {after.trouble}".rstrip(),
            "the role that made it must be there and may delete it (iam:CreateServiceLinkedRole); then repeat the command",
        )
    return f"{point.arn} is {after.state}; AWS needs longer to take it away."


def _locked(point: Point, kept: Vault, now: datetime) -> str:
    ends = f"AWS deletes it itself on {point.expires:%Y-%m-%d}" if point.expires else "it is kept for ever"
    least = f", and keeps everything for {kept.shortest} days at least" if kept.shortest else ""
    younger = kept.shortest and now < point.created + timedelta(days=kept.shortest)
    age = f" It is {(now - point.created).days} days old." if younger else ""
    return f"{kept.name} is locked{least}: nobody deletes {point.arn} before its time; {ends}.{age}"


def _way_out(kept: Vault, now: datetime) -> str:
    if kept.locked_for_good and kept.locked_for_good <= now:
        return f"wait; the lock is closed for good since {kept.locked_for_good:%Y-%m-%d}, for AWS and the account's root too"
    return "wait, or have the break-glass role take the lock away first: aws backup delete-backup-vault-lock-configuration"


def _regions(names: Names, region: str) -> tuple[str, ...]:
    known = names.settings.regions
    if region and region not in known:
        raise Refused(f"--region {region} is unknown", f"choose {' or '.join(known)}")
    return (region,) if region else (names.settings.active_region, names.settings.recovery_region)


def _job(reach: Reach, job_id: str, regions: tuple[str, ...]) -> Job:
    """Return the job, in whichever region it is; one that gives no answer hides nothing when the other has it."""
    trouble: AwsError | None = None
    for region in regions:
        try:
            return backup_jobs.job(reach.list_door(region), job_id)
        except NotFound:
            continue
        except AwsError as error:
            trouble = error
    raise trouble or NotFound(f"no backup job {job_id} in {' or '.join(regions)}", "copy its id from AWS Backup's message or console")


def _point(reach: Reach, region: str, arn: str, vaults: tuple[str, ...]) -> tuple[Point, Vault]:
    door = reach.door(region)
    for vault in vaults:
        try:
            return recovery_points.point(door, vault, arn), recovery_points.vault(door, vault)
        except NotFound:
            continue
    raise NotFound(
        f"no recovery point {arn} in {' or '.join(vaults)}", "copy the ARN from `invoke backups`, or name its vault with --vault"
    )


def _or_none(reach: Reach, point: Point) -> Point | None:
    try:
        return recovery_points.point(reach.door(point.region), point.vault, point.arn)
    except NotFound:
        return None


def _until(look: Callable[[], T], there: Callable[[T], bool], clock: Clock) -> T:
    """Look until what is looked for is there, or patience ends, and return what was seen last."""
    began = clock.ticks()
    while True:
        seen = patiently(look, clock, PATIENCE)
        if there(seen) or clock.ticks() - began > PATIENCE.total_seconds():
            return seen
        clock.sleep(jittered(EVERY))
