"""What these tests ask of AWS Backup, in few words."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.sandbox.parts import WEST, until

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
VAULT = "orders"
BUCKET = "media"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]}

Aws = Callable[..., BaseClient]


def vault_arn(region: str) -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{VAULT}"


def start(api: BaseClient, **changes: object) -> str:
    answer = api.start_backup_job(**{"BackupVaultName": VAULT, "ResourceArn": BUCKET_ARN, "IamRoleArn": ROLE} | changes)
    return str(answer["BackupJobId"])


def finished(api: BaseClient, job_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = api.describe_backup_job(BackupJobId=job_id)
        return job if job["State"] not in {"CREATED", "PENDING", "RUNNING", "ABORTING"} else None

    job = until(look)
    assert job is not None
    return job


def backed_up(api: BaseClient, **changes: object) -> dict[str, Any]:
    job = finished(api, start(api, **changes))
    assert job["State"] == "COMPLETED", job
    return job


def start_copy(api: BaseClient, point: str, destination: str = vault_arn(WEST), **changes: object) -> str:
    wanted = {
        "RecoveryPointArn": point,
        "SourceBackupVaultName": VAULT,
        "DestinationBackupVaultArn": destination,
        "IamRoleArn": ROLE,
        "Lifecycle": {"DeleteAfterDays": 7},
    }
    return str(api.start_copy_job(**wanted | changes)["CopyJobId"])


def copied(api: BaseClient, job_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = api.describe_copy_job(CopyJobId=job_id)["CopyJob"]
        return job if job["State"] in {"COMPLETED", "FAILED"} else None

    job = until(look)
    assert job is not None
    return job


def restored(api: BaseClient, point: str, **metadata: str) -> dict[str, Any]:
    job_id = api.start_restore_job(RecoveryPointArn=point, IamRoleArn=ROLE, Metadata=metadata)["RestoreJobId"]

    def look() -> dict[str, Any] | None:
        job: dict[str, Any] = api.describe_restore_job(RestoreJobId=job_id)
        return job if job["Status"] in {"COMPLETED", "FAILED"} else None

    job = until(look)
    assert job is not None
    return job


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])
