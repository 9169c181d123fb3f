"""AWS Backup: what it takes, what it refuses, and jobs that do what they say."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.backup.models import backup_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox import backup, kms, s3
from sandbox.backup import lifecycles
from sandbox.backup.records import Job
from sandbox.backup.running import Progress, stop
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, running, until

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
VAULT = "orders"
BUCKET = "media"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
DATABASE_ARN = f"arn:aws:rds:{EAST}:{ACCOUNT}:db:orders"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
RULE = {
    "RuleName": "daily",
    "TargetBackupVaultName": VAULT,
    "ScheduleExpression": "cron(0 5 * * ? *)",
    "Lifecycle": {"DeleteAfterDays": 35},
}

Aws = Callable[..., BaseClient]


def vault_arn(region: str) -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{VAULT}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder: Path = tmp_path_factory.mktemp("backup")
    with running(folder, kms, backup, s3) as lab:
        yield lab


@pytest.fixture(scope="module")
def aws(served: Lab) -> Aws:
    """Clients of the module's sandbox, each made once."""
    made: dict[tuple[str, str], BaseClient] = {}

    def get(service: str, region: str = EAST) -> BaseClient:
        return made.setdefault((service, region), client(served, service, region))

    return get


@pytest.fixture(scope="module")
def keys(aws: Aws) -> dict[str, str]:
    """The ARN of a key in each region; they outlive a test, because making one takes longer than most tests."""
    return {region: aws("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (EAST, WEST)}


@pytest.fixture(autouse=True)
def lab(served: Lab, aws: Aws, keys: dict[str, str]) -> Iterator[Lab]:
    """A role, a vault with a key of its own in each region, and a bucket with one object."""
    aws("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(TRUST))
    for region, key in keys.items():
        aws("kms", region).enable_key(KeyId=key)
        aws("backup", region).create_backup_vault(BackupVaultName=VAULT, EncryptionKeyArn=key)
    aws("s3").create_bucket(Bucket=BUCKET)
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    aws("s3").put_object(Bucket=BUCKET, Key="a.jpg", Body=b"before", ContentType="image/jpeg", Tagging="kind=photo")
    yield served
    for region in (EAST, WEST):
        served.regions.heal_region(region)
    with one_at_a_time:
        s3_backends[ACCOUNT]["aws"].reset()
        for service in (backup_backends, cloudwatch_backends, events_backends, iam_backends, rds_backends, sns_backends, sqs_backends):
            service.clear()


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


# Jobs


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


# What others hear


def test_every_state_is_an_event(aws: Aws) -> None:
    """EventBridge rules hear of backup jobs, with the members that AWS Backup's events have."""
    queue = aws("sqs").create_queue(QueueName="heard")["QueueUrl"]
    queue_arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.backup"], "detail-type": ["Backup Job State Change"], "detail": {"state": ["COMPLETED"]}}
    aws("events").put_rule(Name="ends", EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule="ends", Targets=[{"Id": "queue", "Arn": queue_arn}])
    job = backed_up(aws("backup"))
    [message] = until(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages", []))
    detail = json.loads(message["Body"])["detail"]
    assert (detail["backupJobId"], detail["state"], detail["resourceType"]) == (job["BackupJobId"], "COMPLETED", "S3")
    assert (detail["recoveryPointArn"], detail["backupVaultName"]) == (job["RecoveryPointArn"], VAULT)


def test_ends_are_counted(aws: Aws) -> None:
    """Completed and failed jobs are metrics of the vault, and of the vault and the resource type."""
    backed_up(aws("backup"))
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    finished(aws("backup"), start(aws("backup")))
    vault, kind = {"Name": "BackupVaultName", "Value": VAULT}, {"Name": "ResourceType", "Value": "S3"}

    def counted(name: str, *dimensions: dict[str, str]) -> float:
        now = datetime.now(UTC)
        asked = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=1), "Period": 3600, "Statistics": ["Sum"]}
        found = aws("cloudwatch").get_metric_statistics(Namespace="AWS/Backup", MetricName=name, Dimensions=list(dimensions), **asked)
        return sum(float(point["Sum"]) for point in found["Datapoints"])

    until(lambda: counted("NumberOfBackupJobsFailed", vault, kind))
    assert [counted(f"NumberOfBackupJobs{end}", vault, kind) for end in ("Running", "Completed", "Failed")] == [2, 1, 1]


def test_the_vaults_topic_hears_of_the_events_it_asked_for(aws: Aws) -> None:
    """A completed backup is published, and the configuration can be read back and deleted."""
    topic = aws("sns").create_topic(Name="recovery")["TopicArn"]
    queue = aws("sqs").create_queue(QueueName="heard")["QueueUrl"]
    queue_arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    api = aws("backup")
    api.put_backup_vault_notifications(BackupVaultName=VAULT, SNSTopicArn=topic, BackupVaultEvents=["BACKUP_JOB_COMPLETED"])
    assert api.get_backup_vault_notifications(BackupVaultName=VAULT)["BackupVaultEvents"] == ["BACKUP_JOB_COMPLETED"]
    backed_up(api)
    [message] = until(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages", []))
    assert BUCKET_ARN in json.loads(message["Body"])["Message"]
    api.delete_backup_vault_notifications(BackupVaultName=VAULT)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_backup_vault_notifications(BackupVaultName=VAULT)


def test_unknown_events_and_topics_elsewhere_are_refused(aws: Aws) -> None:
    """A vault tells a topic of its own region, and only of events that exist."""
    for topic, event in (
        (f"arn:aws:sns:{EAST}:{ACCOUNT}:t", "BACKUP_JOB_EXPLODED"),
        (f"arn:aws:sns:{WEST}:{ACCOUNT}:t", "COPY_JOB_FAILED"),
    ):
        with pytest.raises(ClientError, match="InvalidParameterValueException"):
            aws("backup").put_backup_vault_notifications(BackupVaultName=VAULT, SNSTopicArn=topic, BackupVaultEvents=[event])


# Copies


def test_a_copy_is_a_recovery_point_of_the_other_region_under_its_key(aws: Aws, keys: dict[str, str]) -> None:
    """The copy carries the resource, the other vault's key, its own lifecycle, the tags and where it came from."""
    point = backed_up(aws("backup"), RecoveryPointTags={"run": "7"})["RecoveryPointArn"]
    job = copied(aws("backup"), start_copy(aws("backup"), point))
    west = aws("backup", WEST)
    [copy] = west.list_recovery_points_by_resource(ResourceArn=BUCKET_ARN)["RecoveryPoints"]
    described = west.describe_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=copy["RecoveryPointArn"])
    assert (job["State"], job["DestinationRecoveryPointArn"]) == ("COMPLETED", copy["RecoveryPointArn"])
    assert described["EncryptionKeyArn"] == keys[WEST]
    assert (described["SourceBackupVaultArn"], described["Lifecycle"]) == (vault_arn(EAST), {"DeleteAfterDays": 7})
    assert west.list_tags(ResourceArn=copy["RecoveryPointArn"])["Tags"] == {"run": "7"}


def test_a_copy_into_a_dark_region_runs_until_it_is_back(lab: Lab, aws: Aws) -> None:
    """RUNNING while the destination is dark, COMPLETED after the heal."""
    api = aws("backup")
    point = backed_up(api)["RecoveryPointArn"]
    lab.regions.break_region(WEST, "refuse")
    job_id = start_copy(api, point)
    until(lambda: api.describe_copy_job(CopyJobId=job_id)["CopyJob"]["State"] == "RUNNING")
    assert not lab.closing.wait(0.3)
    assert [job["CopyJobId"] for job in api.list_copy_jobs(ByState="RUNNING")["CopyJobs"]] == [job_id]
    lab.regions.heal_region(WEST)
    assert copied(api, job_id)["State"] == "COMPLETED"


def test_a_copy_that_the_destination_does_not_take_fails_and_says_why(aws: Aws, keys: dict[str, str]) -> None:
    """A missing vault, a disabled key and a lock that asks for more days each end the job FAILED."""
    api, west = aws("backup"), aws("backup", WEST)
    point = backed_up(api)["RecoveryPointArn"]
    missing = copied(api, start_copy(api, point, vault_arn(WEST).replace(VAULT, "missing")))
    west.put_backup_vault_lock_configuration(BackupVaultName=VAULT, MinRetentionDays=30)
    short = copied(api, start_copy(api, point))
    aws("kms", WEST).disable_key(KeyId=keys[WEST])
    keyless = copied(api, start_copy(api, point, Lifecycle={"DeleteAfterDays": 30}))
    assert [job["State"] for job in (missing, short, keyless)] == ["FAILED"] * 3
    assert ["not found" in missing["StatusMessage"], "shorter" in short["StatusMessage"], "Disabled" in keyless["StatusMessage"]] == [
        True
    ] * 3


def test_a_copy_needs_a_recovery_point_and_another_vault_of_the_account(aws: Aws) -> None:
    """What is wrong on the caller's side is refused at once."""
    api = aws("backup")
    point = backed_up(api)["RecoveryPointArn"]
    for arn, destination, error in (
        ("arn:aws:backup:x:1:recovery-point:none", vault_arn(WEST), "ResourceNotFoundException"),
        (point, vault_arn(EAST), "InvalidParameterValueException"),
        (point, vault_arn(WEST).replace(ACCOUNT, "210987654321"), "InvalidParameterValueException"),
    ):
        with pytest.raises(ClientError) as refused:
            start_copy(api, arn, destination)
        assert code(refused) == error


# Restores


def test_a_restore_brings_back_the_bytes_of_the_backup(aws: Aws) -> None:
    """What was written or deleted after the backup is not in the new bucket; properties and tags are."""
    api, files = aws("backup"), aws("s3")
    point = backed_up(api)["RecoveryPointArn"]
    files.put_object(Bucket=BUCKET, Key="a.jpg", Body=b"after")
    files.put_object(Bucket=BUCKET, Key="b.jpg", Body=b"after")
    job = restored(api, point, DestinationBucketName="restored", NewBucket="true")
    assert (job["Status"], job["CreatedResourceArn"]) == ("COMPLETED", "arn:aws:s3:::restored")
    assert [found["Key"] for found in files.list_objects_v2(Bucket="restored")["Contents"]] == ["a.jpg"]
    answer = files.get_object(Bucket="restored", Key="a.jpg")
    assert (answer["Body"].read(), answer["ContentType"]) == (b"before", "image/jpeg")
    assert files.get_object_tagging(Bucket="restored", Key="a.jpg")["TagSet"] == [{"Key": "kind", "Value": "photo"}]


def test_a_copy_restores_in_its_region_while_the_source_is_dark(lab: Lab, aws: Aws) -> None:
    """The recovery region needs nothing of the lost one."""
    point = backed_up(aws("backup"))["RecoveryPointArn"]
    copy = copied(aws("backup"), start_copy(aws("backup"), point))["DestinationRecoveryPointArn"]
    lab.regions.break_region(EAST, "hang")
    job = restored(aws("backup", WEST), copy, DestinationBucketName="restored", NewBucket="true")
    assert job["Status"] == "COMPLETED"
    assert aws("s3", WEST).get_object(Bucket="restored", Key="a.jpg")["Body"].read() == b"before"


def test_a_restore_that_cannot_be_done_fails_and_says_why(aws: Aws) -> None:
    """Restoring into a bucket that does not exist ends FAILED; without a destination no job starts."""
    point = backed_up(aws("backup"))["RecoveryPointArn"]
    job = restored(aws("backup"), point, DestinationBucketName="missing")
    assert (job["Status"], job["StatusMessage"]) == ("FAILED", f"Bucket missing does not exist in {EAST}")
    with pytest.raises(ClientError, match="Metadata has no DestinationBucketName"):
        restored(aws("backup"), point)


def test_a_validation_is_kept_with_its_restore(aws: Aws) -> None:
    """A validator's verdict and its reason are part of the job."""
    api = aws("backup")
    job = restored(api, backed_up(api)["RecoveryPointArn"], DestinationBucketName=BUCKET)
    verdict = {"ValidationStatus": "FAILED", "ValidationStatusMessage": "3 rows are missing"}
    api.put_restore_validation_result(RestoreJobId=job["RestoreJobId"], **verdict)
    described = api.describe_restore_job(RestoreJobId=job["RestoreJobId"])
    assert {name: described[name] for name in verdict} == verdict
    assert api.get_restore_job_metadata(RestoreJobId=job["RestoreJobId"])["Metadata"] == {"DestinationBucketName": BUCKET}


# Databases


@pytest.fixture
def database(aws: Aws, keys: dict[str, str]) -> str:
    """An instance of moto's own RDS, which is enough to see what AWS Backup asks of RDS."""
    aws("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.medium",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="secret-enough",
        StorageEncrypted=True,
        KmsKeyId=keys[EAST],
    )
    return DATABASE_ARN


def test_a_database_is_backed_up_as_a_snapshot_under_its_own_key(aws: Aws, database: str) -> None:
    """The recovery point is an RDS snapshot; its key is the instance's, its size 0, and deleting it deletes the snapshot."""
    job = backed_up(aws("backup"), ResourceArn=database)
    mine = {"DBInstanceIdentifier": "orders", "SnapshotType": "manual"}
    [snapshot] = aws("rds").describe_db_snapshots(**mine)["DBSnapshots"]
    assert (job["RecoveryPointArn"], job["BackupSizeInBytes"]) == (snapshot["DBSnapshotArn"], 0)
    assert job["EncryptionKeyArn"] == snapshot["KmsKeyId"]
    aws("backup").delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=job["RecoveryPointArn"])
    assert aws("rds").describe_db_snapshots(**mine)["DBSnapshots"] == []


def test_a_database_is_restored_in_the_other_region_from_a_copy(aws: Aws, keys: dict[str, str], database: str) -> None:
    """The copy is under the destination vault's key; the restored instance takes what the metadata says."""
    point = backed_up(aws("backup"), ResourceArn=database)["RecoveryPointArn"]
    metadata = aws("backup").get_recovery_point_restore_metadata(BackupVaultName=VAULT, RecoveryPointArn=point)["RestoreMetadata"]
    assert (metadata["DBInstanceIdentifier"], metadata["Engine"], metadata["MultiAZ"]) == ("orders", "mysql", "false")
    job = copied(aws("backup"), start_copy(aws("backup"), point))
    assert job["State"] == "COMPLETED", job
    restore = restored(aws("backup", WEST), job["DestinationRecoveryPointArn"], DBInstanceIdentifier="restored", Port="6000")
    [instance] = aws("rds", WEST).describe_db_instances(DBInstanceIdentifier="restored")["DBInstances"]
    assert (restore["Status"], restore["CreatedResourceArn"]) == ("COMPLETED", instance["DBInstanceArn"])
    assert (instance["KmsKeyId"], instance["Endpoint"]["Port"]) == (keys[WEST], 6000)


def test_restoring_onto_an_instance_that_exists_fails(aws: Aws, database: str) -> None:
    """RDS's own refusal is the job's message."""
    point = backed_up(aws("backup"), ResourceArn=database)["RecoveryPointArn"]
    job = restored(aws("backup"), point, DBInstanceIdentifier="orders")
    assert (job["Status"], "already exists" in job["StatusMessage"]) == ("FAILED", True)


# Vaults and recovery points


def test_a_locked_vault_keeps_its_recovery_points(aws: Aws) -> None:
    """Backups outside its retention fail; recovery points are neither deleted nor shortened, and may be kept longer."""
    api = aws("backup")
    api.put_backup_vault_lock_configuration(BackupVaultName=VAULT, MinRetentionDays=7, MaxRetentionDays=35)
    for days in (1, 36):
        assert finished(api, start(api, Lifecycle={"DeleteAfterDays": days}))["State"] == "FAILED"
    point = backed_up(api, Lifecycle={"DeleteAfterDays": 10})["RecoveryPointArn"]
    named = {"BackupVaultName": VAULT, "RecoveryPointArn": point}
    with pytest.raises(ClientError, match="cannot be deleted"):
        api.delete_recovery_point(**named)
    with pytest.raises(ClientError, match="cannot end sooner"):
        api.update_recovery_point_lifecycle(**named, Lifecycle={"DeleteAfterDays": 7})
    longer = api.update_recovery_point_lifecycle(**named, Lifecycle={"DeleteAfterDays": 20})
    assert longer["Lifecycle"] == {"DeleteAfterDays": 20}


def test_a_vaults_policy_denies(aws: Aws) -> None:
    """A denial for everybody is enforced, read back as it was written, and gone when deleted."""
    api = aws("backup")
    point = backed_up(api)["RecoveryPointArn"]
    policy = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["backup:Delete*Point"], "Resource": "*"}]})
    api.put_backup_vault_access_policy(BackupVaultName=VAULT, Policy=policy)
    assert api.get_backup_vault_access_policy(BackupVaultName=VAULT)["Policy"] == policy
    with pytest.raises(ClientError, match="AccessDeniedException"):
        api.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)
    api.delete_backup_vault_access_policy(BackupVaultName=VAULT)
    api.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.describe_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)


