"""The steps that move the writer: fence, stop writes, catch up, promote, retire, build a replica, replicate its backups."""

from collections.abc import Callable
from datetime import datetime, timedelta

from runbooks import database
from runbooks.aws import ecs, rds
from runbooks.errors import NotFound, Refused, RunbookError
from runbooks.journal import Facts, Journal
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.watch import until

RETENTION_DAYS = 7  # of a freshly promoted writer; RDS's own default is one day
Instances = dict[str, rds.Instance]


def fence(reach: Reach, region: str, *, beside: bool, needs: tuple[str, ...] = ()) -> Step:
    """Keep shoppers' writes out of *region*: no storefront tasks, and read-only transactions. ``beside``: the region may be lost."""
    names = reach.names
    door = reach.hasty(region) if beside else reach.door(region)

    def act() -> Facts:
        rds.set_read_only(door, names.parameter_group, wanted=True)
        if ecs.service(door, names.cluster, names.service).desired:
            ecs.scale(door, names.cluster, names.service, 0)
        return {"read_only": True, "tasks": 0}

    def done() -> bool:
        return rds.read_only(door, names.parameter_group) and ecs.service(door, names.cluster, names.service).desired == 0

    return Step(
        name=f"fence-{region}",
        says=f"Keep writes out of {region}: read-only transactions, no storefront tasks",
        region=region,
        act=act,
        done=done,
        needs=needs,
        deadline=timedelta(seconds=5) if beside else timedelta(minutes=2),
        beside=beside,
    )


def stop_writes(reach: Reach, region: str, needs: tuple[str, ...]) -> Step:
    """Make new transactions in *region* read-only and wait for the open ones to end; its storefronts go on serving reads."""
    names = reach.names

    def writer() -> rds.Instance:
        return _database(rds.instances(reach.door(region)), reach, region)

    def stopped(instance: rds.Instance) -> bool:
        access = (instance, reach.database, reach.credentials(region))
        return not database.takes_writes(*access) and database.open_writers(*access) == 0

    def act() -> Facts:
        rds.set_read_only(reach.door(region), names.parameter_group, wanted=True)
        instance = writer()
        until(f"writes to stop in {region}", lambda _: stopped(instance) or None, timedelta(minutes=2), reach.clock, every=0.2)
        return {"read_only": True}

    return Step(
        name=f"stop-writes-{region}",
        says=f"Stop writes to {names.database} in {region} (reads go on)",
        region=region,
        act=act,
        done=lambda: rds.read_only(reach.door(region), names.parameter_group) and stopped(writer()),
        needs=needs,
        deadline=timedelta(minutes=3),
    )


def catch_up(reach: Reach, source: str, target: str, needs: tuple[str, ...]) -> Step:
    """Wait until the replica in *target* has replayed everything that the stopped writer in *source* wrote."""

    def act() -> Facts:
        writer = _database(rds.instances(reach.door(source)), reach, source)
        replica = _database(rds.instances(reach.door(target)), reach, target)
        last = database.written_position(writer, reach.database, reach.credentials(source))
        replayed = until(
            f"the replica in {target} to replay position {last}",
            lambda _: (
                position if (position := database.replayed_position(replica, reach.database, reach.credentials(target))) >= last else None
            ),
            timedelta(minutes=10),
            reach.clock,
            every=0.2,
        )
        return {"written_position": last, "replayed_position": replayed, "lag_bytes": 0}

    return Step(
        name="catch-up",
        says=f"Wait until {target} has replayed the last write of {source}",
        region=target,
        act=act,
        done=lambda: False,  # nothing to look at but the act itself, which only looks
        needs=needs,
        deadline=timedelta(minutes=11),
    )


def promote(reach: Reach, region: str, needs: tuple[str, ...] = ()) -> Step:
    """Make the replica in *region* the writer and open it for writes."""
    names = reach.names

    def act() -> Facts:
        door, watched, patience = reach.door(region), reach.instances(region), names.settings.disaster_recovery.rto
        # RDS promotes no instance that is backing up, and one being promoted already needs only waiting for.
        replica = watched.until(f"{names.database} in {region} to be available", _available(names.database), patience)
        facts = _last_replayed(reach, region, replica)
        if not replica.writer:
            rds.promote(door, names.database, RETENTION_DAYS)
        watched.until(f"{names.database} in {region} to be the writer", _the_writer(names.database), patience)
        rds.set_read_only(door, names.parameter_group, wanted=False)
        return facts

    def done() -> bool:
        instances = reach.instances(region).now()
        return _the_writer(names.database)(instances) is not None and not rds.read_only(reach.door(region), names.parameter_group)

    return Step(
        name=f"promote-{region}",
        says=f"Promote {names.database} in {region} and open it for writes",
        region=region,
        act=act,
        done=done,
        needs=needs,
        estimate=timedelta(minutes=4),
        deadline=names.settings.disaster_recovery.rto + timedelta(minutes=1),
    )


def _last_replayed(reach: Reach, region: str, replica: rds.Instance) -> Facts:
    """Return when the newest commit that will survive was made; absent when the replica cannot be asked."""
    if replica.writer:
        return {}
    try:
        seen = database.replay(replica, reach.database, reach.credentials(region))
    except RunbookError as error:  # the promotion must not fail for want of a measurement
        return {"last_commit_unknown": error.message}
    return {"last_commit": seen.last_commit.isoformat()} if seen.last_commit else {}


