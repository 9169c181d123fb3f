"""AWS Backup: the newest recovery point of a vault."""

from dataclasses import dataclass
from datetime import datetime

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    arn: str
    resource_arn: str
    resource_type: str
    created_at: datetime


def newest_recovery_points(door: Door, vault: str, since: datetime) -> dict[str, RecoveryPoint]:
    """Return the newest completed recovery point of each resource type in *vault*, of those made after *since*."""
    newest: dict[str, RecoveryPoint] = {}
    for entry in door.pages(
        "backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=vault, ByCreatedAfter=since
    ):
        if entry.get("Status") not in ("COMPLETED", "AVAILABLE"):
            continue
        point = RecoveryPoint(entry["RecoveryPointArn"], entry["ResourceArn"], entry["ResourceType"], entry["CreationDate"])
        if point.resource_type not in newest or newest[point.resource_type].created_at < point.created_at:
            newest[point.resource_type] = point
    return newest