def test_a_vault_goes_only_when_it_is_empty(aws: Aws) -> None:
    """With a recovery point it stays; a vault that is not there is not found."""
    api = aws("backup")
    backed_up(api)
    with pytest.raises(ClientError, match="contains recovery points"):
        api.delete_backup_vault(BackupVaultName=VAULT)
    for call in (api.delete_backup_vault, api.describe_backup_vault, api.get_backup_vault_access_policy):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(BackupVaultName="missing")


def test_a_vault_needs_a_key_of_its_region(aws: Aws, keys: dict[str, str]) -> None:
    """A key of another region is refused; without a key the vault has the one that AWS manages."""
    api = aws("backup")
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        api.create_backup_vault(BackupVaultName="other", EncryptionKeyArn=keys[WEST])
    api.create_backup_vault(BackupVaultName="other")
    assert api.describe_backup_vault(BackupVaultName="other")["EncryptionKeyArn"].startswith(f"arn:aws:kms:{EAST}:")


# Plans and selections


def make_plan(api: BaseClient, **changes: object) -> str:
    return str(api.create_backup_plan(BackupPlan={"BackupPlanName": "orders", "Rules": [RULE | changes]})["BackupPlanId"])


def test_a_selection_belongs_to_its_plan(aws: Aws) -> None:
    """It is read back as it was written, listed, and gone when deleted; until then its plan stays."""
    api = aws("backup")
    plan = make_plan(api)
    written = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN], "NotResources": [], "ListOfTags": []}
    selection = api.create_backup_selection(BackupPlanId=plan, BackupSelection=written)["SelectionId"]
    named = {"BackupPlanId": plan, "SelectionId": selection}
    assert api.get_backup_selection(**named)["BackupSelection"] == written
    assert [found["SelectionName"] for found in api.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]] == ["media"]
    with pytest.raises(ClientError, match="must be deleted prior"):
        api.delete_backup_plan(BackupPlanId=plan)
    api.delete_backup_selection(**named)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_backup_selection(**named)
    api.delete_backup_plan(BackupPlanId=plan)


