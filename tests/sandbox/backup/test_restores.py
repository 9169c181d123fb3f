"""Restores, and the databases of moto's own RDS."""

import pytest
from botocore.exceptions import ClientError

from sandbox.lab import Lab
from tests.sandbox.backup.asking import BUCKET, VAULT, Aws, backed_up, copied, restored, start_copy
from tests.sandbox.parts import EAST, WEST


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
