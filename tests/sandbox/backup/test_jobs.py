"""Backup jobs: what they take, what they refuse, and how they end."""

import json
import time
from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest
from botocore.exceptions import ClientError

from sandbox.backup.records import Job
from sandbox.backup.running import Progress, stop
from sandbox.lab import Lab
from tests.sandbox.backup.asking import (
    ACCOUNT,
    BUCKET,
    BUCKET_ARN,
    ROLE,
    TRUST,
    VAULT,
    Aws,
    backed_up,
    code,
    finished,
    start,
    start_copy,
)
from tests.sandbox.parts import EAST, until


def test_a_backup_ends_in_a_recovery_point_with_everything_about_it(aws: Aws) -> None:
    """The job tells size, key and recovery point; the recovery point tells the same, its lifecycle and its tags."""
    api = aws("backup")
    job = backed_up(api, Lifecycle={"DeleteAfterDays": 35}, RecoveryPointTags={"run": "7"})
    vault = api.describe_backup_vault(BackupVaultName=VAULT)
    point = api.describe_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=job["RecoveryPointArn"])
    assert (job["PercentDone"], job["BackupSizeInBytes"], job["ResourceType"]) == ("100.0", len(b"before"), "S3")
    assert (point["Status"], point["ResourceArn"], point["ResourceName"]) == ("COMPLETED", BUCKET_ARN, BUCKET)
    assert (point["EncryptionKeyArn"], point["IsEncrypted"]) == (vault["EncryptionKeyArn"], True)
    assert point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"] == timedelta(days=35)
    assert api.list_tags(ResourceArn=job["RecoveryPointArn"])["Tags"] == {"run": "7"}
    assert vault["NumberOfRecoveryPoints"] == 1


def test_lists_find_jobs_and_points_by_what_is_asked(aws: Aws) -> None:
    """By resource, type, state, vault and time; what is asked of nothing finds nothing."""
    api = aws("backup")
    job = backed_up(api)
    past, future = (datetime.now(UTC) + timedelta(minutes=minutes) for minutes in (-5, 5))

    def jobs(**asked: object) -> list[str]:
        return [found["BackupJobId"] for found in api.list_backup_jobs(**asked)["BackupJobs"]]

    found = jobs(ByResourceArn=BUCKET_ARN, ByResourceType="S3", ByState="COMPLETED", ByBackupVaultName=VAULT, ByCreatedAfter=past)
    assert found == [job["BackupJobId"]]
    assert jobs(ByState="FAILED") == jobs(ByCreatedAfter=future) == jobs(ByCreatedBefore=past) == jobs(ByResourceType="RDS") == []
    points = api.list_recovery_points_by_backup_vault(BackupVaultName=VAULT, ByResourceArn=BUCKET_ARN)["RecoveryPoints"]
    assert [point["RecoveryPointArn"] for point in points] == [job["RecoveryPointArn"]]
    assert api.list_recovery_points_by_resource(ResourceArn=BUCKET_ARN)["RecoveryPoints"][0]["BackupSizeBytes"] == len(b"before")
    assert api.list_protected_resources()["Results"][0]["LastRecoveryPointArn"] == job["RecoveryPointArn"]
    assert api.describe_protected_resource(ResourceArn=BUCKET_ARN)["ResourceName"] == BUCKET


def test_long_lists_come_in_pages(aws: Aws) -> None:
    """Three jobs in pages of two are all found by botocore's paginator, none twice."""
    api = aws("backup")
    started = [start(api) for _ in range(3)]
    pages = [page["BackupJobs"] for page in api.get_paginator("list_backup_jobs").paginate(PaginationConfig={"PageSize": 2})]
    assert [len(page) for page in pages] == [2, 1]
    assert [job["BackupJobId"] for page in pages for job in page] == started


def test_a_repeated_token_starts_nothing_new(aws: Aws) -> None:
    """Backup, copy and restore answer a repeated token with the first job."""
    api = aws("backup")
    first, second = (start(api, IdempotencyToken="once") for _ in range(2))
    point = finished(api, first)["RecoveryPointArn"]
    copies = {start_copy(api, point, IdempotencyToken="once") for _ in range(2)}
    wanted = {"RecoveryPointArn": point, "IamRoleArn": ROLE, "IdempotencyToken": "once", "Metadata": {"DestinationBucketName": BUCKET}}
    restores = {api.start_restore_job(**wanted)["RestoreJobId"] for _ in range(2)}
    assert (first == second, len(copies), len(restores)) == (True, 1, 1)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"BackupVaultName": "missing"}, "ResourceNotFoundException"),
        ({"ResourceArn": "arn:aws:s3:::missing"}, "ResourceNotFoundException"),
        ({"ResourceArn": f"arn:aws:rds:{EAST}:{ACCOUNT}:db:missing"}, "ResourceNotFoundException"),
        ({"ResourceArn": f"arn:aws:ec2:{EAST}:{ACCOUNT}:volume/v-1"}, "InvalidParameterValueException"),
        ({"IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/missing"}, "InvalidParameterValueException"),
        ({"StartWindowMinutes": 30}, "InvalidParameterValueException"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 90}}, "InvalidParameterValueException"),
    ],
)
def test_what_cannot_be_backed_up_is_refused_at_once(aws: Aws, change: dict[str, object], error: str) -> None:
    """Unknown vaults, resources, types and roles, a short window and an impossible lifecycle start no job."""
    api = aws("backup")
    with pytest.raises(ClientError) as refused:
        start(api, **change)
    assert code(refused) == error
    assert api.list_backup_jobs()["BackupJobs"] == []


