"""What RDS restores: snapshots, also in the other region, and automated backups to the moment."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

import sandbox.rds
from sandbox.rds.archive import segment_end
from tests.sandbox.databases import Shop, refused
from tests.sandbox.parts import EAST, WEST, running, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running(tmp_path_factory.mktemp("rds"), sandbox.rds) as lab:
        yield Shop(lab)


@pytest.fixture(scope="module")
def primary(shop: Shop) -> str:
    """The name of an instance in the east."""
    shop.create("primary")
    shop.sql(EAST, "primary", "insert into orders select generate_series(1, 10)")
    return "primary"


def test_a_snapshot_can_be_restored_in_the_other_region(shop: Shop, primary: str) -> None:
    """Taken here, copied there, restored there: the rows of the moment it was taken."""
    before = shop.ids(EAST, primary)
    taken = shop.rds[EAST].create_db_snapshot(DBInstanceIdentifier=primary, DBSnapshotIdentifier="first")["DBSnapshot"]
    assert taken["Status"] == "creating"
    until_snapshot(shop, EAST, "first")
    shop.sql(EAST, primary, "insert into orders values (40)")
    shop.rds[WEST].copy_db_snapshot(SourceDBSnapshotIdentifier=taken["DBSnapshotArn"], TargetDBSnapshotIdentifier="copy")
    until_snapshot(shop, WEST, "copy")
    shop.rds[WEST].restore_db_instance_from_db_snapshot(DBInstanceIdentifier="from-copy", DBSnapshotIdentifier="copy")
    shop.settle(WEST, "from-copy")
    assert shop.ids(WEST, "from-copy") == before
    shop.rds[WEST].delete_db_instance(DBInstanceIdentifier="from-copy", SkipFinalSnapshot=True)


def until_snapshot(shop: Shop, region: str, name: str) -> None:
    def available() -> bool:
        (found,) = shop.rds[region].describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
        return bool(found["Status"] == "available")

    until(available, within=20)


def test_replicated_backups_restore_to_the_moment_after_their_region_is_lost(shop: Shop, primary: str) -> None:
    """Their window is honest: the moment just before a corruption is restored in the other region, with every row and no other."""
    east, west = shop.rds[EAST], shop.rds[WEST]
    started = west.start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=shop.look(EAST, primary)["DBInstanceArn"], BackupRetentionPeriod=7
    )["DBInstanceAutomatedBackup"]
    assert started["Region"] == EAST
    (copied,) = shop.look(EAST, primary)["DBInstanceAutomatedBackupsReplications"]
    arn = copied["DBInstanceAutomatedBackupsArn"]
    shop.sql(EAST, primary, "insert into orders select generate_series(1000, 1099)")
    whole = shop.ids(EAST, primary)
    ((moment,),) = shop.sql(EAST, primary, "select clock_timestamp()")
    shop.sql(EAST, primary, "delete from orders where id % 2 = 0")
    until(lambda: window(west, arn)[1] > moment, within=30)
    assert window(west, arn)[0] < moment
    until(lambda: (shop.look(EAST, primary).get("LatestRestorableTime") or moment) > moment)  # absent until a base backup is there
    assert {entry["Status"] for entry in backups(west, arn)} == {"replicating"}
    with refused("InvalidParameterValue"):
        restore(west, arn, "too-late", datetime.now(UTC) + timedelta(hours=1))
    shop.control.break_region(EAST, "refuse")
    try:
        restore(west, arn, "restored", moment)
        shop.settle(WEST, "restored")
        assert shop.ids(WEST, "restored") == whole
        shop.sql(WEST, "restored", "insert into orders values (5000)")
    finally:
        shop.control.heal_region(EAST)
    west.delete_db_instance(DBInstanceIdentifier="restored", SkipFinalSnapshot=True)
    shop.settle(EAST, primary)
    west.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=shop.look(EAST, primary)["DBInstanceArn"])
    assert {entry["Status"] for entry in backups(west, arn)} == {"retained"}
    assert east.describe_db_instances(DBInstanceIdentifier=primary)["DBInstances"][0]["DBInstanceAutomatedBackupsReplications"] == []


def backups(rds: BaseClient, arn: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rds.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=arn)[
        "DBInstanceAutomatedBackups"
    ]
    return found


def window(rds: BaseClient, arn: str) -> tuple[datetime, datetime]:
    (entry,) = backups(rds, arn)
    never = datetime.min.replace(tzinfo=UTC)
    return entry.get("RestoreWindow", {}).get("EarliestTime", never), entry.get("RestoreWindow", {}).get("LatestTime", never)


def restore(rds: BaseClient, arn: str, name: str, moment: datetime) -> None:
    rds.restore_db_instance_to_point_in_time(SourceDBInstanceAutomatedBackupsArn=arn, TargetDBInstanceIdentifier=name, RestoreTime=moment)


def test_a_segment_ends_where_the_next_begins() -> None:
    """Segments of 1 MB count on across the 4 GB that the name's middle part stands for; other files of the log end nowhere."""
    assert segment_end("000000010000000000000002") == 3 << 20
    assert segment_end("000000020000000100000FFF") == 2 << 32
    assert segment_end("00000002.history") == 0
