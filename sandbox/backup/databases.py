"""RDS in AWS Backup: real snapshots, taken, copied and restored by the sandbox's own RDS."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from moto.rds.exceptions import DBSnapshotNotFoundFault
from moto.rds.models import DBSnapshot, RDSBackend, rds_backends

from sandbox.backup.records import Order, Saved
from sandbox.emulator import one_at_a_time
from sandbox.rds.snapshots import PostgresSnapshot

POLL = 0.1
PAGE = 8192
FIRST_OF_USERS = 16384
"""PostgreSQL's page in bytes, and the first file number that is not of its own catalogs."""


@dataclass(frozen=True, slots=True)
class SavedDatabase:
    """A snapshot's identifier and region; the snapshot itself is RDS's."""

    snapshot: str
    region: str


class DatabaseKind:
    """RDS instances of one account. A running backup cannot be stopped, as on AWS."""

    name = "RDS"
    can_stop = False
    needs_metadata = "DBInstanceIdentifier"
    takes: tuple[str, ...] = ("VpcSecurityGroupIds",)

    def __init__(self, account: str, wanted: Callable[[], None]) -> None:
        self._account, self._wanted = account, wanted

    def resource_name(self, resource_arn: str, region: str) -> str | None:
        database = self._rds(region).databases.get(_identifier(resource_arn))
        return database.db_instance_identifier if database is not None and database.arn == resource_arn else None

    def save(self, resource_arn: str, order: Order) -> Saved:
        """Take a snapshot. It stays under the instance's own key: the vault's is for fully managed types."""
        identifier = f"awsbackup:job-{order.job_id.lower()}"
        tags = [{"Key": name, "Value": value} for name, value in order.tags.items()]
        with one_at_a_time:
            self._rds(order.region).create_db_snapshot(_identifier(resource_arn), identifier, tags=tags)
        return self._saved(identifier, order.region)

    def copy(self, saved: Saved, order: Order) -> Saved:
        identifier = f"awsbackup:copyjob-{order.job_id.lower()}"
        key = order.key if saved.encryption_key_arn else None
        with one_at_a_time:
            self._rds(order.region).copy_db_snapshot(saved.recovery_point_arn, identifier, kms_key_id=key, copy_tags=True)
        return self._saved(identifier, order.region)

    def delete(self, saved: Saved) -> None:
        contents = _contents(saved)
        if contents.snapshot in self._rds(contents.region).database_snapshots:
            self._rds(contents.region).delete_db_snapshot(contents.snapshot)

    def restore_metadata(self, saved: Saved) -> dict[str, str]:
        database = self._snapshot(_contents(saved)).database
        values = {
            "DBInstanceIdentifier": database.db_instance_identifier,
            "DBInstanceClass": database.db_instance_class,
            "Engine": database.engine,
            "DBName": database.db_name,
            "AllocatedStorage": database.allocated_storage,
            "StorageType": database.storage_type,
            "Port": database.port,
            "MultiAZ": database.multi_az,
            "PubliclyAccessible": database.publicly_accessible,
            "AutoMinorVersionUpgrade": database.auto_minor_version_upgrade,
            "CopyTagsToSnapshot": database.copy_tags_to_snapshot,
            "DeletionProtection": database.deletion_protection,
            "DBSubnetGroupName": database._db_subnet_group_name,
            "DBParameterGroupName": database.db_parameter_group_name,
        }
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items() if value is not None}

    def restore(self, saved: Saved, region: str, metadata: Mapping[str, str]) -> str:
        rds = self._rds(region)
        with one_at_a_time:
            database = rds.restore_db_instance_from_db_snapshot(_contents(saved).snapshot, _overrides(metadata))
        self._wait(lambda: rds.databases[database.db_instance_identifier].status, f"instance {database.db_instance_identifier}")
        return str(database.arn)

    def as_test(self, name: str) -> dict[str, str]:
        return {"DBInstanceIdentifier": name, "DeletionProtection": "false"}

    def clear_away(self, resource_arn: str) -> None:
        rds, name = self._rds(resource_arn.split(":")[3]), _identifier(resource_arn)
        with one_at_a_time:
            if name in rds.databases:
                rds.delete_db_instance(name, skip_final_snapshot=True)
        while name in rds.databases:
            time.sleep(POLL)

    def damage(self, saved: Saved, how: str) -> None:
        """``flipped``: a byte of every page of every table of its owner is another, as bit rot would have it. It stays available."""
        if how != "flipped":
            raise ValueError("a database's backup can be flipped")
        snapshot = cast(PostgresSnapshot, self._snapshot(_contents(saved)))
        for file in (snapshot.folder / "base").rglob("[0-9]*"):
            if file.is_file() and int(re.split(r"[._]", file.name)[0]) >= FIRST_OF_USERS:
                body = bytearray(file.read_bytes())
                for place in range(PAGE // 2, len(body), PAGE):
                    body[place] ^= 255
                file.write_bytes(body)

    def _saved(self, identifier: str, region: str) -> Saved:
        """Wait until the snapshot can be used; its size is 0, which is what AWS Backup reports for an RDS instance."""
        contents = SavedDatabase(identifier, region)
        self._wait(lambda: self._snapshot(contents).status, f"snapshot {identifier}")
        snapshot = self._snapshot(contents)
        return Saved(snapshot.db_snapshot_arn, 0, snapshot.kms_key_id if snapshot.encrypted else None, contents)

    def _wait(self, status: Callable[[], str | None], what: str) -> None:
        while (found := status()) != "available":
            if found in {"failed", "incompatible-restore", "deleting"}:
                raise RuntimeError(f"{what} is {found}")
            self._wanted()
            time.sleep(POLL)

    def _snapshot(self, contents: SavedDatabase) -> DBSnapshot:
        found = self._rds(contents.region).database_snapshots.get(contents.snapshot)
        if found is None:
            raise DBSnapshotNotFoundFault(contents.snapshot)
        return found

    def _rds(self, region: str) -> RDSBackend:
        return rds_backends[self._account][region]


def _overrides(metadata: Mapping[str, str]) -> dict[str, object]:
    """Return *metadata* as the arguments that moto's restore takes: snake case, numbers and truth values typed, lists from JSON."""
    names = {
        "DBInstanceIdentifier": "db_instance_identifier",
        "DBInstanceClass": "db_instance_class",
        "DBSubnetGroupName": "db_subnet_group_name",
        "DBParameterGroupName": "db_parameter_group_name",
        "Port": "port",
        "MultiAZ": "multi_az",
        "PubliclyAccessible": "publicly_accessible",
        "DeletionProtection": "deletion_protection",
        "CopyTagsToSnapshot": "copy_tags_to_snapshot",
    }
    given = {names[name]: _typed(value) for name, value in metadata.items() if name in names}
    groups = metadata.get("VpcSecurityGroupIds")
    return given | ({"vpc_security_group_ids": json.loads(groups)} if groups else {})


def _typed(value: str) -> object:
    return {"true": True, "false": False}.get(value.lower(), int(value) if value.isdecimal() else value)


def _contents(saved: Saved) -> SavedDatabase:
    return cast(SavedDatabase, saved.contents)


def _identifier(resource_arn: str) -> str:
    return resource_arn.rpartition(":")[2]
