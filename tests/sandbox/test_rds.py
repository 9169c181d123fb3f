"""RDS on real PostgreSQL: replication, fences, parameter groups, a lost region and the way back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from botocore.client import BaseClient

import sandbox.rds
from sandbox import processes
from sandbox.rds.models import PostgresBackend
from tests.sandbox.databases import PASSWORD, Shop, refused
from tests.sandbox.parts import EAST, WEST, client, running, until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running(tmp_path_factory.mktemp("rds"), sandbox.rds) as lab:
        yield Shop(lab)


@pytest.fixture(scope="module")
def pair(shop: Shop) -> str:
    """The name of a primary in the east with a replica in the west; tests leave both as they found them, but for rows."""
    shop.create("pair")
    shop.replicate("pair")
    return "pair"


def position(shop: Shop, region: str, name: str, query: LiteralString) -> str:
    return str(shop.sql(region, name, query)[0][0])


# The pair


def test_rows_really_replicate(shop: Shop, pair: str) -> None:
    """A row committed in one region can be read in the other, which names its source and writes nothing itself."""
    shop.sql(EAST, pair, "insert into orders values (1)")
    until(lambda: 1 in shop.ids(WEST, pair))
    replica = shop.look(WEST, pair)
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == f"arn:aws:rds:{EAST}:123456789012:db:pair"
    assert [info["Status"] for info in replica["StatusInfos"]] == ["replicating"]
    assert shop.look(EAST, pair)["ReadReplicaDBInstanceIdentifiers"] == [f"arn:aws:rds:{WEST}:123456789012:db:pair"]
    assert replica["DbiResourceId"] != shop.look(EAST, pair)["DbiResourceId"]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        shop.sql(WEST, pair, "insert into orders values (2)")


def test_the_master_user_enters_by_password_alone_and_is_no_superuser(shop: Shop, pair: str) -> None:
    """As on RDS; it may see the other sessions, which the runbooks ask about."""
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        shop.connect(EAST, pair, password="wrong")
    assert shop.sql(EAST, pair, "select rolsuper, pg_has_role('pg_monitor', 'member') from pg_roles where rolname = current_user") == [
        (False, True)
    ]


def test_no_log_holds_the_password(shop: Shop, pair: str) -> None:
    """Not the server's, not the programs', not the configuration."""
    shop.rds[EAST].modify_db_instance(DBInstanceIdentifier=pair, MasterUserPassword="battery-staple", ApplyImmediately=True)
    shop.settle(EAST, pair)
    shop.connect(EAST, pair, password="battery-staple").close()
    shop.rds[EAST].modify_db_instance(DBInstanceIdentifier=pair, MasterUserPassword=PASSWORD, ApplyImmediately=True)
    shop.settle(EAST, pair)
    files = [file for file in PostgresBackend.estate.home.rglob("*") if file.suffix in {".log", ".conf"}]
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    assert texts
    assert not any(secret in text for text in texts for secret in (PASSWORD, "battery-staple"))


def test_a_fence_stops_open_sessions_too_and_lets_the_replica_catch_up(shop: Shop, pair: str) -> None:
    """Once the group says read-only nothing more is written, so that a replica comes to hold everything; lifting it lets writes in."""
    with shop.connect(EAST, pair) as session:
        session.execute("insert into orders values (10)")
        shop.fence(EAST, pair, True)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="cannot execute INSERT in a read-only transaction"):
            session.execute("insert into orders values (11)")
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        shop.sql(EAST, pair, "insert into orders values (11)")
    written = "select pg_current_wal_lsn()"
    until(lambda: position(shop, EAST, pair, written) == position(shop, WEST, pair, "select pg_last_wal_replay_lsn()"))
    assert 10 in shop.ids(WEST, pair)
    shop.rds[EAST].reset_db_parameter_group(DBParameterGroupName="orders", ResetAllParameters=True)
    until(lambda: shop.apply_status(EAST, pair) == "in-sync")
    shop.sql(EAST, pair, "insert into orders values (12)")


def test_a_static_parameter_waits_for_a_reboot(shop: Shop, pair: str) -> None:
    """RDS refuses to set it at once; set for later it is pending, and the reboot applies it."""
    with refused("InvalidParameterCombination"):
        shop.set(WEST, "max_connections", "150")
    shop.set(WEST, "max_connections", "150", "pending-reboot")
    assert shop.apply_status(WEST, pair) == "pending-reboot"
    assert shop.sql(WEST, pair, "show max_connections") == [("100",)]
    rebooted = shop.rds[WEST].reboot_db_instance(DBInstanceIdentifier=pair)["DBInstance"]
    assert rebooted["DBInstanceStatus"] == "rebooting"
    shop.settle(WEST, pair)
    assert shop.sql(WEST, pair, "show max_connections") == [("150",)]
    shop.rds[WEST].reset_db_parameter_group(DBParameterGroupName="orders", ResetAllParameters=True)
    assert shop.apply_status(WEST, pair) == "pending-reboot"
    shop.rds[WEST].reboot_db_instance(DBInstanceIdentifier=pair)
    shop.settle(WEST, pair)


def test_another_group_takes_hold_at_the_next_start(shop: Shop, pair: str) -> None:
    """The instance shows it at once, as pending; until the reboot the old group's changes still reach it."""
    shop.set(EAST, "work_mem", "8192", group="other")
    shop.rds[EAST].modify_db_instance(DBInstanceIdentifier=pair, DBParameterGroupName="other", ApplyImmediately=True)
    assert shop.look(EAST, pair)["DBParameterGroups"] == [{"DBParameterGroupName": "other", "ParameterApplyStatus": "pending-reboot"}]
    assert shop.sql(EAST, pair, "show work_mem") == [("4MB",)]
    shop.rds[EAST].reboot_db_instance(DBInstanceIdentifier=pair)
    shop.settle(EAST, pair)
    assert shop.sql(EAST, pair, "show work_mem") == [("8MB",)]
    shop.rds[EAST].modify_db_instance(DBInstanceIdentifier=pair, DBParameterGroupName="orders", ApplyImmediately=True)
    shop.rds[EAST].reboot_db_instance(DBInstanceIdentifier=pair)
    shop.settle(EAST, pair)


