"""Photographs to decide on, made by hand: everything well, then changed in the one thing a test is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from names import Names
from runbooks.aws.backup import RecoveryPoint
from runbooks.aws.ecs import Service
from runbooks.aws.rds import Instance, ReplicatedBackup
from runbooks.database import Replay
from runbooks.shop import Answer
from runbooks.world import FileLag, RegionView, World
from settings import load

EAST, WEST = "us-east-1", "us-west-2"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
NAMES = Names(load(Path(__file__).parents[2] / "Pulumi.prod.yaml"))


def instance(region: str, *, replica_of: str = "", status: str = "available", replication: str = "") -> Instance:
    return Instance(
        identifier=NAMES.database,
        arn=NAMES.database_arn(region),
        status=status,
        host="127.0.0.1",
        port=5432,
        replica_of=replica_of,
        replication=replication,
        parameter_group=NAMES.parameter_group,
        subnet_group="",
        security_groups=(),
        instance_class="db.r6g.large",
        latest_restorable=NOW,
    )


def primary() -> RegionView:
    """The active region, as it should be."""
    return RegionView(
        EAST,
        database=instance(EAST),
        read_only=False,
        service=Service(4, 4, "ACTIVE", ""),
        keys={"data": "Enabled", "vault": "Enabled", "topic": "Enabled"},
        backups={"RDS": RecoveryPoint("arn:point", NAMES.database_arn(EAST), "RDS", NOW - timedelta(hours=5))},
    )


def standby(behind: timedelta = timedelta(seconds=1)) -> RegionView:
    """The recovery region, as it should be, with a replica that is *behind*."""
    return RegionView(
        WEST,
        database=instance(WEST, replica_of=NAMES.database_arn(EAST), replication="replicating"),
        read_only=False,
        replay=Replay(NOW - behind, NOW, connected=True, placed_per_second=10.0),
        files={kind: FileLag(2048.0, 0.4, NOW) for kind in NAMES.settings.files.kinds},
        service=Service(1, 1, "ACTIVE", ""),
        keys={"data": "Enabled", "vault": "Enabled", "topic": "Enabled"},
        backups={"RDS": RecoveryPoint("arn:copy", NAMES.database_arn(EAST), "RDS", NOW - timedelta(hours=5))},
        replicated_backups=(ReplicatedBackup(NAMES.database_arn(EAST), "arn:kept", "replicating", NOW),),
    )


def lost(region: str) -> RegionView:
    return RegionView(region, unseen={"instances": f"rds describe-db-instances in {region}: no answer"}, reachable=False)


def seen(east: RegionView | None = None, west: RegionView | None = None, leads_to: str = EAST) -> World:
    answer = Answer("1.1.1.1:53", ("192.0.2.1",), leads_to)
    return World(NOW, {EAST: east or primary(), WEST: west or standby()}, (answer,))


def with_database(view: RegionView, **changes: str) -> RegionView:
    assert view.database is not None
    return replace(view, database=replace(view.database, **changes))  # type: ignore[arg-type]