def test_a_role_that_backup_cannot_assume_is_refused(aws: Aws) -> None:
    """A role that trusts another service is as good as none."""
    trust = json.dumps(TRUST).replace("backup.amazonaws.com", "ecs-tasks.amazonaws.com")
    aws("iam").create_role(RoleName="tasks", AssumeRolePolicyDocument=trust)
    with pytest.raises(ClientError, match="cannot be assumed by AWS Backup"):
        start(aws("backup"), IamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/tasks")


def test_a_service_that_is_not_opted_in_is_refused(aws: Aws) -> None:
    """The region's settings decide, and they can be read back."""
    api = aws("backup")
    api.update_region_settings(ResourceTypeOptInPreference={"S3": False})
    assert api.describe_region_settings()["ResourceTypeOptInPreference"]["S3"] is False
    with pytest.raises(ClientError, match="not opted in"):
        start(api)


def test_a_backup_without_a_working_key_fails_and_says_why(aws: Aws, keys: dict[str, str]) -> None:
    """The job ends FAILED, its message names the key, and there is no recovery point."""
    api = aws("backup")
    aws("kms").disable_key(KeyId=keys[EAST])
    job = finished(api, start(api))
    assert (job["State"], "not accessible" in job["StatusMessage"], keys[EAST] in job["StatusMessage"]) == ("FAILED", True, True)
    assert api.list_recovery_points_by_backup_vault(BackupVaultName=VAULT)["RecoveryPoints"] == []


def test_a_bucket_without_versioning_fails_to_be_backed_up(aws: Aws) -> None:
    """AWS Backup needs versioning on a bucket."""
    aws("s3").create_bucket(Bucket="plain")
    job = finished(aws("backup"), start(aws("backup"), ResourceArn="arn:aws:s3:::plain"))
    assert (job["State"], job["StatusMessage"]) == ("FAILED", "Versioning is not enabled on bucket plain")


def test_a_backup_of_a_dark_region_waits_for_it(lab: Lab, aws: Aws) -> None:
    """A job that cannot go on is neither COMPLETED nor FAILED until its region is back."""
    api = aws("backup")
    lab.regions.break_region(EAST, "refuse")
    job = Job("1", ACCOUNT, BUCKET_ARN, BUCKET, "S3", ROLE)
    progress = Progress(lab, job, lambda: None)
    progress.launch(lambda: progress.wait_for_regions(EAST))
    assert not lab.closing.wait(0.3)
    assert job.state == "CREATED"
    lab.regions.heal_region(EAST)
    until(lambda: job.state == "COMPLETED")
    assert api.list_backup_jobs()["BackupJobs"] == []


def test_a_job_that_finds_its_resource_busy_waits_until_its_window_ends(lab: Lab) -> None:
    """One job at a time runs on a resource; a job gives up when its start window is over."""
    turn, now = Lock(), datetime.now(UTC)
    progress = Progress(lab, Job("1", ACCOUNT, BUCKET_ARN, BUCKET, "S3", ROLE), lambda: None)
    assert progress.take_turn(turn, now + timedelta(minutes=1))
    assert not progress.take_turn(turn, now)


def test_a_job_that_is_over_or_of_a_database_cannot_be_stopped(aws: Aws, database: str) -> None:
    """Both are InvalidRequestException; an unknown job is ResourceNotFoundException."""
    api = aws("backup")
    for job_id in (backed_up(api)["BackupJobId"], start(api, ResourceArn=database)):
        with pytest.raises(ClientError) as refused:
            api.stop_backup_job(BackupJobId=job_id)
        assert code(refused) == "InvalidRequestException"
    with pytest.raises(ClientError) as refused:
        api.stop_backup_job(BackupJobId="missing")
    assert code(refused) == "ResourceNotFoundException"


def test_a_stopped_job_ends_aborted(lab: Lab) -> None:
    """Whoever asks in time gets ABORTED, whatever the job was doing."""
    job = Job("1", ACCOUNT, BUCKET_ARN, BUCKET, "S3", ROLE)
    progress = Progress(lab, job, lambda: None)

    def work() -> None:
        progress.begin()
        while True:
            progress.check_wanted()
            time.sleep(0.01)

    progress.launch(work)
    until(lambda: job.state == "RUNNING")
    assert stop(job)
    until(lambda: job.state == "ABORTED")
