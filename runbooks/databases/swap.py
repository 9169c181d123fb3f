"""Put a restored database in the original's place: stop writes, exchange the names, prove an order, protect everything again."""

from collections.abc import Mapping
from datetime import timedelta

from names import Names
from runbooks import database, failback, traffic, writer
from runbooks.aws import rds
from runbooks.databases.made import AT, RUN
from runbooks.errors import Refused
from runbooks.journal import Facts
from runbooks.objectives import Loss
from runbooks.plan import Plan, Step
from runbooks.reach import Reach
from runbooks.watch import until
from runbooks.world import World

Instances = Mapping[str, rds.Instance]


def decide(seen: World, names: Names, to: str) -> str:
    """Return the region in which *to* takes the database's place; raise :class:`Refused` while it cannot."""
    region = seen.active
    if not region:
        raise Refused("the shop's name leads to no one region", "see invoke status")
    standby = names.settings.other_region(region)
    view = seen.views[region]
    restored = view.instances.get(to)
    if restored is None:
        raise Refused(f"{region}, where the shop runs, has no instance {to or '(no --to)'}", "name what was restored there: --to NAME")
    if to == names.database or RUN not in restored.tags:
        raise Refused(f"{to} was not made by a restore of ours", "restore first: invoke restore --target database --at MOMENT")
    if restored.parameter_group != names.parameter_group:
        raise Refused(
            f"{to} is under the parameters {restored.parameter_group}, not {names.parameter_group}", "a retired database is not put back so"
        )
    if restored.status != "available":
        raise Refused(f"{to} is {restored.status}, not available", "wait until it is, then repeat the command")
    if view.database is None or not view.database.writer or view.database.status != "available":
        raise Refused(f"{names.database} in {region} is not an available writer", "see invoke status")
    if not seen.views[standby].reachable:
        raise Refused(
            f"{standby} gives no answer, and its replica must be rebuilt from what is swapped in", "wait until it is back, then repeat"
        )
    return region


def plan(reach: Reach, region: str, to: str, moment: str, run: str) -> Plan:
    """Return the steps of the swap; the same arguments give the same plan."""
    names = reach.names
    standby = names.settings.other_region(region)
    old, former = failback.retired_name(names, run, "a"), failback.retired_name(names, run, "b")
    steps = (
        writer.stop_writes(reach, region, needs=()),
        writer.retire(reach, region, old, needs=(f"stop-writes-{region}",), name=f"retire-{region}"),
        _rename(reach, region, to, needs=(f"retire-{region}",)),
        _open(reach, region, needs=("rename-restored",)),
        traffic.verify(reach, region, run, needs=("open-for-writes",)),
        traffic.announce(reach, region, run, f"{names.database} in {region} is as of {moment} now", needs=("verify-order",)),
        _retire_replica(reach, standby, region, former, needs=("verify-order",)),
        writer.build_replica(reach, standby, region, former, needs=(f"retire-{standby}",), name=f"build-replica-{standby}"),
        writer.replicate_backups(reach, standby, region, needs=(f"build-replica-{standby}",)),
        failback.ready(reach, standby, needs=(f"replicate-backups-{standby}",)),
    )
    return Plan(
        command="swap",
        source=old,
        target=names.database,
        mode="swap",
        why=f"the old one is kept as {old}",
        steps=steps,
        loss=Loss(None, None, f"everything since {moment} is in {old} alone"),
        green="verify-order",
        out=f"stop-writes-{region}",
        title=f"Put {to} in place of {names.database} in {region}",
        again=f"invoke restore --target database --replace --to {to}",
        afterwards=f"The old database is kept as {old} in {region}, read-only, and its replica as {former} in {standby}.",
    )


def _rename(reach: Reach, region: str, to: str, needs: tuple[str, ...]) -> Step:
    """Give the restored instance the database's name, with the backups that a writer needs to have a replica."""
    names = reach.names

    def there(seen: Instances) -> rds.Instance | None:
        current = seen.get(names.database)
        return current if current is not None and to not in seen and RUN in current.tags and current.status == "available" else None

    def act() -> Facts:
        seen = reach.instances(region).now()
        if to in seen and names.database not in seen and seen[to].status == "available":
            rds.rename(reach.door(region), to, names.database, retention_days=writer.RETENTION_DAYS)
        found = reach.instances(region).until(f"{to} to be renamed {names.database}", there, timedelta(minutes=15))
        return {"renamed": to, "restored_to": found.tags.get(AT, "")}

    return Step(
        name="rename-restored",
        says=f"Rename {to} to {names.database} in {region}",
        region=region,
        act=act,
        done=lambda: there(reach.instances(region).now()) is not None,
        needs=needs,
        estimate=timedelta(minutes=2),
        deadline=timedelta(minutes=16),
    )


def _open(reach: Reach, region: str, needs: tuple[str, ...]) -> Step:
    names = reach.names

    def takes_writes() -> bool:
        instance = reach.instances(region).now().get(names.database)
        return instance is not None and database.takes_writes(instance, reach.database, reach.credentials(region))

    def act() -> Facts:
        rds.set_read_only(reach.door(region), names.parameter_group, wanted=False)
        until(f"{names.database} to take writes", lambda _: takes_writes() or None, timedelta(minutes=2), reach.clock, every=0.2)
        return {"read_only": False}

    return Step(
        name="open-for-writes",
        says=f"Open {names.database} in {region} for writes",
        region=region,
        act=act,
        done=lambda: not rds.read_only(reach.door(region), names.parameter_group) and takes_writes(),
        needs=needs,
        deadline=timedelta(minutes=5),
    )


def _retire_replica(reach: Reach, region: str, source: str, retired: str, needs: tuple[str, ...]) -> Step:
    """Rename the replica of the old writer away: it keeps what was swapped out, and its name is free for a replica of the new one."""
    names = reach.names

    def gone(seen: Instances) -> rds.Instance | None:
        kept, current = seen.get(retired), seen.get(names.database)
        if kept is None or kept.status != "available":
            return None
        return kept if current is None or current.replica_of == names.database_arn(source) else None

    def act() -> Facts:
        seen = reach.instances(region).now()
        current = seen.get(names.database)
        if retired not in seen and current is not None and current.status == "available":
            rds.rename(reach.door(region), names.database, retired)
        if current is None and retired not in seen:
            return {"kept_as": ""}
        reach.instances(region).until(f"the old replica in {region} to be renamed {retired}", gone, timedelta(minutes=15))
        return {"kept_as": retired}

    return Step(
        name=f"retire-{region}",
        says=f"Keep the replica of the old database in {region} as {retired}",
        region=region,
        act=act,
        done=lambda: gone(reach.instances(region).now()) is not None,
        needs=needs,
        estimate=timedelta(minutes=2),
        deadline=timedelta(minutes=16),
    )
