"""Operations on instances: create, replicate, promote, modify, restart, delete."""

from typing import Any

from moto.rds.exceptions import DBInstanceAlreadyExists, DBInstanceNotFoundError
from moto.rds.models import DBInstance

from sandbox.rds import lifecycle, replication
from sandbox.rds.base import Base
from sandbox.rds.errors import InvalidCombination, InvalidInstanceState
from sandbox.rds.instance import AT_REST, PostgresInstance


class InstanceOperations(Base):
    def create_db_instance(self, db_kwargs: dict[str, Any]) -> DBInstance:
        if db_kwargs.get("engine") != "postgres":
            return super().create_db_instance(db_kwargs)
        self._check_version(db_kwargs.get("engine_version"))
        key = db_kwargs.get("kms_key_id")
        instance = self.new_instance({**db_kwargs, "kms_key_id": self.checked_key(key) if key else None})
        password = lifecycle.password_of(db_kwargs, instance)
        instance.work("creating", lambda: lifecycle.make(instance, password))
        return instance

    def create_db_instance_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        source = self.source_named(db_kwargs["source_db_instance_identifier"])
        if not isinstance(source, PostgresInstance):
            return super().create_db_instance_read_replica(db_kwargs)
        key = self.key_for(source, db_kwargs)
        replica = self.new_instance({**source.inherited(), "backup_retention_period": 0, **db_kwargs, "kms_key_id": key})
        replication.attach(replica, source)
        replica.work("creating", lambda: replication.build(replica))
        return replica

    def promote_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        replica = self.named(db_kwargs["db_instance_identifier"])
        if not isinstance(replica, PostgresInstance):
            return super().promote_read_replica(db_kwargs)
        if replica.source is None:
            raise InvalidInstanceState(f"DB Instance {replica.db_instance_identifier} is not a read replica.")
        replica.require_available()
        changes = {name: value for name in ("backup_retention_period", "preferred_backup_window") if (value := db_kwargs.get(name))}

        def promote() -> None:
            replication.promote(replica)
            replica.update(**{"backup_retention_period": 1, **changes})

        replica.work("modifying", promote)
        return replica

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
        database = self.named(db_instance_identifier)
        if not isinstance(database, PostgresInstance):
            return super().modify_db_instance(db_instance_identifier, db_kwargs)
        database.require_available()
        name, password = db_kwargs.pop("new_db_instance_identifier", None), db_kwargs.pop("master_user_password", None)
        if name and name in self.databases:
            raise DBInstanceAlreadyExists
        if name:
            self._validate_db_identifier(name)
        super().modify_db_instance(db_instance_identifier, db_kwargs)
        database.pending_modified_values |= {"DBInstanceIdentifier": name} if name else {}
        lifecycle.modify(database, password, at_once=bool(db_kwargs.get("apply_immediately")))
        return database

    def reboot_db_instance(self, db_instance_identifier: str) -> DBInstance:
        database = self.named(db_instance_identifier)
        if isinstance(database, PostgresInstance):
            database.require_available()
            database.work("rebooting", database.restart)
        return database

    def stop_db_instance(self, db_instance_identifier: str, db_snapshot_identifier: str | None = None) -> DBInstance:
        database = self.named(db_instance_identifier)
        if not isinstance(database, PostgresInstance):
            return super().stop_db_instance(db_instance_identifier, db_snapshot_identifier)
        database.require_available()
        if database.source or database.followers:
            raise InvalidInstanceState(f"Cannot stop {db_instance_identifier}: it is or has a read replica.")
        last = self.new_snapshot(database, db_snapshot_identifier) if db_snapshot_identifier else None
        database.work("stopping", lambda: lifecycle.stop(database, last), then="stopped")
        return database

    def start_db_instance(self, db_instance_identifier: str) -> DBInstance:
        database = self.named(db_instance_identifier)
        if not isinstance(database, PostgresInstance):
            return super().start_db_instance(db_instance_identifier)
        if database.status != "stopped":
            raise InvalidInstanceState(f"Instance {db_instance_identifier} is not stopped, it cannot be started.")
        database.work("starting", database.restart)
        return database

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> DBInstance:
        if db_instance_identifier not in self.databases:
            raise DBInstanceNotFoundError(db_instance_identifier)
        database = self.databases[db_instance_identifier]
        if not isinstance(database, PostgresInstance):
            return super().delete_db_instance(
                db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, delete_automated_backups
            )
        _check_deletion(database, final_db_snapshot_identifier, skip=bool(skip_final_snapshot))
        last = self.new_snapshot(database, final_db_snapshot_identifier) if final_db_snapshot_identifier else None
        database.work("deleting", lambda: lifecycle.delete(database, last), then="deleting")
        return database

    def _check_version(self, asked: str | None) -> None:
        """Refuse a major version that the sandbox's PostgreSQL is not, rather than show what does not run."""
        runs = self.estate.programs.version
        if asked and asked.split(".")[0] != runs.split(".")[0]:
            raise InvalidCombination(f"Cannot find version {asked} for postgres: this sandbox runs {runs}.")


def _check_deletion(database: PostgresInstance, last: str | None, *, skip: bool) -> None:
    if database.deletion_protection:
        raise InvalidCombination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if database.status == "deleting":
        raise InvalidInstanceState(f"Instance {database.db_instance_identifier} is already being deleted.")
    if database.status not in AT_REST:
        database.require_available()
    if last and (skip or database.source):
        raise InvalidCombination("FinalDBSnapshotIdentifier cannot be specified for a read replica, nor when SkipFinalSnapshot is enabled.")
    if not (last or skip or database.source):
        raise InvalidCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
