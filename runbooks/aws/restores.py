"""What restores: RDS a database to a moment, AWS Backup a database or files from a recovery point; and what either can restore from."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from runbooks.aws.session import Door
from runbooks.errors import Busy, NotFound, Rejected

ENDED = ("COMPLETED", "FAILED", "ABORTED")


@dataclass(frozen=True, slots=True)
class Log:
    """Automated backups of *source*, an instance's ARN, kept in *region*: any moment from *earliest* to *latest* can be restored.

    They outlive their instance; ``resource`` is the name that RDS alone gave it.
    """

    source: str
    arn: str
    resource: str
    region: str
    status: str
    earliest: datetime | None
    latest: datetime | None

    @property
    def replicated(self) -> bool:
        return f":{self.region}:" not in self.source

    @property
    def origin(self) -> str:
        """What a restore names: the ARN of a replicated one; of one's own, the resource."""
        return self.arn if self.replicated else self.resource


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a restored instance is put and what it is: never left to what AWS infers, which is a default network that may not exist."""

    subnet_group: str
    security_groups: tuple[str, ...]
    parameter_group: str
    instance_class: str


@dataclass(frozen=True, slots=True)
class RestoreJob:
    """A restore job as AWS Backup tells it: ``status`` and ``message`` are its own words, ``made`` the ARN of what it restored."""

    id: str
    status: str
    message: str
    percent: str
    made: str


def logs(door: Door) -> tuple[Log, ...]:
    """Return the automated backups in the door's region: of its own instances, and those that are replicated into it."""
    entries = door.pages("rds", "describe_db_instance_automated_backups", "DBInstanceAutomatedBackups")
    found = ((entry, entry.get("RestoreWindow") or {}) for entry in entries)
    return tuple(
        Log(
            entry.get("DBInstanceArn", ""),
            entry.get("DBInstanceAutomatedBackupsArn", ""),
            entry.get("DbiResourceId", ""),
            door.region,
            entry.get("Status", ""),
            window.get("EarliestTime"),
            window.get("LatestTime"),
        )
        for entry, window in found
    )


def has_subnet_group(door: Door, name: str) -> bool:
    try:
        return bool(door.call("rds", "describe_db_subnet_groups", DBSubnetGroupName=name)["DBSubnetGroups"])
    except NotFound:
        return False


def restore_to_moment(door: Door, origin: str, name: str, moment: datetime, placed: Placed, tags: Mapping[str, str]) -> None:
    """Restore the log of this *origin* as the new instance *name*; raise :class:`Busy` when there is one: an answer may have been lost."""
    replicated = origin.startswith("arn:")
    try:
        door.call(
            "rds",
            "restore_db_instance_to_point_in_time",
            SourceDBInstanceAutomatedBackupsArn=origin if replicated else None,
            SourceDbiResourceId=None if replicated else origin,
            TargetDBInstanceIdentifier=name,
            RestoreTime=moment,
            DBInstanceClass=placed.instance_class,
            DBSubnetGroupName=placed.subnet_group,
            VpcSecurityGroupIds=list(placed.security_groups),
            DBParameterGroupName=placed.parameter_group,
            PubliclyAccessible=False,
            DeletionProtection=True,
            CopyTagsToSnapshot=True,
            Tags=_tags(tags),
        )
    except Rejected as error:
        if re.search("DBInstanceAlreadyExists", error.code):
            raise Busy(error.message, error.hint, error.code) from error
        raise


def tag(door: Door, arn: str, tags: Mapping[str, str]) -> None:
    door.call("rds", "add_tags_to_resource", ResourceName=arn, Tags=_tags(tags))


def start_restore(door: Door, point: str, role: str, name: str, placed: Placed, token: str) -> str:
    """Start the restore of *point* as the new instance *name* and return the job's id; repeated with the same *token*, the same job's."""
    metadata = {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": placed.instance_class,
        "DBSubnetGroupName": placed.subnet_group,
        "VpcSecurityGroupIds": json.dumps(placed.security_groups),
        "DBParameterGroupName": placed.parameter_group,
        "PubliclyAccessible": "false",
        "DeletionProtection": "true",
        "CopyTagsToSnapshot": "true",
    }
    started = door.call(
        "backup",
        "start_restore_job",
        RecoveryPointArn=point,
        Metadata=metadata,
        IamRoleArn=role,
        IdempotencyToken=token,
        ResourceType="RDS",
    )
    return str(started["RestoreJobId"])


@dataclass(frozen=True, slots=True)
class Landing:
    """Where AWS Backup puts files: a *bucket* of the same region that holds nothing under their keys, and the ARN of the *key* for them."""

    bucket: str
    key: str


def start_restore_of_files(
    door: Door, point: str, role: str, to: Landing, items: Sequence[str], moment: datetime | None, token: str
) -> str:
    """Start the restore of *point* and return the job's id; repeated with the same *token*, the same job's.

    *items* are at most five keys, or folders that end in a slash; none is all. A continuous point is restored to *moment*. AWS Backup
    writes the newest version of each object under its own key, and passes over keys that are there already. Of a copy it cannot use the
    original encryption, so the key is always said. Source: the AWS Backup guide, "Restore S3 data using AWS Backup".
    """
    metadata = {"DestinationBucketName": to.bucket, "EncryptionType": "SSE-KMS", "KMSKey": to.key, "RestoreACLs": "false"}
    if items:
        metadata["ItemsToRestore"] = json.dumps(list(items), ensure_ascii=False)
    if moment:
        metadata["RestoreTime"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    started = door.call(
        "backup", "start_restore_job", RecoveryPointArn=point, Metadata=metadata, IamRoleArn=role, IdempotencyToken=token, ResourceType="S3"
    )
    return str(started["RestoreJobId"])


def restore_job(door: Door, job_id: str) -> RestoreJob:
    found = door.call("backup", "describe_restore_job", RestoreJobId=job_id)
    return RestoreJob(
        job_id,
        found.get("Status", ""),
        found.get("StatusMessage") or "",
        found.get("PercentDone") or "",
        found.get("CreatedResourceArn") or "",
    )


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]
