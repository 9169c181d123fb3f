"""RDS on real PostgreSQL, asked as the runbooks ask it: boto3 over HTTP, psycopg at the endpoint it names."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

import sandbox.rds
from sandbox import processes
from sandbox.client import Client
from sandbox.lab import Lab
from sandbox.rds.archive import segment_end
from sandbox.rds.models import PostgresBackend
from tests.sandbox.parts import EAST, WEST, client, running, until

USER, PASSWORD = "solemate", "correct-horse"
FENCE = "default_transaction_read_only"


class Shop:
    """Two regions' databases, and one client for each."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.control = lab, Client(lab.endpoint)
        self.rds = {region: client(lab, "rds", region) for region in (EAST, WEST)}
        for region in (EAST, WEST):
            for group in ("orders", "other"):
                self.rds[region].create_db_parameter_group(
                    DBParameterGroupName=group, DBParameterGroupFamily="postgres18", Description="of the tests"
                )

    def create(self, name: str, **more: object) -> None:
        self.rds[EAST].create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=20,
            MasterUsername=USER,
            MasterUserPassword=PASSWORD,
            DBName="orders",
            DBParameterGroupName="orders",
            BackupRetentionPeriod=7,
            **more,
        )
        self.settle(EAST, name)
        self.sql(EAST, name, "create table orders (id int primary key)")

    def replicate(self, name: str, source: str = EAST, target: str = WEST, **more: object) -> None:
        arn = self.look(source, name)["DBInstanceArn"]
        self.rds[target].create_db_instance_read_replica(
            DBInstanceIdentifier=name, SourceDBInstanceIdentifier=arn, DBParameterGroupName="orders", **more
        )
        self.settle(target, name)

    def rename(self, region: str, name: str, new: str, **more: object) -> None:
        self.rds[region].modify_db_instance(DBInstanceIdentifier=name, NewDBInstanceIdentifier=new, ApplyImmediately=True, **more)
        self.settle(region, new)

    def look(self, region: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.rds[region].describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return found

    def settle(self, region: str, name: str) -> None:
        """Wait until the instance is available under *name*."""

        def available() -> bool:
            time.sleep(0.1)  # gently: asking costs more than what is waited for
            found = self.rds[region].describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": [name]}])["DBInstances"]
            return bool(found and found[0]["DBInstanceStatus"] == "available")

        until(available, within=60)

    def connect(self, region: str, name: str, user: str = USER, password: str = PASSWORD) -> psycopg.Connection[Any]:
        endpoint = self.look(region, name)["Endpoint"]
        where = {"host": endpoint["Address"], "port": endpoint["Port"], "dbname": "orders"}
        return psycopg.connect(**where, user=user, password=password, autocommit=True, connect_timeout=5)

    def sql(self, region: str, name: str, query: LiteralString) -> list[tuple[Any, ...]]:
        with self.connect(region, name) as session:
            answer = session.execute(query)
            return answer.fetchall() if answer.description else []

    def ids(self, region: str, name: str) -> list[int]:
        return [number for (number,) in self.sql(region, name, "select id from orders order by id")]

    def set(self, region: str, parameter: str, value: str, how: str = "immediate", group: str = "orders") -> None:
        asked = {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": how}
        self.rds[region].modify_db_parameter_group(DBParameterGroupName=group, Parameters=[asked])

    def apply_status(self, region: str, name: str) -> str:
        return str(self.look(region, name)["DBParameterGroups"][0]["ParameterApplyStatus"])

    def fence(self, region: str, name: str, on: bool) -> None:
        self.set(region, FENCE, "1" if on else "0")
        until(lambda: self.apply_status(region, name) == "in-sync")


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


def refused(code: str) -> pytest.RaisesExc[ClientError]:
    return pytest.raises(ClientError, match=rf"\({code}\)")


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


# Restores


def test_a_snapshot_can_be_restored_in_the_other_region(shop: Shop, pair: str) -> None:
    """Taken here, copied there, restored there: the rows of the moment it was taken."""
    before = shop.ids(EAST, pair)
    taken = shop.rds[EAST].create_db_snapshot(DBInstanceIdentifier=pair, DBSnapshotIdentifier="first")["DBSnapshot"]
    assert taken["Status"] == "creating"
    until_snapshot(shop, EAST, "first")
    shop.sql(EAST, pair, "insert into orders values (40)")
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


def test_replicated_backups_restore_to_the_moment_after_their_region_is_lost(shop: Shop, pair: str) -> None:
    """Their window is honest: the moment just before a corruption is restored in the other region, with every row and no other."""
    east, west = shop.rds[EAST], shop.rds[WEST]
    started = west.start_db_instance_automated_backups_replication(
        SourceDBInstanceArn=shop.look(EAST, pair)["DBInstanceArn"], BackupRetentionPeriod=7
    )["DBInstanceAutomatedBackup"]
    assert started["Region"] == EAST
    (copied,) = shop.look(EAST, pair)["DBInstanceAutomatedBackupsReplications"]
    arn = copied["DBInstanceAutomatedBackupsArn"]
    shop.sql(EAST, pair, "insert into orders select generate_series(1000, 1099)")
    whole = shop.ids(EAST, pair)
    ((moment,),) = shop.sql(EAST, pair, "select clock_timestamp()")
    shop.sql(EAST, pair, "delete from orders where id % 2 = 0")
    until(lambda: window(west, arn)[1] > moment, within=30)
    assert window(west, arn)[0] < moment
    until(lambda: shop.look(EAST, pair)["LatestRestorableTime"] > moment)
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
    shop.settle(EAST, pair)
    west.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=shop.look(EAST, pair)["DBInstanceArn"])
    assert {entry["Status"] for entry in backups(west, arn)} == {"retained"}
    assert east.describe_db_instances(DBInstanceIdentifier=pair)["DBInstances"][0]["DBInstanceAutomatedBackupsReplications"] == []


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
    shop.lab.times.promote = 0.5
    shop.rds[WEST].promote_read_replica(DBInstanceIdentifier="lost", BackupRetentionPeriod=7)
    meanwhile = shop.look(WEST, "lost")
    assert meanwhile["DBInstanceStatus"] == "modifying"
    assert "ReadReplicaSourceDBInstanceIdentifier" in meanwhile
    shop.settle(WEST, "lost")
    shop.lab.times.promote = 0.0
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
