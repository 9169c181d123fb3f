"""Failback: rebuild the returned region from the active one, move back without losing a write, and protect everything again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from names import Names
from runbooks import traffic, world, writer
from runbooks.errors import Refused
from runbooks.failover import Decision, arrival, other_region, switchover
from runbooks.journal import Facts, Journal
from runbooks.objectives import NOTHING
from runbooks.plan import Plan, Step
from runbooks.reach import Reach
from runbooks.readiness import findings, red
from runbooks.switches import switch_of
from runbooks.watch import until
from runbooks.world import World

LOOK_BACK = timedelta(days=7)  # how far back rows are compared when no failover's own time is known


def decide(seen: World, names: Names, target: str) -> Decision:
    """Return the decision to go back to *target*; raise :class:`Refused` while either region is not fit for it."""
    source = other_region(names, target)
    back, active, switch = seen.views[target], seen.views[source], switch_of(names)
    if not back.reachable:
        raise Refused(f"{target} gives no answer yet", "wait until the region is back, then repeat the command")
    if not active.reachable or active.database is None:
        raise Refused(
            f"{source} does not answer, and {target} must be rebuilt from it", f"if {source} is lost, use invoke failover --region {target}"
        )
    if not active.database.writer:
        raise Refused(f"the database in {source} is a replica: nothing was failed over to it", "see invoke status")
    if back.service is None:
        raise Refused(
            f"the storefront in {target} is missing ({back.unseen.get('service', 'no service')})", "deploy what SoleMate runs there first"
        )
    unset = switch.unset()
    if unset:
        raise Refused(unset, switch.hint)
    disabled = [f"{purpose} is {state}" for purpose, state in back.keys.items() if state != "Enabled"]
    if disabled or not back.keys:
        raise Refused(
            f"the keys of {target} cannot be used: {', '.join(disabled) or back.unseen.get('keys', 'none found')}",
            "enable them with the break-glass role",
        )
    return Decision(source, target, "planned", f"{target} answers again", NOTHING, None)


def plan(reach: Reach, decision: Decision, run: str, since: datetime, pen: Callable[[], Journal]) -> Plan:
    """Return the steps back; the same arguments give the same plan. *since* bounds the search for rows that were never replicated."""
    source, target = decision.source, decision.target
    old, former = retired_name(reach.names, run, "a"), retired_name(reach.names, run, "b")
    rebuilt = f"build-replica-{target}"
    steps = (
        writer.fence(reach, target, beside=False),
        writer.report_unreplicated(reach, target, source, since, pen, needs=(f"fence-{target}",)),
        writer.retire(reach, target, old, needs=("report-unreplicated",), name=f"retire-{target}"),
        writer.build_replica(reach, target, source, old, needs=(f"retire-{target}",), name=rebuilt),
        *switchover(reach, source, target, needs=(rebuilt,)),
        *arrival(reach, target, run, f"{target} is active again", needs=(f"promote-{target}",)),
        *_protect_again(reach, source, target, former),
    )
    return Plan(
        command="failback",
        source=source,
        target=target,
        mode="planned",
        why=decision.why,
        steps=steps,
        loss=NOTHING,
        green="verify-order",
        out=f"stop-writes-{source}",
    )


def _protect_again(reach: Reach, standby: str, active: str, former: str) -> tuple[Step, ...]:
    """Return the steps that make *standby* what it was before the disaster, ending only when it could take over again."""
    pilot_light = reach.names.settings.workload.service.pilot_light
    return (
        writer.retire(reach, standby, former, needs=("verify-order",), name=f"retire-{standby}"),
        writer.build_replica(reach, standby, active, former, needs=(f"retire-{standby}",), name=f"build-replica-{standby}"),
        traffic.scale(reach, standby, pilot_light, needs=("verify-order",), name=f"scale-down-{standby}"),
        writer.replicate_backups(reach, standby, active, needs=(f"build-replica-{standby}",)),
        ready(reach, standby, needs=(f"replicate-backups-{standby}", f"scale-down-{standby}")),
    )


def ready(reach: Reach, standby: str, needs: tuple[str, ...]) -> Step:
    """Wait until nothing speaks against *standby* taking over again."""

    def troubles() -> list[str]:
        seen = world.look(reach, now=reach.clock.now())
        return [finding.says for finding in red(findings(seen, reach.names, standby), blocking=False)]

    def act() -> Facts:
        last: list[str] = []

        def green(_: float) -> bool | None:
            last[:] = troubles()
            return None if last else True

        until(f"{standby} to be ready to take over", green, timedelta(minutes=30), reach.clock, every=2.0)
        return {"green": True}

    return Step(
        name="protected-again",
        says=f"Check that {standby} could take over again",
        region=standby,
        act=act,
        done=lambda: False,  # only looks
        needs=needs,
        estimate=timedelta(seconds=30),
        deadline=timedelta(minutes=31),
    )


def retired_name(names: Names, run: str, which: str) -> str:
    """Return the name under which a run keeps a database. RDS takes 63 characters: 17 are left beside the longest name."""
    return f"{names.database}-retired-{run[-4:]}{which}"