def test_unknown_parameters_are_refused(shop: Shop) -> None:
    """In RDS's words."""
    with refused("InvalidParameterValue"):
        shop.set(EAST, "no_such_parameter", "1")


def newest_lag(cloudwatch: BaseClient, name: str) -> float | None:
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {
                "Id": "lag",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/RDS",
                        "MetricName": "ReplicaLag",
                        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
                    },
                    "Period": 1,
                    "Stat": "Maximum",
                },
            }
        ],
        StartTime=now - timedelta(seconds=6),
        EndTime=now + timedelta(seconds=1),
        ScanBy="TimestampDescending",
    )["MetricDataResults"][0]["Values"]
    return float(found[0]) if found else None


def test_lag_is_measured_and_grows_while_the_link_is_cut(shop: Shop, pair: str) -> None:
    """A cut link shows as an error and as a growing ReplicaLag, though both regions live; healed, the replica catches up."""
    metrics = client(shop.lab, "cloudwatch", WEST)
    until(lambda: (newest_lag(metrics, pair) or 99) < 3)
    shop.control.ask("POST", "links/cut", {"source": EAST, "target": WEST})
    shop.sql(EAST, pair, "insert into orders values (20)")
    until(lambda: shop.look(WEST, pair)["StatusInfos"][0]["Status"] == "error")
    until(lambda: (newest_lag(metrics, pair) or 0) > 3)
    assert 20 not in shop.ids(WEST, pair)
    shop.control.ask("POST", "links/heal", {"source": EAST, "target": WEST})
    until(lambda: 20 in shop.ids(WEST, pair))
    until(lambda: shop.look(WEST, pair)["StatusInfos"][0]["Status"] == "replicating")


