"""Whether a region can take over: one finding per thing a failover stands on, read from a photograph without a single call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from names import Names
from runbooks.clock import spoken
from runbooks.objectives import Loss, loss_of
from runbooks.switches import switch_of
from runbooks.world import KEYS, RegionView, World

BACKUP_AGE = timedelta(hours=26)  # daily plans, and two hours for their windows


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``blocks``: while it is not well, a failover refuses to start; ``hint`` says what to do about it."""

    name: str
    well: bool
    says: str
    blocks: bool
    hint: str = ""


def findings(world: World, names: Names, target: str) -> tuple[Finding, ...]:
    """Return what speaks for and against *target* taking over from the other region."""
    source, view = world.views[names.settings.other_region(target)], world.views[target]
    if not view.reachable:
        says = f"{target} gives no answer ({next(iter(view.unseen.values()), 'no call succeeded')})"
        return (Finding("region", False, says, True, "check this machine's network, or choose the other region"),)
    return (
        Finding("region", True, f"{target} answers", True),
        _replica(source, view, names),
        *_access(view),
        _lag(view, names, world.taken_at),
        *_files(view, names),
        _standby(view, names),
        *_keys(view, names),
        _switch(view, names),
        _routes(world, names),
        *_backups(view, world.taken_at, names),
    )


def red(found: tuple[Finding, ...], *, blocking: bool) -> list[Finding]:
    return [finding for finding in found if not finding.well and (finding.blocks or not blocking)]


def _replica(source: RegionView, view: RegionView, names: Names) -> Finding:
    region, current = view.region, view.database
    hint = "deploy the stack (`pulumi up`), which creates the replica"
    if current is None:
        return Finding("replica", False, f"no replica {names.database} in {region}{_because(view, 'instances')}", True, hint)
    if current.status != "available":
        says = f"the replica {current.identifier} in {region} is {current.status}, not available"
        return Finding(
            "replica", False, says, True, f"start it, or wait until it is available: aws rds start-db-instance --region {region}"
        )
    if current.writer:
        return _writer(source, view)
    if source.reachable and current.replication != "replicating":
        says = f"the replica in {region} is {current.replication or 'not replicating'} although {source.region} answers"
        # It blocks a planned failover, which needs it; one from a region that answers and no longer works must still be possible.
        return Finding("replica", False, says, False, "look at the replica's events; rebuild it if replication does not come back")
    link = "replicating" if source.reachable else f"cut off from {source.region}, as was to be expected"
    return Finding("replica", True, f"{current.identifier} in {region} is a replica, {link}", True)


def _writer(source: RegionView, view: RegionView) -> Finding:
    if source.database is not None and source.database.writer and source.reachable:
        says = f"the databases in {source.region} and {view.region} both take writes; neither is a replica of the other"
        return Finding("replica", False, says, True, f"rebuild {view.region} from {source.region}: invoke failback --region {view.region}")
    return Finding("replica", True, f"{view.region} already has the writer", True)


def _access(view: RegionView) -> Iterator[Finding]:
    if view.mute:
        # It blocks a planned failover, which stops writes and then must see them arrive; in a disaster CloudWatch's lag has to do.
        says = f"the database in {view.region} cannot be asked: {view.mute}"
        yield Finding("database access", False, says, False, "check workload.database.secret, and this machine's path to the database")


def measured_loss(view: RegionView, failed_at: datetime) -> Loss:
    """Return what promoting *view*'s replica would lose if its source died at *failed_at*: asked of the replica, else of CloudWatch."""
    if view.database is not None and view.database.writer:
        return Loss(0.0, 0, "the database here already takes the writes")
    if view.replay is not None:
        how = "from the newest commit that the replica replayed"
        return loss_of(view.replay.last_commit, failed_at, view.replay.placed_per_second, how)
    if view.lag_metric is not None:
        last = view.lag_metric.at - timedelta(seconds=view.lag_metric.value)
        return loss_of(
            last, failed_at, None, f"CloudWatch ReplicaLag of {view.lag_metric.at:%H:%M} UTC; the replica itself could not be asked"
        )
    return Loss(
        None,
        None,
        f"the replica could not be asked ({_because(view, 'replay').strip(' ()') or 'no answer'}) and CloudWatch has no recent ReplicaLag",
    )


