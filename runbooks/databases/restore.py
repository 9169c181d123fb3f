"""Restore beside the original: what fits the wish, where it is put, and the steps that make it and look into it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from names import Names
from runbooks import traffic
from runbooks.aws import rds, restores
from runbooks.aws.restores import Placed
from runbooks.databases.candidates import Candidate, Kept, fitting, nearest, told
from runbooks.databases.made import Made, check, follow, mine
from runbooks.errors import Refused, StepFailed
from runbooks.journal import Facts
from runbooks.objectives import Loss
from runbooks.plan import Plan, Step
from runbooks.reach import Reach
from runbooks.watch import until

LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for: a *moment* or a recovery *point*; *to* and *subnet_group* are empty for those of our own choice."""

    region: str
    moment: datetime | None
    point: str = ""
    to: str = ""
    subnet_group: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What *region* has to put a restored database into: its *instances*, whether the subnet group is there, the state of the key."""

    region: str
    instances: Mapping[str, rds.Instance]
    has_subnet_group: Callable[[str], bool]
    key: str


def choose(kept: Kept, wish: Wish, now: datetime) -> Candidate:
    """Return what to restore from; raise :class:`Refused` with the nearest restorable moments when nothing reaches the wish."""
    if wish.point:
        return _chosen(kept, wish.point, now)
    if wish.moment is None:
        newest = fitting(kept, now)
        said = f"the newest is {newest[0].words()}" if newest else f"{kept.region} keeps nothing to restore from"
        raise Refused("say what to restore to: --at MOMENT, --before TEXT or --point ARN", said)
    if wish.moment > now:
        raise Refused(f"{told(wish.moment)} is in the future", f"it is {told(now)} now; give a moment that has passed, in UTC")
    exact = [
        candidate for candidate in fitting(kept, wish.moment) if candidate.kind.endswith("log") and candidate.loss < timedelta(seconds=1)
    ]
    if exact:
        return exact[0]
    near = nearest(kept, wish.moment, now)
    windows = [f"{told(log.earliest)} to {told(log.latest)}" for log in kept.logs if log.earliest and log.latest]
    reach = (
        f"the log of {kept.region} restores {' and '.join(windows)}" if windows else f"{kept.region} has no log that restores to a moment"
    )
    hint = "; or ".join(f"{candidate.words()} ({candidate.spoken()})" for candidate in near)
    raise Refused(f"{told(wish.moment)} cannot be restored: {reach}", hint or "nothing else is kept; see invoke backups --target database")


def _chosen(kept: Kept, arn: str, now: datetime) -> Candidate:
    if arn in kept.broken:
        raise Refused(f"{arn} was found broken: {kept.broken[arn]}", "choose another: invoke backups --target database")
    found = next((candidate for candidate in fitting(kept, now) if candidate.origin == arn), None)
    if found is None:
        raise Refused(
            f"{kept.region} has no usable recovery point {arn} of the database",
            "see invoke backups --target database, and give its --region",
        )
    return Candidate(found.kind, found.region, found.origin, found.moment, timedelta(0))


def place(names: Names, seen: Place, wish: Wish, to: str) -> Placed:
    """Return where the restored instance goes; raise :class:`Refused` when that is not there, or the name is taken."""
    taken = seen.instances.get(to)
    if taken is not None:
        raise Refused(f"{to} is already in {seen.region} ({taken.status})", "choose another name with --to; nothing is written over")
    prefix = names.restored_databases.rstrip("*")
    if not to.startswith(prefix):
        raise Refused(f"--to {to} does not begin with {prefix}", f"only such names can be made; leave --to out for {prefix} and the moment")
    like = next((each for name, each in sorted(seen.instances.items()) if name.startswith(names.database)), None)
    if like is None:
        raise Refused(
            f"{seen.region} has no instance {names.database} whose network the restored one could share",
            "restore in the other region with --region",
        )
    group = wish.subnet_group or like.subnet_group
    if not group or not seen.has_subnet_group(group):
        raise Refused(f"the subnet group {group or '(none)'} is not in {seen.region}", "name one that is there: --subnet-group NAME")
    if seen.key != "Enabled":
        raise Refused(
            f"the key {names.key_alias('data')} of {seen.region} is {seen.key}, and nothing can be restored under it",
            "enable it with the break-glass role",
        )
    return Placed(group, like.security_groups, names.parameter_group, like.instance_class)


def plan(reach: Reach, made: Made, run: str) -> Plan:
    """Return the steps that restore; the same arguments give the same plan, so that any machine can resume it."""
    origin, to, region = made.candidate, made.to, made.candidate.region
    what = f"{to} holds {reach.names.database} as it was at {told(origin.moment)}"
    steps = (
        _restore(reach, made, run),
        follow(reach, made, run, needs=("restore",)),
        check(reach, made, needs=("available",)),
        traffic.announce(reach, region, run, what, needs=("check",)),
    )
    return Plan(
        command="restore-database",
        source=origin.kind,
        target=to,
        mode="restore",
        why=origin.spoken(),
        steps=steps,
        loss=Loss(origin.loss.total_seconds(), None, f"restored to {told(origin.moment)}"),
        green="check",
        title=f"Restore {reach.names.database} as {to} in {region}",
        until="until it is restored and checked",
        again="invoke restore --target database",
        afterwards=f"{what}. To put it in place of the database: invoke restore --target database --replace --to {to}",
    )


def _restore(reach: Reach, made: Made, run: str) -> Step:
    """Ask for the instance: RDS for a moment, AWS Backup for a recovery point. Its tags say which run made it."""
    candidate, door = made.candidate, reach.door(made.candidate.region)

    def from_log() -> Facts:
        restores.restore_to_moment(door, candidate.origin, made.to, candidate.moment, made.placed, made.tags(run))
        return {"restored_to": told(candidate.moment)}

    def from_point() -> Facts:
        job = restores.start_restore(door, candidate.origin, reach.names.role_arn("restore"), made.to, made.placed, run)
        ended = until(f"restore job {job} to end", lambda _: _ended(restores.restore_job(door, job)), LONGEST, reach.clock, every=1.0)
        if ended.status != "COMPLETED":
            raise StepFailed(
                f"restore job {job} is {ended.status}. AWS Backup says: {ended.message or 'nothing'}",
                f"mend the cause and begin anew: invoke abandon --run restore-database --reason WHY. {made.clear_away()}",
            )
        restores.tag(door, ended.made, made.tags(run))
        return {"job": job, "restored_to": told(candidate.moment)}

    def done() -> bool:
        return mine(reach.instances(candidate.region).now().get(made.to), made, run)

    return Step(
        name="restore",
        says=f"Restore {candidate.spoken()}",
        region=candidate.region,
        act=from_log if candidate.kind.endswith("log") else from_point,
        done=done,
        estimate=timedelta(minutes=1) if candidate.kind.endswith("log") else timedelta(minutes=20),
        deadline=LONGEST,
    )


def _ended(job: restores.RestoreJob) -> restores.RestoreJob | None:
    return job if job.status in restores.ENDED else None