@pytest.mark.parametrize(
    "change",
    [
        {"SelectionName": "no spaces"},
        {"IamRoleArn": "arn:aws:iam::123456789012:role/missing"},
        {"Resources": ["arn:aws:s3:::*-logs"]},
        {"Resources": []},
    ],
)
def test_an_unsound_selection_is_refused(aws: Aws, change: dict[str, object]) -> None:
    """Names, roles and wildcards are checked, and a selection selects something."""
    api = aws("backup")
    selection = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN]} | change
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        api.create_backup_selection(BackupPlanId=make_plan(api), BackupSelection=selection)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"TargetBackupVaultName": "missing"}, "does not exist"),
        ({"ScheduleExpression": "cron(0/15 * * * ? *)"}, "60 minutes"),
        ({"ScheduleExpression": "rate(15 minutes)"}, "60 minutes"),
        ({"StartWindowMinutes": 30}, "StartWindowMinutes"),
        ({"StartWindowMinutes": 60, "CompletionWindowMinutes": 90}, "CompletionWindowMinutes"),
        ({"Lifecycle": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119}}, "90 days apart"),
        ({"Lifecycle": {"DeleteAfterDays": 36}, "EnableContinuousBackup": True}, "Continuous"),
        ({"CopyActions": [{"DestinationBackupVaultArn": "orders"}]}, "not the ARN"),
        ({"CopyActions": [{"DestinationBackupVaultArn": vault_arn(WEST), "Lifecycle": {"DeleteAfterDays": 0}}]}, "between 1"),
    ],
)
def test_an_unsound_plan_is_refused(aws: Aws, change: dict[str, object], says: str) -> None:
    """Vaults, schedules, windows, lifecycles and copies are checked before anything is made."""
    with pytest.raises(ClientError, match=says) as refused:
        make_plan(aws("backup"), **change)
    assert code(refused) == "InvalidParameterValueException"