def test_the_links_delay_can_be_set(shop: Shop, pair: str) -> None:
    """A longer way makes a commit arrive later."""
    shop.control.ask("POST", "links", {"one_way": 0.5})
    shop.sql(EAST, pair, "insert into orders values (30)")
    assert 30 not in shop.ids(WEST, pair)
    assert shop.control.ask("POST", "links", {"one_way": 0.035})["one_way"] == 0.035
    until(lambda: 30 in shop.ids(WEST, pair))


def test_what_rds_refuses_is_refused(shop: Shop, pair: str) -> None:
    """A missing source, a promotion of a primary, a protected instance, a name that is taken."""
    west = shop.rds[WEST]
    with refused("DBInstanceNotFound"):
        west.create_db_instance_read_replica(
            DBInstanceIdentifier="none", SourceDBInstanceIdentifier=f"arn:aws:rds:{EAST}:123456789012:db:none"
        )
    with refused("InvalidDBInstanceState"):
        shop.rds[EAST].promote_read_replica(DBInstanceIdentifier=pair)
    with refused("DBInstanceAlreadyExists"):
        shop.replicate(pair)
    west.modify_db_instance(DBInstanceIdentifier=pair, DeletionProtection=True, ApplyImmediately=True)
    with refused("InvalidParameterCombination"):
        west.delete_db_instance(DBInstanceIdentifier=pair)
    west.modify_db_instance(DBInstanceIdentifier=pair, DeletionProtection=False, ApplyImmediately=True)


@pytest.fixture(scope="module")
def sealed(shop: Shop) -> dict[str, str]:
    """An encrypted pair, ``sealed`` in both regions; returns each region's key."""
    keys = {region: client(shop.lab, "kms", region).create_key()["KeyMetadata"]["Arn"] for region in (EAST, WEST)}
    subnets = [subnet["SubnetId"] for subnet in client(shop.lab, "ec2", WEST).describe_subnets()["Subnets"]]
    shop.rds[WEST].create_db_subnet_group(DBSubnetGroupName="inner", DBSubnetGroupDescription="of the tests", SubnetIds=subnets)
    shop.create("sealed", StorageEncrypted=True, KmsKeyId=keys[EAST])
    shop.replicate("sealed", KmsKeyId=keys[WEST], DBSubnetGroupName="inner", Tags=[{"Key": "role", "Value": "standby"}])
    return keys


def test_an_encrypted_source_needs_a_key_of_the_replicas_own_region(shop: Shop, sealed: dict[str, str]) -> None:
    """Without one, or with the source's, RDS refuses; the replica carries the key, the subnets and the tags it was given."""
    asked = {"DBInstanceIdentifier": "another", "SourceDBInstanceIdentifier": shop.look(EAST, "sealed")["DBInstanceArn"]}
    with refused("InvalidParameterCombination"):
        shop.rds[WEST].create_db_instance_read_replica(**asked)
    with refused("KMSKeyNotAccessibleFault"):
        shop.rds[WEST].create_db_instance_read_replica(**asked, KmsKeyId=sealed[EAST])
    replica = shop.look(WEST, "sealed")
    assert replica["KmsKeyId"] == sealed[WEST]
    assert replica["DBSubnetGroup"]["DBSubnetGroupName"] == "inner"
    assert replica["TagList"] == [{"Key": "role", "Value": "standby"}]


@pytest.mark.usefixtures("sealed")
def test_a_renamed_source_keeps_its_replica(shop: Shop) -> None:
    """The replica names the new ARN and goes on receiving."""
    shop.rename(EAST, "sealed", "renamed")
    assert shop.look(WEST, "sealed")["ReadReplicaSourceDBInstanceIdentifier"] == f"arn:aws:rds:{EAST}:123456789012:db:renamed"
    shop.sql(EAST, "renamed", "insert into orders values (1)")
    until(lambda: shop.ids(WEST, "sealed") == [1])
    shop.rename(EAST, "renamed", "sealed")


