"""AWS Backup's restore tests: what one of them has restored, and the verdict on it."""

from dataclasses import dataclass
from datetime import datetime

from runbooks.aws.session import Door

LONGEST = 1000
"""Characters of a verdict's message. The API names no bound; this says what there is to say."""


@dataclass(frozen=True, slots=True)
class Test:
    """The restore job of a test. ``status``, ``message``, ``verdict`` and ``deletion`` are AWS's own words; ``made`` is the ARN of what it
    restored, ``source`` of what that was, ``plan`` of the tests' plan, empty for a restore by hand.
    """

    id: str
    status: str
    message: str
    point: str
    point_created: datetime
    resource_type: str
    source: str
    made: str
    plan: str
    verdict: str
    deletion: str


def test(door: Door, job_id: str) -> Test:
    found = door.call("backup", "describe_restore_job", RestoreJobId=job_id)
    return Test(
        found["RestoreJobId"],
        found.get("Status", ""),
        found.get("StatusMessage") or "",
        found.get("RecoveryPointArn", ""),
        found["RecoveryPointCreationDate"],
        found.get("ResourceType", ""),
        found.get("SourceResourceArn") or "",
        found.get("CreatedResourceArn") or "",
        (found.get("CreatedBy") or {}).get("RestoreTestingPlanArn") or "",
        found.get("ValidationStatus") or "",
        found.get("DeletionStatus") or "",
    )


def judge(door: Door, job_id: str, *, well: bool, says: str) -> None:
    """Tell AWS Backup whether what *job_id* has restored is as it should be."""
    door.call(
        "backup",
        "put_restore_validation_result",
        RestoreJobId=job_id,
        ValidationStatus="SUCCESSFUL" if well else "FAILED",
        ValidationStatusMessage=says[:LONGEST],
    )
