"""AWS Backup's jobs: backup and copy jobs, started and as they stand, and how to stop one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from runbooks.aws.recovery_points import target_of
from runbooks.aws.session import Door

OVER = ("COMPLETED", "PARTIAL", "ABORTED", "FAILED", "EXPIRED")


@dataclass(frozen=True, slots=True)
class Job:
    """A backup or copy job. ``state`` and ``message`` are AWS's own words; ``point`` is what it made, empty if nothing.

    ``percent`` is how far AWS says that it is, empty where it does not say; ``size`` is in bytes.
    """

    id: str
    region: str
    target: str
    resource: str
    vault: str
    state: str
    message: str
    point: str
    percent: str = ""
    size: int = 0
    created: datetime | None = None

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def well(self) -> bool:
        return self.state == "COMPLETED"


@dataclass(frozen=True, slots=True)
class Order:
    """A backup to make: what of, where into, in whose role, for how long it is kept, and the *token* by which a repeated order is known."""

    resource: str
    vault: str
    role: str
    kept: timedelta
    tags: Mapping[str, str]
    token: str


def start(door: Door, order: Order) -> str:
    """Start a backup job and return its id; repeated with the same token, the same job's."""
    started = door.call(
        "backup",
        "start_backup_job",
        BackupVaultName=order.vault,
        ResourceArn=order.resource,
        IamRoleArn=order.role,
        IdempotencyToken=order.token,
        Lifecycle={"DeleteAfterDays": order.kept.days},
        RecoveryPointTags=dict(order.tags),
    )
    return str(started["BackupJobId"])


def start_copy(door: Door, point: str, order: Order, destination: str) -> str:
    """Start the copy of *point*, out of the order's vault, into the vault *destination* (its ARN), for as long as the order says."""
    started = door.call(
        "backup",
        "start_copy_job",
        RecoveryPointArn=point,
        SourceBackupVaultName=order.vault,
        DestinationBackupVaultArn=destination,
        IamRoleArn=order.role,
        IdempotencyToken=order.token,
        Lifecycle={"DeleteAfterDays": order.kept.days},
    )
    return str(started["CopyJobId"])


def job(door: Door, job_id: str) -> Job:
    found = door.call("backup", "describe_backup_job", BackupJobId=job_id)
    return _job(door, job_id, found, found.get("BackupVaultName", ""), found.get("RecoveryPointArn") or "")


def copy_job(door: Door, job_id: str) -> Job:
    found = door.call("backup", "describe_copy_job", CopyJobId=job_id)["CopyJob"]
    vault = (found.get("DestinationBackupVaultArn") or "").rpartition(":")[2]
    return _job(door, job_id, found, vault, found.get("DestinationRecoveryPointArn") or "")


def _job(door: Door, job_id: str, found: Mapping[str, Any], vault: str, point: str) -> Job:
    return Job(
        job_id,
        door.region,
        target_of(found.get("ResourceType", "")),
        found.get("ResourceArn", ""),
        vault,
        found.get("State", ""),
        found.get("StatusMessage") or "",
        point,
        found.get("PercentDone") or "",
        found.get("BackupSizeInBytes") or 0,
        found.get("CreationDate"),
    )


def stop(door: Door, job_id: str) -> None:
    door.call("backup", "stop_backup_job", BackupJobId=job_id)
