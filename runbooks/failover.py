"""Failover: the other region takes over, planned while both live, or unplanned when one is lost."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from names import Names
from runbooks import traffic, writer
from runbooks.clock import spoken
from runbooks.errors import Refused
from runbooks.objectives import NOTHING, Loss, why_too_much
from runbooks.plan import Plan, Step
from runbooks.reach import Reach
from runbooks.readiness import findings, measured_loss, red
from runbooks.world import World

Mode = Literal["auto", "planned", "unplanned"]
TYPING = timedelta(minutes=1)  # what an operator needs to read a refusal and to type its way out


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for. ``failed_at``: when orders stopped, if known; ``accepted``: the loss they typed."""

    target: str
    mode: Mode = "auto"
    failed_at: datetime | None = None
    accepted: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a photograph and a wish come to.

    ``failed_at`` is open (None) when the source answers: if nobody says when orders stopped, it may take them until it is fenced.
    """

    source: str
    target: str
    mode: Mode
    why: str
    loss: Loss
    failed_at: datetime | None


def other_region(names: Names, target: str) -> str:
    """Return the region that *target* takes over from; raise :class:`Refused` for a region that is not ours."""
    regions = names.settings.regions
    if target not in regions:
        raise Refused(f"{target or '(nothing)'} is not a region of this stack", f"choose {' or '.join(regions)}")
    return names.settings.other_region(target)


def already_active(world: World, target: str) -> bool:
    """Return whether shoppers already reach *target* and its database takes the writes."""
    current = world.views[target].database
    return world.active == target and current is not None and current.writer


def decide(world: World, names: Names, wish: Wish) -> Decision:
    """Return what to do; raise :class:`Refused` with every reason not to."""
    source = other_region(names, wish.target)
    mode, why = _mode(world, source, wish)
    blocking = red(findings(world, names, wish.target), blocking=True)
    if blocking:
        raise Refused("; ".join(finding.says for finding in blocking), blocking[0].hint)
    if mode == "planned":
        _refuse_unless_both_live(world, source, wish.target)
        return Decision(source, wish.target, mode, why, NOTHING, None)
    if wish.failed_at and wish.failed_at > world.taken_at:
        raise Refused(f"--failed-at {wish.failed_at.isoformat()} is in the future", "give the moment orders stopped, in UTC")
    failed_at = wish.failed_at or (None if world.views[source].reachable else world.taken_at)
    loss = measured_loss(world.views[wish.target], failed_at or world.taken_at)
    if failed_at is None:
        loss = replace(loss, how=f"{loss.how}; {source} answers, and may take more until it is fenced")
    too_much = why_too_much(loss, names.settings.disaster_recovery.rpo, wish.accepted)
    if too_much:
        raise Refused(too_much, _way_out(loss, world, source, wish))
    return Decision(source, wish.target, "unplanned", why, loss, failed_at)


def _mode(world: World, source: str, wish: Wish) -> tuple[Mode, str]:
    if wish.mode != "auto":
        return wish.mode, f"asked for by --mode {wish.mode}"
    view = world.views[source]
    if not view.reachable:
        return "unplanned", f"{source} gives no answer"
    if view.database is None or view.database.status != "available":
        return "unplanned", f"{source} answers, but its database is {view.database.status if view.database else 'missing'}"
    return "planned", f"{source} answers and its database is available"


def _refuse_unless_both_live(world: World, source: str, target: str) -> None:
    view, replica = world.views[source], world.views[target].database
    if not view.reachable or view.database is None or view.database.status != "available":
        raise Refused(
            f"a planned failover needs {source}, which does not answer as it should",
            "use --mode unplanned, which accepts the loss it measures",
        )
    if replica is not None and not replica.writer and replica.replication != "replicating":
        raise Refused(
            f"the replica in {target} is {replica.replication or 'not replicating'} although {source} answers",
            "mend replication first, or use --mode unplanned, which accepts the loss it measures",
        )
    if world.views[target].mute:
        raise Refused(
            f"a planned failover must see the last write arrive, and the replica cannot be asked: {world.views[target].mute}",
            "check workload.database.secret and this machine's path to the database, or use --mode unplanned",
        )


def _way_out(loss: Loss, world: World, source: str, wish: Wish) -> str:
    """Return what to type to accept *loss*: words that are still enough when they have been typed."""
    if loss.seconds is None:
        return "mend the path to the replica's database port, or accept the unknown with --accept-loss unmeasured"
    seconds = int(loss.seconds) + 1
    if world.views[source].reachable and not wish.failed_at:
        grown = seconds + int(TYPING.total_seconds())
        return f"accept it with --accept-loss {grown}s; {source} may still take orders, so the loss grows, and this leaves {spoken(TYPING)}"
    when = f"{wish.failed_at or world.taken_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    told = "" if wish.failed_at else f" ({source} was dark then; if orders stopped earlier, that moment makes the loss smaller)"
    return f"accept exactly this with --accept-loss {seconds}s --failed-at {when}{told}"


def plan(reach: Reach, decision: Decision, run: str) -> Plan:
    """Return the steps that carry out *decision*; the same arguments give the same plan, so that any machine can resume it."""
    steps = _planned(reach, decision, run) if decision.mode == "planned" else _unplanned(reach, decision, run)
    return Plan(
        command="failover",
        source=decision.source,
        target=decision.target,
        mode=decision.mode,
        why=decision.why,
        steps=steps,
        loss=decision.loss,
        green="verify-order",
        out=f"stop-writes-{decision.source}" if decision.mode == "planned" else "",
        afterwards=(
            f"{decision.target} now runs without a standby. When {decision.source} is back: invoke failback --region {decision.source}. "
            f"Before any pulumi up until then: set activeRegion to {decision.target}."
        ),
    )


def _unplanned(reach: Reach, decision: Decision, run: str) -> tuple[Step, ...]:
    target, capacity = decision.target, reach.names.settings.workload.service.capacity
    # What a source that answers takes once the promotion began is lost, so its fence comes first. A dark one is not waited for.
    first = (f"fence-{decision.source}",) if decision.failed_at is None else ()
    return (
        writer.fence(reach, decision.source, beside=True),
        writer.promote(reach, target, needs=first),
        traffic.scale(reach, target, capacity, name=f"scale-up-{target}"),
        *arrival(reach, target, run, f"{target} took over from {decision.source}", needs=(f"promote-{target}", f"scale-up-{target}")),
    )


def _planned(reach: Reach, decision: Decision, run: str) -> tuple[Step, ...]:
    source, target = decision.source, decision.target
    return (
        *switchover(reach, source, target, needs=()),
        *arrival(reach, target, run, f"{target} took over from {source}, as planned", needs=(f"promote-{target}",)),
        writer.fence(reach, source, beside=False, needs=("verify-order",)),
    )


def switchover(reach: Reach, source: str, target: str, needs: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the steps that move the writer without losing a write: scale first, for nobody waits for that yet."""
    return (
        traffic.scale(reach, target, reach.names.settings.workload.service.capacity, needs, name=f"scale-up-{target}"),
        writer.stop_writes(reach, source, needs=(f"scale-up-{target}",)),
        writer.catch_up(reach, source, target, needs=(f"stop-writes-{source}",)),
        writer.promote(reach, target, needs=("catch-up",)),
    )


def arrival(reach: Reach, target: str, run: str, text: str, needs: tuple[str, ...]) -> tuple[Step, ...]:
    """Return the steps that lead the shoppers to *target* and prove that they are served."""
    return (
        traffic.switch(reach, target, needs),
        traffic.verify(reach, target, run, needs=(f"switch-to-{target}",)),
        traffic.announce(reach, target, run, text, needs=("verify-order",)),
    )
