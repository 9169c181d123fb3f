"""Operations on snapshots and automated backups, and what is restored from them."""

from typing import Any, cast

from moto.rds.exceptions import DBInstanceNotFoundError
from moto.rds.models import DBInstance, DBSnapshot

from sandbox.rds import lifecycle
from sandbox.rds.backups import AutomatedBackup, ReplicatedBackup
from sandbox.rds.base import Base
from sandbox.rds.errors import BackupNotFound, InvalidCombination, InvalidInstanceState, InvalidValue, RestoreNotEnabled
from sandbox.rds.instance import PostgresInstance
from sandbox.rds.snapshots import PostgresSnapshot


class SnapshotOperations(Base):
    def create_db_snapshot(self, db_instance_identifier: str, db_snapshot_identifier: str, *args: Any, **asked: Any) -> DBSnapshot:
        database = self.databases.get(db_instance_identifier)
        if not isinstance(database, PostgresInstance):
            return super().create_db_snapshot(db_instance_identifier, db_snapshot_identifier, *args, **asked)
        database.require_available()
        snapshot = self.new_snapshot(database, db_snapshot_identifier, tags=asked.get("tags"))
        snapshot.in_background(lambda: snapshot.take(database))
        return snapshot

    def copy_db_snapshot(  # type: ignore[override]  # the rest of moto's arguments by name
        self, source_db_snapshot_identifier: str, target_db_snapshot_identifier: str, **asked: Any
    ) -> DBSnapshot:
        source = self.get_db_snapshot(source_db_snapshot_identifier)
        if not isinstance(source, PostgresSnapshot):
            return super().copy_db_snapshot(source_db_snapshot_identifier, target_db_snapshot_identifier, **asked)
        source.require_available()
        key = asked.get("kms_key_id")
        if source.encrypted and source.region != self.region_name and not key:
            raise InvalidCombination("A copy of an encrypted snapshot in another region needs a KMS key of that region.")
        tags = asked.get("tags") or (source.tags if asked.get("copy_tags") else None)
        snapshot = self.new_snapshot(
            cast(PostgresInstance, source.database),
            target_db_snapshot_identifier,
            tags=tags,
            kms_key_id=self.checked_key(key) if key else None,
            original_created_at=source.original_snapshot_create_time,
        )
        snapshot.in_background(lambda: snapshot.copy(source))
        return snapshot

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> DBSnapshot:
        snapshot = super().delete_db_snapshot(db_snapshot_identifier)
        if isinstance(snapshot, PostgresSnapshot):
            snapshot.discard()
        return snapshot

    def restore_db_instance_from_db_snapshot(self, from_snapshot_id: str, overrides: dict[str, Any]) -> DBInstance:
        snapshot = self.get_db_snapshot(from_snapshot_id)
        if not isinstance(snapshot, PostgresSnapshot):
            return super().restore_db_instance_from_db_snapshot(from_snapshot_id, overrides)
        snapshot.require_available()
        instance = self.new_instance(
            {**snapshot.inherited, "storage_encrypted": snapshot.encrypted, "kms_key_id": snapshot.kms_key_id, **overrides}
        )
        instance.work("creating", lambda: lifecycle.restore(instance, snapshot.folder))
        return instance


class BackupOperations(Base):
    def restore_db_instance_to_point_in_time(
        self, source_db_identifier: str, target_db_identifier: str, overrides: dict[str, Any]
    ) -> DBInstance:
        backup = self._backup_to_restore(source_db_identifier, overrides)
        if backup is None:
            return super().restore_db_instance_to_point_in_time(source_db_identifier, target_db_identifier, overrides)
        moment, base = lifecycle.moment_to_restore(backup, overrides), backup.base
        if base is None:
            raise RestoreNotEnabled(str(backup.instance.db_instance_identifier))
        given = {name: value for name, value in overrides.items() if not name.startswith("source_")}
        asked = {**backup.instance.inherited(), "kms_key_id": backup.key, **given, "db_instance_identifier": target_db_identifier}
        instance = self.new_instance(asked)
        instance.work("creating", lambda: lifecycle.restore_to_moment(instance, base, backup.wal, moment), otherwise="incompatible-restore")
        return instance

    def describe_db_instance_automated_backups(self, db_instance_identifier: str | None = None, **asked: Any) -> list[Any]:
        """Return this region's backups, its own and those copied into it, and moto's for other engines."""
        wanted = {
            "DBInstanceIdentifier": db_instance_identifier,
            "DbiResourceId": asked.get("dbi_resource_id"),
            "DBInstanceAutomatedBackupsArn": asked.get("db_instance_automated_backups_arn"),
        }
        described = [backup.describe() for backup in self._kept()]
        matching = [entry for entry in described if all(value in (None, entry[name]) for name, value in wanted.items())]
        of_ours_alone = wanted["DbiResourceId"] or wanted["DBInstanceAutomatedBackupsArn"]
        return matching if of_ours_alone else [*matching, *super().describe_db_instance_automated_backups(db_instance_identifier)]

    def start_automated_backups_replication(self, source_arn: str, retention: int, key: str | None) -> dict[str, Any]:
        source = self.source_named(source_arn)
        if not isinstance(source, PostgresInstance) or source.region == self.region_name:
            raise InvalidValue(f"{source_arn} is no PostgreSQL instance of another region.")
        if any(copy.region == self.region_name for copy in source.backup_copies):
            raise InvalidInstanceState(f"Automated backups of {source_arn} are replicated to {self.region_name} already.")
        backup = ReplicatedBackup(source, self.region_name, retention, self.key_for(source, {"kms_key_id": key}))
        self.backups[backup.arn] = backup
        backup.start()
        return backup.describe()

    def stop_automated_backups_replication(self, source_arn: str) -> dict[str, Any]:
        for backup in self.backups.values():
            if isinstance(backup, ReplicatedBackup) and backup.is_replicating and backup.instance.arn == source_arn:
                backup.stop()
                return backup.describe()
        raise DBInstanceNotFoundError(source_arn)

    def delete_automated_backup(self, arn: str) -> dict[str, Any]:
        backup = self.backups.get(arn)
        if not isinstance(backup, ReplicatedBackup):
            raise BackupNotFound(arn)
        del self.backups[arn]
        backup.discard()
        return backup.describe()

    def _backup_to_restore(self, source: str | None, asked: dict[str, Any]) -> AutomatedBackup | None:
        """Return the backup that is named by its ARN, its resource or its instance; None when moto must answer."""
        arn, resource = asked.get("source_db_instance_automated_backups_arn"), asked.get("source_dbi_resource_id")
        for backup in self._kept():
            if arn == backup.arn or resource == backup.instance.dbi_resource_id:
                return backup
        if arn or resource:
            raise BackupNotFound(str(arn or resource))
        instance = self.named(str(source))
        return next((backup for backup in self._kept() if backup.instance is instance), None)

    def _kept(self) -> list[AutomatedBackup]:
        return [backup for backup in self.backups.values() if backup.is_kept]
