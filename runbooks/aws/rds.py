"""RDS: instances, replicas, parameters and automated backups of one region."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runbooks.aws.session import Door
from runbooks.errors import Busy, NotFound, Rejected

READ_ONLY = "default_transaction_read_only"


@dataclass(frozen=True, slots=True)
class Instance:
    """One database instance. ``replica_of`` is its source's ARN (or identifier, within a region); ``replication`` RDS's word for it."""

    identifier: str
    arn: str
    status: str
    host: str
    port: int
    replica_of: str
    replication: str
    parameter_group: str
    subnet_group: str
    security_groups: tuple[str, ...]
    instance_class: str
    latest_restorable: datetime | None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def writer(self) -> bool:
        return not self.replica_of


@dataclass(frozen=True, slots=True)
class ReplicatedBackup:
    """Automated backups of *source_arn*, kept in this region; restorable up to *latest*."""

    source_arn: str
    arn: str
    status: str
    latest: datetime | None


def instances(door: Door) -> dict[str, Instance]:
    """Return every instance of the region by identifier: one call serves every question."""
    return {entry["DBInstanceIdentifier"]: _instance(entry) for entry in door.pages("rds", "describe_db_instances", "DBInstances")}


def _instance(entry: Mapping[str, Any]) -> Instance:
    endpoint = entry.get("Endpoint") or {}
    statuses = [info["Status"] for info in entry.get("StatusInfos", []) if info.get("StatusType") == "read replication"]
    return Instance(
        identifier=entry["DBInstanceIdentifier"],
        arn=entry["DBInstanceArn"],
        status=entry["DBInstanceStatus"],
        host=endpoint.get("Address", ""),
        port=int(endpoint.get("Port", 0)),
        replica_of=entry.get("ReadReplicaSourceDBInstanceIdentifier") or "",
        replication=statuses[0] if statuses else "",
        parameter_group=next((group["DBParameterGroupName"] for group in entry.get("DBParameterGroups", [])), ""),
        subnet_group=(entry.get("DBSubnetGroup") or {}).get("DBSubnetGroupName", ""),
        security_groups=tuple(group["VpcSecurityGroupId"] for group in entry.get("VpcSecurityGroups", [])),
        instance_class=entry.get("DBInstanceClass", ""),
        latest_restorable=entry.get("LatestRestorableTime"),
        tags={tag["Key"]: tag.get("Value", "") for tag in entry.get("TagList", [])},
    )


def _once(door: Door, operation: str, refused_as: str, **arguments: object) -> None:
    """Ask for what can happen once only.

    RDS refuses it with a code like *refused_as* when an attempt whose answer was lost took effect, or when the instance is in the
    middle of something else. Either way whoever asks must look again: raises :class:`Busy`.
    """
    try:
        door.call("rds", operation, **arguments)
    except (NotFound, Rejected) as error:
        if re.search(refused_as, error.code):
            raise Busy(error.message, "look at the instance's status and events", error.code) from error
        raise


def promote(door: Door, identifier: str, retention_days: int) -> None:
    _once(door, "promote_read_replica", "InvalidDBInstanceState", DBInstanceIdentifier=identifier, BackupRetentionPeriod=retention_days)


def retire(door: Door, identifier: str, name: str, parameter_group: str) -> None:
    """Rename the instance to *name* and give it *parameter_group*; the rename reboots it, so the group takes hold at once."""
    _once(
        door,
        "modify_db_instance",
        "DBInstanceNotFound|InvalidDBInstanceState",
        DBInstanceIdentifier=identifier,
        NewDBInstanceIdentifier=name,
        DBParameterGroupName=parameter_group,
        ApplyImmediately=True,
    )


def rename(door: Door, identifier: str, name: str, *, retention_days: int | None = None) -> None:
    """Rename the instance to *name*, and keep its backups for *retention_days* if given; the rename reboots it."""
    _once(
        door,
        "modify_db_instance",
        "DBInstanceNotFound|InvalidDBInstanceState|DBInstanceAlreadyExists",
        DBInstanceIdentifier=identifier,
        NewDBInstanceIdentifier=name,
        BackupRetentionPeriod=retention_days,
        ApplyImmediately=True,
    )


def unprotect(door: Door, identifier: str) -> None:
    """Let the instance be deleted."""
    refused = "DBInstanceNotFound|InvalidDBInstanceState"
    _once(door, "modify_db_instance", refused, DBInstanceIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True)


def delete(door: Door, identifier: str) -> None:
    """Delete the instance with its automated backups, and keep no snapshot of it."""
    _once(
        door,
        "delete_db_instance",
        "DBInstanceNotFound|InvalidDBInstanceState|InvalidParameterCombination",
        DBInstanceIdentifier=identifier,
        SkipFinalSnapshot=True,
        DeleteAutomatedBackups=True,
    )


def create_replica(door: Door, identifier: str, source_arn: str, *, like: Instance, parameter_group: str, key: str) -> None:
    """Create a replica of *source_arn* in the door's region, sized and placed *like* the instance it replaces."""
    _once(
        door,
        "create_db_instance_read_replica",
        "DBInstanceAlreadyExists",
        DBInstanceIdentifier=identifier,
        SourceDBInstanceIdentifier=source_arn,
        SourceRegion=region_of(source_arn),
        DBInstanceClass=like.instance_class,
        DBSubnetGroupName=like.subnet_group or None,
        VpcSecurityGroupIds=list(like.security_groups) or None,
        DBParameterGroupName=parameter_group,
        KmsKeyId=key,
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
    )


def region_of(arn: str) -> str:
    """Return the region in *arn*. RDS wants a request signed for the source region too; botocore signs it when told which."""
    return arn.split(":")[3]


def read_only(door: Door, parameter_group: str) -> bool:
    """Return whether new transactions are read-only under *parameter_group*."""
    pages = door.pages("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=parameter_group, Source="user")
    return any(entry["ParameterName"] == READ_ONLY and entry.get("ParameterValue") in ("1", "on", "true") for entry in pages)


def set_read_only(door: Door, parameter_group: str, wanted: bool) -> None:
    """Make new transactions under *parameter_group* read-only, or not, unless they are; PostgreSQL takes it up without a restart."""
    if read_only(door, parameter_group) == wanted:
        return
    parameter = {"ParameterName": READ_ONLY, "ParameterValue": "1" if wanted else "0", "ApplyMethod": "immediate"}
    door.call("rds", "modify_db_parameter_group", DBParameterGroupName=parameter_group, Parameters=[parameter])


def replicated_backups(door: Door) -> tuple[ReplicatedBackup, ...]:
    """Return the automated backups that are replicated into the door's region."""
    entries = door.pages("rds", "describe_db_instance_automated_backups", "DBInstanceAutomatedBackups")
    return tuple(
        ReplicatedBackup(
            source_arn=entry.get("DBInstanceArn", ""),
            arn=entry.get("DBInstanceAutomatedBackupsArn", ""),
            status=entry.get("Status", ""),
            latest=(entry.get("RestoreWindow") or {}).get("LatestTime"),
        )
        for entry in entries
        if f":{door.region}:" not in entry.get("DBInstanceArn", "")
    )


def replicate_backups(door: Door, source_arn: str, retention_days: int, key: str) -> None:
    """Start copying *source_arn*'s automated backups into the door's region; called in the destination."""
    _once(
        door,
        "start_db_instance_automated_backups_replication",
        "InvalidDBInstance",
        SourceDBInstanceArn=source_arn,
        SourceRegion=region_of(source_arn),
        BackupRetentionPeriod=retention_days,
        KmsKeyId=key,
    )
