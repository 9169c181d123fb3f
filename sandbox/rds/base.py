"""What the operations of one region share: looking up, checking and listing instances, snapshots and keys."""

from collections.abc import Mapping
from typing import Any, ClassVar

from moto.core.exceptions import JsonRESTError
from moto.rds.exceptions import (
    DBInstanceAlreadyExists,
    DBSnapshotAlreadyExistsError,
    DBSubnetGroupNotFoundError,
    KMSKeyNotAccessibleFault,
)
from moto.rds.models import DBInstance, RDSBackend

from sandbox.rds.backups import AutomatedBackup
from sandbox.rds.errors import InvalidCombination, InvalidInstanceState
from sandbox.rds.estate import Estate
from sandbox.rds.instance import PostgresInstance
from sandbox.rds.pulse import Pulse
from sandbox.rds.snapshots import PostgresSnapshot

Asked = Mapping[str, Any]
"""What the request named, each in snake case."""


class Base(RDSBackend):
    """``estate`` is set by :func:`sandbox.rds.install` before the first backend is made; ``backups`` are this region's, by ARN."""

    estate: ClassVar[Estate]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.backups: dict[str, AutomatedBackup] = {}

    def reset(self) -> None:
        for instance in self.estate.within(self.region_name):
            instance.vanish()
        super().reset()

    def named(self, identifier: str) -> DBInstance:
        return self.describe_db_instances(identifier)[0]

    def source_named(self, name: str) -> DBInstance:
        """Return the instance with this identifier or ARN, when something can be copied from it."""
        source = self.find_db_from_id(name)
        if not isinstance(source, PostgresInstance):
            return source
        if self.estate.is_dark(source.region):
            raise InvalidInstanceState(f"DB instance {name} isn't in available state: {source.region} does not answer.")
        source.require_available()
        if not source.backup_retention_period:
            raise InvalidInstanceState(
                "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance"
                " to set the backup retention period to a non-zero value."
            )
        return source

    def key_for(self, source: PostgresInstance, asked: Asked) -> str | None:
        """Return the key that encrypts a copy of *source* in this region; another region's key cannot."""
        key = asked.get("kms_key_id")
        if key:
            return self.checked_key(key)
        if source.storage_encrypted and source.region != self.region_name:
            raise InvalidCombination("A copy of an encrypted instance in another region needs a KMS key of that region.")
        return source.kms_key_id

    def checked_key(self, key: str) -> str:
        try:
            return str(self._validate_kms_key(key))
        except JsonRESTError:
            raise KMSKeyNotAccessibleFault(key) from None

    def new_instance(self, asked: Asked) -> PostgresInstance:
        """List a new instance, look after it, and leave the rest to the caller's work."""
        name = asked["db_instance_identifier"]
        if name in self.databases:
            raise DBInstanceAlreadyExists
        self._validate_db_identifier(name)
        given = {each: value for each, value in asked.items() if value is not None}
        if (group := given.get("db_subnet_group_name")) and group not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(group)
        instance = PostgresInstance(self, self.estate, **given)  # type: ignore[abstract]  # as moto's own DBInstance is
        self.databases[instance.db_instance_identifier] = instance
        backup = AutomatedBackup(instance, self.region_name)
        self.backups[backup.arn] = backup
        instance.add_event("DB_INSTANCE_CREATE")
        self.estate.in_background(Pulse(instance).beat, f"pulse of {instance.db_instance_identifier}")
        return instance

    def new_snapshot(self, database: PostgresInstance, name: str, **asked: Any) -> PostgresSnapshot:
        if name in self.database_snapshots:
            raise DBSnapshotAlreadyExistsError(name)
        snapshot = PostgresSnapshot(self, self.estate, database, name, **asked)
        self.database_snapshots[snapshot.db_snapshot_identifier] = snapshot
        return snapshot