def _lag(view: RegionView, names: Names, now: datetime) -> Finding:
    loss, rpo = measured_loss(view, now), names.settings.disaster_recovery.rpo
    well = loss.seconds is not None and timedelta(seconds=loss.seconds) <= rpo
    # Only the run decides whether a loss is acceptable: the finding informs, the decision refuses.
    return Finding(
        "lag",
        well,
        f"taking over now would lose {loss.spoken()}; the objective is {spoken(rpo)}",
        False,
        "wait for the replica, or accept the loss",
    )


def _files(view: RegionView, names: Names) -> Iterator[Finding]:
    """Yield one finding for each kind of files that is protected."""
    if not names.settings.files.kinds:
        yield Finding("files", True, "no files are protected by this stack (files.enabled is false)", False)
    rpo = names.settings.disaster_recovery.rpo
    for kind in names.settings.files.kinds:
        lag, hint = view.files.get(kind), f"see the replication metrics of {names.file_bucket(kind, view.region)}"
        if lag is None:
            yield Finding(kind, False, f"{kind} on their way to {view.region}: not measured{_because(view, 'files')}", False, hint)
            continue
        behind = timedelta(seconds=lag.seconds)
        says = f"{lag.pending:,.0f} bytes of {kind} on their way to {view.region} at {lag.at:%H:%M} UTC, {spoken(behind)} behind"
        yield Finding(kind, behind <= rpo, f"{says}; the objective is {spoken(rpo)}", False, hint)


def _standby(view: RegionView, names: Names) -> Finding:
    wanted = names.settings.workload.service
    if view.service is None:
        says = f"no service {names.service} in cluster {names.cluster} in {view.region}{_because(view, 'service')}"
        return Finding("standby", False, says, True, "deploy the stack (`pulumi up`), which creates the standby")
    running = view.service.running
    says = f"{running} of {wanted.pilot_light} pilot-light tasks run in {view.region}; full capacity is {wanted.capacity}"
    well = running >= wanted.pilot_light
    return Finding(
        "standby", well, says if well else f"{says}. ECS says: {view.service.event or 'nothing'}", False, "look at the service's events"
    )


def _keys(view: RegionView, names: Names) -> Iterator[Finding]:
    if not view.keys:
        yield Finding(
            "keys", False, f"the keys of {view.region} could not be seen{_because(view, 'keys')}", True, "deploy the stack, or mend the key"
        )
    for purpose in KEYS:
        state = view.keys.get(purpose)
        if state is not None:
            says = f"{names.key_alias(purpose)} in {view.region} is {state}"
            yield Finding(
                f"key {purpose}",
                state == "Enabled",
                says,
                purpose == "data",
                "enable the key, or cancel its deletion, with the break-glass role",
            )


def _switch(view: RegionView, names: Names) -> Finding:
    trouble = view.switch_fault or view.unseen.get("switch_fault")
    switch = switch_of(names)
    return Finding("switch", trouble is None, trouble or f"{switch.named(view.region)} can be thrown", True, switch.hint)


def _routes(world: World, names: Names) -> Finding:
    said = "; ".join(f"{answer.resolver}: {answer.region or ', '.join(answer.addresses) or 'no answer'}" for answer in world.answers)
    return Finding(
        "routing",
        bool(world.active),
        f"{names.shop_domain} leads to {world.active or 'no one region'} ({said})",
        False,
        "check the zone's records and routing.resolvers",
    )


def _backups(view: RegionView, now: datetime, names: Names) -> Iterator[Finding]:
    vault = names.vault(view.region)
    for kind, point in sorted(view.backups.items()):
        age = now - point.created_at
        yield Finding(
            f"last backup {kind}",
            age <= BACKUP_AGE,
            f"the newest {kind} recovery point in {vault} is {spoken(age)} old",
            False,
            "see the vault's failed jobs",
        )
    if not view.backups:
        yield Finding(
            "last backup",
            False,
            f"{vault} holds no recovery point of the last days{_because(view, 'backups')}",
            False,
            "see the vault's failed jobs",
        )
    kept = view.replicated_backups
    moments = [backup.latest for backup in kept if backup.latest]
    until = f"restorable there up to {max(moments):%H:%M:%S} UTC" if moments else "nothing restorable yet"
    says = (
        f"automated backups are replicated to {view.region}, {until}" if kept else f"no automated backups are replicated to {view.region}"
    )
    yield Finding("point-in-time", bool(kept), says, False, "deploy the stack, or start automated backup replication")


def _because(view: RegionView, what: str) -> str:
    return f" ({view.unseen[what]})" if what in view.unseen else ""
