"""What AWS Backup remembers. Attributes carry botocore's names in snake case, so that records can be answered as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.backup.lifecycles import calculated

RUNNING_STATES = ("CREATED", "PENDING", "RUNNING", "ABORTING")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Order:
    """Where and how a resource type is to keep something. ``key`` is the ARN of the vault's; fully managed types alone use it."""

    region: str
    job_id: str
    key: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a resource type keeps of a resource. ``contents`` means something to that type alone; ``size`` is in bytes."""

    recovery_point_arn: str
    size: int
    encryption_key_arn: str | None
    contents: object


@dataclass(slots=True)
class Selection:
    """Which resources a plan backs up."""

    backup_plan_id: str
    selection_id: str
    backup_selection: Mapping[str, Any]
    creator_request_id: str | None
    creation_date: datetime = field(default_factory=now)

    @property
    def selection_name(self) -> str:
        return str(self.backup_selection["SelectionName"])

    @property
    def iam_role_arn(self) -> str:
        return str(self.backup_selection["IamRoleArn"])


@dataclass(slots=True)
class RecoveryPoint:
    """One backup in one vault."""

    saved: Saved
    backup_vault_name: str
    backup_vault_arn: str
    resource_arn: str
    resource_name: str
    resource_type: str
    iam_role_arn: str
    lifecycle: dict[str, Any] | None
    initiation_date: datetime
    creation_date: datetime
    source_backup_vault_arn: str | None = None
    created_by: Mapping[str, str] | None = None
    last_restore_time: datetime | None = None
    completion_date: datetime = field(default_factory=now)
    status: str = "COMPLETED"
    storage_class: str = "WARM"
    vault_type: str = "BACKUP_VAULT"
    is_parent: bool = False

    @property
    def recovery_point_arn(self) -> str:
        return self.saved.recovery_point_arn

    @property
    def encryption_key_arn(self) -> str | None:
        return self.saved.encryption_key_arn

    @property
    def encryption_key_type(self) -> str | None:
        return "CUSTOMER_MANAGED_KMS_KEY" if self.encryption_key_arn else None

    @property
    def is_encrypted(self) -> bool:
        return self.encryption_key_arn is not None

    @property
    def backup_size_in_bytes(self) -> int:
        return self.saved.size

    @property
    def backup_size_bytes(self) -> int:
        """The same under the name that ListRecoveryPointsByResource gives it."""
        return self.saved.size

    @property
    def calculated_lifecycle(self) -> dict[str, datetime]:
        return calculated(self.lifecycle, self.creation_date)


@dataclass(slots=True)
class Job:
    """What backup, copy and restore jobs share. ``state`` only moves forward (see ``running.py``)."""

    id: str
    account_id: str
    resource_arn: str
    resource_name: str
    resource_type: str
    iam_role_arn: str
    creation_date: datetime = field(default_factory=now)
    completion_date: datetime | None = None
    state: str = "CREATED"
    status_message: str | None = None
    message_category: str | None = None
    percent_done: str = "0.0"
    backup_size_in_bytes: int = 0
    is_parent: bool = False

    @property
    def is_over(self) -> bool:
        return self.state not in RUNNING_STATES


@dataclass(slots=True, kw_only=True)
class BackupJob(Job):
    """One backup of one resource into a vault of its region."""

    backup_vault_name: str
    backup_vault_arn: str
    start_by: datetime
    recovery_point_lifecycle: dict[str, Any] | None
    recovery_point_tags: Mapping[str, str]
    recovery_point_arn: str | None = None
    encryption_key_arn: str | None = None
    initiation_date: datetime | None = None
    bytes_transferred: int = 0
    vault_type: str = "BACKUP_VAULT"

    @property
    def backup_job_id(self) -> str:
        return self.id

    @property
    def is_encrypted(self) -> bool:
        return self.encryption_key_arn is not None


@dataclass(slots=True, kw_only=True)
class CopyJob(Job):
    """One copy of a recovery point into another vault, mostly of another region."""

    source_backup_vault_arn: str
    source_recovery_point_arn: str
    destination_backup_vault_arn: str
    destination_vault_name: str
    destination_region: str
    destination_recovery_point_lifecycle: dict[str, Any] | None
    destination_recovery_point_arn: str | None = None
    destination_encryption_key_arn: str | None = None
    destination_vault_type: str = "BACKUP_VAULT"

    @property
    def copy_job_id(self) -> str:
        return self.id


@dataclass(slots=True, kw_only=True)
class RestoreJob(Job):
    """One resource made of one recovery point; ``validation_status`` is what the caller made of it."""

    recovery_point_arn: str
    recovery_point_creation_date: datetime
    backup_vault_arn: str
    metadata: dict[str, str]
    created_resource_arn: str | None = None
    validation_status: str | None = None
    validation_status_message: str | None = None
    created_by: Mapping[str, str] | None = None
    deletion_status: str | None = None

    @property
    def restore_job_id(self) -> str:
        return self.id

    @property
    def source_resource_arn(self) -> str:
        return self.resource_arn

    @property
    def status(self) -> str:
        return self.state
