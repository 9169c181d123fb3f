"""The database restored beside what runs: in the active region to a moment, or in the other one from what is there alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from names import Names
from runbooks.aws import job_history, rds, restores
from runbooks.commands import Desk
from runbooks.databases import candidates, prepare, restore
from runbooks.databases.candidates import Candidate, told
from runbooks.databases.made import Made, found_in
from runbooks.databases.restore import Wish
from runbooks.drills import standby
from runbooks.drills.drill import CLEAR, Drill, age, as_facts
from runbooks.errors import Refused
from runbooks.journal import Fact, Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.watch import patiently, until

CORRUPTED, LOST = "database-corrupted", "region-lost"
LONGEST = timedelta(hours=14)
LOGS = timedelta(minutes=10)
"""Until RDS has taken away the logs of what was deleted."""

LOOKING = timedelta(seconds=20)
EVERY = 2.0


def decide(at: Desk, scenario: str, run: str, declared: datetime) -> Drill:
    """Return the drill; raise :class:`Refused` when there is nothing to restore from, or no place for it."""
    settings = at.names.settings
    region = settings.active_region if scenario == CORRUPTED else settings.recovery_region
    kept = candidates.look(at.reach, at.journals.first, region, declared)
    ways = [way for way in candidates.fitting(kept, declared) if scenario == LOST or way.kind.endswith("log")]
    if not ways:
        raise Refused(f"{region} keeps nothing to restore the database from", "see invoke backups --target database")
    to = at.names.drilled_database(run)
    placed = restore.place(at.names, prepare.place_in(at, region), Wish(region, ways[0].moment), to)
    return drill(at.reach, scenario, run, Made(ways[0], to, placed), declared)


def decided(at: Desk, scenario: str, run: str, kept: Mapping[str, Fact], declared: datetime) -> Drill:
    """Return the drill as it was decided, on whatever machine."""
    return drill(at.reach, scenario, run, prepare.made_of(dict(kept)), declared)


def drill(reach: Reach, scenario: str, run: str, made: Made, declared: datetime) -> Drill:
    alone, region = scenario == LOST, made.candidate.region
    # All but the announcement: nobody is told of a database that is gone within the hour.
    steps = tuple(step for step in restore.plan(reach, made, run).steps if step.name in ("restore", "available"))
    needs = ("available", "readiness") if alone else ("available",)
    looks = (standby.ready(reach, region),) if alone else ()
    return Drill(
        scenario=scenario,
        run=run,
        region=region,
        title=f"restore {reach.names.database} as {made.to} in {region}",
        why=made.candidate.spoken(),
        acts=(*steps, *looks, _validate(reach, made, needs, alone=alone)),
        validated="validate",
        clear=_clear(reach, made.candidate, declared),
        left=lambda: left(reach, region),
        loss=age(made.candidate.moment, declared, f"the newest moment that {region} can restore is {told(made.candidate.moment)}"),
        kept=prepare.as_kept(made),
    )


def left(reach: Reach, region: str) -> tuple[str, ...]:
    """Return what drills have left in *region*: instances, and logs of theirs."""
    door, prefix = reach.door(region), _prefix(reach.names)
    databases = [name for name in patiently(lambda: rds.instances(door), reach.clock, LOOKING) if name.startswith(prefix)]
    logs = patiently(lambda: restores.logs(door), reach.clock, LOOKING)
    kept = [f"log of {log.source}" for log in logs if log.source.rpartition(":")[2].startswith(prefix)]
    return (*sorted(databases), *sorted(kept))


def _validate(reach: Reach, made: Made, needs: tuple[str, ...], *, alone: bool) -> Step:
    """Look into it as a restore does, and keep every finding: the verdict is not this step's."""

    def act() -> Facts:
        return {"checks": as_facts(found_in(reach, made, alone=alone))}

    return Step(
        name="validate",
        says=f"Look into {made.to}: schema, rows, the owner's checks, a read and a write, with the application's own credentials",
        region=made.candidate.region,
        act=act,
        done=lambda: False,  # only looks
        needs=needs,
        estimate=timedelta(seconds=30),
    )


def _clear(reach: Reach, candidate: Candidate, declared: datetime) -> Step:
    """Delete every database that a drill has restored in this region, whichever run made it."""
    region, prefix = candidate.region, _prefix(reach.names)
    door = reach.door(region)

    def ours() -> dict[str, rds.Instance]:
        return {name: each for name, each in reach.instances(region).now().items() if name.startswith(prefix)}

    def settled() -> None:
        """Wait for a job of AWS Backup that is still restoring: what it makes is not there yet, and would come after us."""
        until("the restore job to end", lambda _: None if _under_way(reach, candidate, declared) else True, LONGEST, reach.clock, EVERY)

    def gone(_: float) -> bool | None:
        found = ours()
        for name, each in found.items():
            if each.status != "deleting":
                rds.unprotect(door, name)
                rds.delete(door, name)
        return None if found else True

    def act() -> Facts:
        settled()
        names = sorted(ours())
        until(f"{', '.join(names)} to be deleted", gone, LONGEST, reach.clock, EVERY)
        until("their logs to be deleted", lambda _: None if left(reach, region) else True, LOGS, reach.clock, EVERY)
        return {"deleted": list[Fact](names)}

    return Step(
        name=CLEAR,
        says=f"Delete {prefix}* in {region}, whatever came of the drill",
        region=region,
        act=act,
        done=lambda: not left(reach, region) and not _under_way(reach, candidate, declared),
        estimate=timedelta(minutes=10),
        deadline=LONGEST + timedelta(minutes=5),
    )


def _under_way(reach: Reach, candidate: Candidate, declared: datetime) -> bool:
    """Return whether AWS Backup restores this very point since the drill began; a log is restored by RDS, which shows it at once."""
    if candidate.kind.endswith("log"):
        return False
    door, now = reach.list_door(candidate.region), reach.clock.now()
    span = (declared - timedelta(minutes=1), now + timedelta(minutes=1))
    return any(job.point == candidate.origin and not job.over for job in job_history.jobs(door, "restore", *span))


def _prefix(names: Names) -> str:
    return names.drilled_databases.removesuffix("*")
