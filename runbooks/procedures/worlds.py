"""Worlds to decide on without AWS: both regions as they should be, one of them lost, and back again; made of settings and names alone."""

from datetime import UTC, datetime, timedelta

from names import Names
from runbooks.aws.backup import RecoveryPoint
from runbooks.aws.ecs import Service
from runbooks.aws.rds import Instance, ReplicatedBackup
from runbooks.database import Replay
from runbooks.databases.made import AT, RUN
from runbooks.shop import Answer
from runbooks.world import KEYS, FileLag, RegionView, World

NOW = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
MOMENT = datetime(2026, 11, 22, 10, 4, 59, tzinfo=UTC)
"""When all was well, in every example."""

BEHIND = timedelta(seconds=1)
RESTORED_BY = "20261122T100500Z-restore-database-xxxx"


def healthy(names: Names) -> World:
    """The active region serves, and the recovery region could take over."""
    first, second = _pair(names)
    return _world(names, _writer(names, first), _replica(names, second, first), leads_to=first)


def lost(names: Names) -> World:
    """The active region gives no answer, and its replica says so."""
    first, second = _pair(names)
    dark = RegionView(first, unseen={"instances": "no answer"}, reachable=False)
    return _world(names, dark, _replica(names, second, first, replication="error"), leads_to=first)


def returned(names: Names) -> World:
    """The recovery region serves, and the other one is back as it was when it was lost."""
    first, second = _pair(names)
    return _world(names, _writer(names, first), _writer(names, second), leads_to=second)


def restored(names: Names) -> World:
    """Both regions as they should be, and a restored database beside the running one."""
    first, second = _pair(names)
    to, here = names.restored_database(MOMENT), _instance(names, first)
    tags = {RUN: RESTORED_BY, AT: f"{MOMENT:%FT%TZ}"}
    beside = _instance(names, first, identifier=to, tags=tags)
    active = _writer(names, first, instances={names.database: here, to: beside})
    return _world(names, active, _replica(names, second, first), leads_to=first)


def _pair(names: Names) -> tuple[str, str]:
    return names.settings.active_region, names.settings.recovery_region


def _world(names: Names, first: RegionView, second: RegionView, leads_to: str) -> World:
    asked = [f"{resolver.address}:{resolver.port}" for resolver in names.settings.routing.resolvers]
    answers = tuple(Answer(resolver, ("192.0.2.1",), leads_to) for resolver in asked)
    return World(NOW, {view.region: view for view in (first, second)}, answers)


def _writer(names: Names, region: str, instances: dict[str, Instance] | None = None) -> RegionView:
    here, capacity = _instance(names, region), names.settings.workload.service.capacity
    return RegionView(
        region,
        instances=instances or {names.database: here},
        database=here,
        read_only=False,
        service=Service(capacity, capacity, "ACTIVE", ""),
        keys=dict.fromkeys(KEYS, "Enabled"),
        backups=_backups(names, region, region),
    )


def _replica(names: Names, region: str, source: str, replication: str = "replicating") -> RegionView:
    here = _instance(names, region, replica_of=names.database_arn(source), replication=replication)
    light = names.settings.workload.service.pilot_light
    return RegionView(
        region,
        instances={names.database: here},
        database=here,
        read_only=False,
        replay=Replay(NOW - BEHIND, NOW, connected=True, placed_per_second=1.0),
        files={kind: FileLag(2048.0, 0.4, NOW) for kind in names.settings.files.kinds},
        service=Service(light, light, "ACTIVE", ""),
        keys=dict.fromkeys(KEYS, "Enabled"),
        backups=_backups(names, region, source),
        replicated_backups=(ReplicatedBackup(names.database_arn(source), "arn", "replicating", NOW),),
    )


def _backups(names: Names, region: str, source: str) -> dict[str, RecoveryPoint]:
    there = {"RDS": names.database_arn(source)}
    for kind in names.settings.files.kinds[:1]:
        there["S3"] = names.bucket_arn(names.file_bucket(kind, source))
    made = NOW - timedelta(hours=5)
    return {type_: RecoveryPoint(f"{region}-{type_}", arn, type_, made) for type_, arn in there.items()}


def _instance(
    names: Names, region: str, *, identifier: str = "", replica_of: str = "", replication: str = "", tags: dict[str, str] | None = None
) -> Instance:
    name = identifier or names.database
    return Instance(
        identifier=name,
        arn=names.database_arn(region),
        status="available",
        host=f"{name}.{region}",
        port=5432,
        replica_of=replica_of,
        replication=replication,
        parameter_group=names.parameter_group,
        subnet_group=names.database,
        security_groups=(),
        instance_class=names.settings.workload.database.instance_class,
        latest_restorable=NOW,
        tags=tags or {},
    )
