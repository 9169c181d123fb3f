"""Copies into the other region."""

import pytest
from botocore.exceptions import ClientError

from sandbox.lab import Lab
from tests.sandbox.backup.asking import ACCOUNT, BUCKET_ARN, VAULT, Aws, backed_up, code, copied, start_copy, vault_arn
from tests.sandbox.parts import EAST, WEST, until


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
