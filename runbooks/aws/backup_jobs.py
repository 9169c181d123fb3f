"""AWS Backup's backup jobs: one as it stands, and to stop it."""

from dataclasses import dataclass

from runbooks.aws.recovery_points import target_of
from runbooks.aws.session import Door

OVER = ("COMPLETED", "PARTIAL", "ABORTED", "FAILED", "EXPIRED")


@dataclass(frozen=True, slots=True)
class Job:
    """A backup job. ``state`` and ``message`` are AWS's own words; ``point`` is what it made, empty if nothing."""

    id: str
    region: str
    target: str
    resource: str
    vault: str
    state: str
    message: str
    point: str

    @property
    def over(self) -> bool:
        return self.state in OVER


def job(door: Door, job_id: str) -> Job:
    found = door.call("backup", "describe_backup_job", BackupJobId=job_id)
    return Job(
        found["BackupJobId"],
        door.region,
        target_of(found.get("ResourceType", "")),
        found.get("ResourceArn", ""),
        found.get("BackupVaultName", ""),
        found.get("State", ""),
        found.get("StatusMessage") or "",
        found.get("RecoveryPointArn") or "",
    )


def stop(door: Door, job_id: str) -> None:
    door.call("backup", "stop_backup_job", BackupJobId=job_id)