def test_a_deleted_replica_leaves_nothing_at_its_source(shop: Shop, pair: str) -> None:
    """Its slot would keep the log for ever."""
    slots: LiteralString = "select count(*) from pg_replication_slots"
    shop.rds[EAST].create_db_instance_read_replica(DBInstanceIdentifier="reader", SourceDBInstanceIdentifier=pair)
    shop.settle(EAST, "reader")
    assert shop.look(EAST, "reader")["ReadReplicaSourceDBInstanceIdentifier"] == pair
    assert "reader" in shop.look(EAST, pair)["ReadReplicaDBInstanceIdentifiers"]
    assert shop.sql(EAST, pair, slots) == [(2,)]
    shop.rds[EAST].delete_db_instance(DBInstanceIdentifier="reader")
    until(lambda: shop.sql(EAST, pair, slots) == [(1,)])
    assert "reader" not in shop.look(EAST, pair)["ReadReplicaDBInstanceIdentifiers"]


# A region is lost


def test_a_lost_region_and_the_way_back(shop: Shop) -> None:
    """Promotion keeps what arrived; the old writer returns with what did not; renamed, it makes room for a replica of its old name."""
    shop.create("lost")
    shop.replicate("lost")
    shop.sql(EAST, "lost", "insert into orders values (1)")
    until(lambda: shop.ids(WEST, "lost") == [1])
    shop.control.ask("POST", "links/cut", {"source": EAST, "target": WEST})
    shop.sql(EAST, "lost", "insert into orders values (2)")
    shop.control.break_region(EAST, "refuse")
    with refused("InvalidDBInstanceState"):
        shop.rds[WEST].create_db_instance_read_replica(
            DBInstanceIdentifier="another", SourceDBInstanceIdentifier=f"arn:aws:rds:{EAST}:123456789012:db:lost"
        )
    shop.lab.times.promote = 9999.0  # until it is shortened
    shop.rds[WEST].promote_read_replica(DBInstanceIdentifier="lost", BackupRetentionPeriod=7)
    meanwhile = shop.look(WEST, "lost")
    assert meanwhile["DBInstanceStatus"] == "modifying"
    assert "ReadReplicaSourceDBInstanceIdentifier" in meanwhile
    shop.lab.times.promote = 0.0
    shop.settle(WEST, "lost")
    assert "ReadReplicaSourceDBInstanceIdentifier" not in shop.look(WEST, "lost")
    assert shop.look(WEST, "lost")["BackupRetentionPeriod"] == 7
    shop.sql(WEST, "lost", "insert into orders values (3)")
    assert shop.ids(WEST, "lost") == [1, 3]

    shop.control.ask("POST", "links/heal", {"source": EAST, "target": WEST})
    shop.control.heal_region(EAST)
    shop.settle(EAST, "lost")
    assert shop.ids(EAST, "lost") == [1, 2]
    assert shop.look(EAST, "lost")["ReadReplicaDBInstanceIdentifiers"] == []
    assert shop.sql(EAST, "lost", "select slot_name from pg_replication_slots") == []

    shop.rename(EAST, "lost", "lost-before", DBParameterGroupName="other")
    assert shop.look(EAST, "lost-before")["DBInstanceArn"] == f"arn:aws:rds:{EAST}:123456789012:db:lost-before"
    assert shop.apply_status(EAST, "lost-before") == "in-sync"
    shop.replicate("lost", source=WEST, target=EAST)
    assert shop.ids(EAST, "lost") == [1, 3]

    shop.rds[EAST].promote_read_replica(DBInstanceIdentifier="lost")
    shop.settle(EAST, "lost")
    shop.sql(EAST, "lost", "insert into orders values (4)")
    assert shop.ids(EAST, "lost") == [1, 3, 4]
    until(lambda: shop.sql(WEST, "lost", "select slot_name from pg_replication_slots") == [])


def test_a_closed_sandbox_leaves_nothing(tmp_path: Path) -> None:
    """No process, no data."""
    with running(tmp_path, sandbox.rds) as lab:
        shop = Shop(lab)
        shop.create("short-lived")
        home = PostgresBackend.estate.home
        assert processes.living(tmp_path)
        assert any(home.iterdir())
    assert not processes.living(tmp_path)
    assert not home.exists()
