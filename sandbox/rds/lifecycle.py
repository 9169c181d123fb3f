"""The slow work behind the operations on one instance; each runs on a thread of its own, outside the emulator's lock."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.secretsmanager.models import secretsmanager_backends

from sandbox.emulator import one_at_a_time
from sandbox.postgres import restore_command
from sandbox.rds import replication, roles
from sandbox.rds.errors import InvalidValue, RestoreNotEnabled

if TYPE_CHECKING:
    from sandbox.rds.backups import AutomatedBackup
    from sandbox.rds.instance import PostgresInstance
    from sandbox.rds.snapshots import PostgresSnapshot


def make(instance: "PostgresInstance", password: str) -> None:
    """Make an empty server with the master user and the database that were asked for."""
    instance.server.initialise()
    _first_start(instance)
    with instance.server.session() as session:
        roles.prepare(session, str(instance.master_username), password, instance.db_name)


def restore(instance: "PostgresInstance", base: Path) -> None:
    """Make a server from a base backup, as it was."""
    instance.server.adopt(base)
    _first_start(instance)


def restore_to_moment(instance: "PostgresInstance", base: Path, wal: Path, moment: datetime) -> None:
    """Make a server from a base backup and the log up to *moment*; one that is not in the log makes the start fail."""
    instance.server.adopt(base)
    instance.server.recover()
    target = {"recovery_target_time": moment.isoformat(), "recovery_target_action": "promote", "hot_standby": "off"}
    instance.configure(restore_command=restore_command(wal), **target)
    instance.power_on()
    instance.restart()


def modify(instance: "PostgresInstance", password: str | None, *, at_once: bool) -> None:
    """Do what a modification needs beyond the record: a rename restarts the instance, a password does not."""
    name = instance.pending_modified_values.pop("DBInstanceIdentifier", None) if at_once else None

    def steps() -> None:
        if password:
            with instance.server.session() as session:
                roles.set_password(session, str(instance.master_username), password)
        if name:
            _rename(instance, name)

    if name or password:
        instance.work("renaming" if name else "resetting-master-credentials", steps)


def stop(instance: "PostgresInstance", last: "PostgresSnapshot | None") -> None:
    if last is not None:
        last.take(instance)
    instance.server.stop()


def delete(instance: "PostgresInstance", last: "PostgresSnapshot | None") -> None:
    """Delete *instance*: what followed it is promoted in its own region, and left without a source in another, as RDS does."""
    if last is not None:
        last.take(instance)
    instance.server.stop()
    if instance.source is not None:
        replication.detach(instance)
    for follower in list(instance.followers):
        _bereave(follower)
    instance.vanish()
    with one_at_a_time:
        instance.backend.databases.pop(instance.db_instance_identifier, None)


def moment_to_restore(backup: "AutomatedBackup", asked: Mapping[str, Any]) -> datetime:
    """Return the moment that was asked for; raise RDS's error when the backup does not reach it."""
    if backup.window is None:
        raise RestoreNotEnabled(str(backup.instance.db_instance_identifier))
    earliest, latest = backup.window
    if asked.get("use_latest_restorable_time"):
        return latest
    wanted = asked.get("restore_time")
    if wanted is None:
        raise InvalidValue("Either RestoreTime or UseLatestRestorableTime must be given.")
    moment = wanted if isinstance(wanted, datetime) else datetime.fromisoformat(str(wanted))
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not earliest <= moment < latest:
        raise InvalidValue(f"The restore time {moment.isoformat()} is not from {earliest.isoformat()} on and before {latest.isoformat()}.")
    return moment


def password_of(asked: Mapping[str, Any], instance: "PostgresInstance") -> str:
    """Return the master password: the one that was given, or the one in the secret that RDS manages."""
    if not instance.manage_master_user_password:
        return str(asked.get("master_user_password") or "")
    secrets = secretsmanager_backends[instance.account_id][instance.region]
    secret = secrets.get_secret_value(instance.master_user_secret.secret_arn, "", "AWSCURRENT")
    return str(json.loads(secret["SecretString"])["password"])


def _first_start(instance: "PostgresInstance") -> None:
    instance.take_up_everything()
    instance.power_on()


def _rename(instance: "PostgresInstance", name: str) -> None:
    """List *instance* under its new name; replicas and sources know it by the object, so their links follow."""
    instance.estate.pause(lambda times: times.rename)
    databases = instance.backend.databases
    with one_at_a_time:
        databases.pop(instance.db_instance_identifier, None)
        instance.db_instance_identifier = name
        databases[instance.db_instance_identifier] = instance
    instance.restart()


def _bereave(follower: "PostgresInstance") -> None:
    if follower.source is None:
        return
    if follower.region == follower.source.source.region:
        follower.work("modifying", lambda: replication.promote(follower))
    else:
        follower.source.status = "terminated"