def test_an_updated_plan_keeps_its_id_and_its_versions(aws: Aws) -> None:
    """The update is a new version with the new rules; both versions are listed."""
    api = aws("backup")
    plan = make_plan(api)
    first = api.get_backup_plan(BackupPlanId=plan)["VersionId"]
    later = {"BackupPlanName": "orders", "Rules": [RULE | {"ScheduleExpression": "cron(0 6 * * ? *)"}]}
    second = api.update_backup_plan(BackupPlanId=plan, BackupPlan=later)["VersionId"]
    read = api.get_backup_plan(BackupPlanId=plan)
    assert (read["VersionId"], read["BackupPlan"]["Rules"][0]["ScheduleExpression"]) == (second, "cron(0 6 * * ? *)")
    versions = api.list_backup_plan_versions(BackupPlanId=plan)["BackupPlanVersionsList"]
    assert [version["VersionId"] for version in versions] == [first, second]


def test_repeating_a_request_id_makes_nothing_twice(aws: Aws) -> None:
    """Vaults, plans and selections answer with what the first request made."""
    api = aws("backup")
    document = {"BackupPlanName": "orders", "Rules": [RULE]}
    plans = {api.create_backup_plan(BackupPlan=document, CreatorRequestId="once")["BackupPlanId"] for _ in range(2)}
    selection = {"SelectionName": "media", "IamRoleArn": ROLE, "Resources": [BUCKET_ARN]}
    asked = {"BackupPlanId": next(iter(plans)), "BackupSelection": selection, "CreatorRequestId": "once"}
    selections = {api.create_backup_selection(**asked)["SelectionId"] for _ in range(2)}
    vaults = {api.create_backup_vault(BackupVaultName="other", CreatorRequestId="once")["BackupVaultArn"] for _ in range(2)}
    assert (len(plans), len(selections), len(vaults)) == (1, 1, 1)
    with pytest.raises(ClientError, match="AlreadyExistsException"):
        api.create_backup_vault(BackupVaultName="other", CreatorRequestId="again")


@pytest.mark.parametrize(
    ("lifecycle", "shortest", "longest", "taken"),
    [({"DeleteAfterDays": 7}, 7, 35, True), ({"DeleteAfterDays": 6}, 7, None, False), (None, 7, None, True), (None, None, 35, False)],
)
def test_a_lock_bounds_retention(lifecycle: dict[str, int] | None, shortest: int | None, longest: int | None, *, taken: bool) -> None:
    """Both bounds are inclusive; what is kept for ever is longer than any maximum."""
    assert (lifecycles.outside_lock(lifecycle, shortest, longest) is None) is taken
