"""The plans that the pages show: decided by the commands' own code on example worlds. None of their acts is ever called."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from names import Names
from runbooks import failback, failover
from runbooks.aws.restores import Placed
from runbooks.clock import RealClock
from runbooks.commands import Pen, fence_plan
from runbooks.databases import restore as databases
from runbooks.databases import swap
from runbooks.databases.candidates import Candidate
from runbooks.databases.made import Made
from runbooks.failover import Wish
from runbooks.files import restore as files
from runbooks.files.decision import Decision
from runbooks.files.wanted import Place, Scope, Survey
from runbooks.plan import Plan
from runbooks.procedures import worlds
from runbooks.reach import Reach
from runbooks.world import World
from sections import FileKind

OBJECTS = 1000
"""So many files an example restores."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan as the pages show it: ``line`` is what is typed for it."""

    line: str
    plan: Plan


def shown(names: Names) -> Mapping[str, Shown]:
    """Return every plan of *names* by its key in the templates; it depends on the settings alone."""
    reach, active, standby = Reach(names, RealClock()), names.settings.active_region, names.settings.recovery_region
    over, back = f"invoke failover --region {standby}", f"invoke failback --region {active}"
    at = f"--at {worlds.MOMENT:%FT%TZ}"
    found = {
        "lost": Shown(over, _failover(reach, worlds.lost(names))),
        "planned": Shown(over, _failover(reach, worlds.healthy(names))),
        "fence": Shown(f"invoke fence --region {active}", fence_plan(reach, active)),
        "failback": Shown(back, _failback(reach)),
        "restore_database": Shown(f"invoke restore --target database {at}", _restore_database(reach)),
        "swap": Shown(f"invoke restore --target database --replace --to {_restored(names)}", _swap(reach)),
    }
    for kind in names.settings.files.kinds[:1]:  # a stack may protect no files
        found["restore_files"] = Shown(f"invoke restore --target files --kind {kind} {at} --replace", _restore_files(reach, kind))
    return found


def _run(command: str) -> str:
    """Return a run's name with its last four letters open: what is kept is named after them."""
    return f"{worlds.NOW:%Y%m%dT%H%M%SZ}-{command}-xxxx"


def _restored(names: Names) -> str:
    return names.restored_database(worlds.MOMENT)


def _failover(reach: Reach, world: World) -> Plan:
    decision = failover.decide(world, reach.names, Wish(reach.names.settings.recovery_region))
    return failover.plan(reach, decision, _run("failover"))


def _failback(reach: Reach) -> Plan:
    decision = failback.decide(worlds.returned(reach.names), reach.names, reach.names.settings.active_region)
    return failback.plan(reach, decision, _run("failback"), worlds.NOW - failback.LOOK_BACK, Pen().journal)


def _restore_database(reach: Reach) -> Plan:
    names, region = reach.names, reach.names.settings.active_region
    candidate = Candidate("log", region, names.database_arn(region), worlds.MOMENT, timedelta(0))
    placed = Placed(names.database, (), names.parameter_group, names.settings.workload.database.instance_class)
    return databases.plan(reach, Made(candidate, _restored(names), placed), _run("restore-database"))


def _swap(reach: Reach) -> Plan:
    to = _restored(reach.names)
    region = swap.decide(worlds.restored(reach.names), reach.names, to)
    return swap.plan(reach, region, to, f"{worlds.MOMENT:%FT%TZ}", _run("swap"))


def _restore_files(reach: Reach, kind: FileKind) -> Plan:
    region = reach.names.settings.active_region
    bucket = reach.names.file_bucket(kind, region)
    decision = Decision(
        kind=kind,
        scope=Scope(worlds.MOMENT),
        source="versions",
        source_region=region,
        source_bucket=bucket,
        region=region,
        place=Place(bucket),
        in_place=True,
        exact=False,
        tier="standard",
        since=worlds.NOW,
    )
    return files.plan(reach, decision, Survey(objects=OBJECTS, bytes=OBJECTS * 1_000_000), _run("restore-files"))