def retire(reach: Reach, region: str, retired: str, needs: tuple[str, ...], *, name: str) -> Step:
    """Keep the instance that no longer is the writer, under the name *retired*, read-only for good; its own name becomes free."""
    names = reach.names

    def gone(instances: Instances) -> rds.Instance | None:
        current, kept = instances.get(names.database), instances.get(retired)
        if current is not None and not current.writer:
            return current  # already rebuilt as a replica
        return kept if current is None and kept is not None and kept.status == "available" else None

    def act() -> Facts:
        door = reach.door(region)
        current = reach.instances(region).now().get(names.database)
        if current is not None and current.writer and current.status == "available":
            rds.retire(door, names.database, retired, names.fenced_parameter_group)
        reach.instances(region).until(f"{names.database} in {region} to be renamed {retired}", gone, timedelta(minutes=15))
        return {"kept_as": retired}

    return Step(
        name=name,
        says=f"Keep the old database of {region} as {retired}, read-only",
        region=region,
        act=act,
        done=lambda: gone(reach.instances(region).now()) is not None,
        needs=needs,
        estimate=timedelta(minutes=2),
        deadline=timedelta(minutes=16),
    )


def build_replica(reach: Reach, region: str, source: str, retired: str, needs: tuple[str, ...], *, name: str) -> Step:
    """Build the replica in *region* from the writer in *source*, placed and sized like the instance it replaces; this ends the fence."""
    names = reach.names
    source_arn = names.database_arn(source)

    def built(instances: Instances) -> rds.Instance | None:
        current = instances.get(names.database)
        if current is not None and (current.writer or current.replica_of != source_arn):
            raise Refused(
                f"{names.database} in {region} is not a replica of {source_arn}", f"run invoke failback --region {region} from the start"
            )
        return current if current is not None and current.status == "available" and current.replication == "replicating" else None

    def act() -> Facts:
        door = reach.door(region)
        instances = reach.instances(region).now()
        if names.database not in instances:
            like = instances.get(retired)
            if like is None:
                raise Refused(
                    f"{region} holds no {retired} whose place the replica could take", "create the replica by hand, then --resume"
                )
            key = f"arn:aws:kms:{region}:{names.settings.account}:{names.key_alias('data')}"
            rds.create_replica(door, names.database, source_arn, like=like, parameter_group=names.parameter_group, key=key)
        replica = reach.instances(region).until(f"the replica in {region} to replicate", built, timedelta(hours=4))
        # A replica takes no write, and the old writer has a group of its own. What is restored here takes this one: it must be writable.
        rds.set_read_only(door, names.parameter_group, wanted=False)
        return {"replica": replica.arn, "replica_of": replica.replica_of}

    return Step(
        name=name,
        says=f"Build the replica {names.database} in {region} from {source}",
        region=region,
        act=act,
        done=lambda: built(reach.instances(region).now()) is not None and not rds.read_only(reach.door(region), names.parameter_group),
        needs=needs,
        estimate=timedelta(minutes=15),
        deadline=timedelta(hours=4, minutes=5),
    )


def replicate_backups(reach: Reach, region: str, source: str, needs: tuple[str, ...]) -> Step:
    """Copy the new writer's automated backups into *region*, so that it can be restored there to a moment."""
    names = reach.names
    source_arn = names.database_arn(source)

    def kept(*statuses: str) -> bool:
        found = rds.replicated_backups(reach.door(region))
        return any(backup.source_arn == source_arn and backup.status in statuses for backup in found)

    def act() -> Facts:
        if not kept("pending", "replicating"):
            rds.replicate_backups(reach.door(region), source_arn, RETENTION_DAYS, names.key_alias("data"))
        until(f"automated backups to reach {region}", lambda _: kept("replicating") or None, timedelta(minutes=30), reach.clock, every=1.0)
        return {"source": source_arn, "retention_days": RETENTION_DAYS}

    return Step(
        name=f"replicate-backups-{region}",
        says=f"Copy the automated backups of {source} to {region}",
        region=region,
        act=act,
        done=lambda: kept("replicating"),
        needs=needs,
        estimate=timedelta(minutes=5),
        deadline=timedelta(minutes=31),
    )


def report_unreplicated(reach: Reach, old: str, new: str, since: datetime, pen: Callable[[], Journal], needs: tuple[str, ...]) -> Step:
    """List the rows that only the old database of *old* holds: acknowledged to shoppers, never copied. Kept as evidence beside the run."""

    def act() -> Facts:
        left = rds.instances(reach.door(old)).get(reach.names.database)
        if left is None or not left.writer:
            return {"rows": 0, "why": f"{old} has no old writer"}
        right = _database(rds.instances(reach.door(new)), reach, new)
        found = database.unreplicated(left, right, reach.database, reach.credentials(new), since)
        where = pen().keep("unreplicated.json", database.as_evidence(found))
        return {"rows": sum(len(table.keys) for table in found), "kept_at": where, "since": since.isoformat()}

    return Step(
        name="report-unreplicated",
        says=f"List the rows that {old} took and never passed on",
        region=old,
        act=act,
        done=lambda: False,  # only looks
        needs=needs,
        estimate=timedelta(seconds=20),
    )


def _database(instances: Instances, reach: Reach, region: str) -> rds.Instance:
    found = instances.get(reach.names.database)
    if found is None:
        raise NotFound(
            f"there is no database {reach.names.database} in {region}",
            "deploy the stack (`pulumi up`), or check workload.database in its settings",
        )
    return found


def _available(identifier: str) -> Callable[[Instances], rds.Instance | None]:
    def found(instances: Instances) -> rds.Instance | None:
        current = instances.get(identifier)
        return current if current is not None and current.status == "available" else None

    return found


def _the_writer(identifier: str) -> Callable[[Instances], rds.Instance | None]:
    def found(instances: Instances) -> rds.Instance | None:
        current = instances.get(identifier)
        return current if current is not None and current.writer and current.status == "available" else None

    return found
