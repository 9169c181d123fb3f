"""Restore tests, from the recovery point to the verdict: a good one passes, a damaged one is found, and nothing is left behind."""

import json
from typing import Any

from names import Names
from tests.scenarios.stage import EAST, WEST, Ended, Stage, eventually

WINDOW = 60.0
"""Seconds that a test waits for its verdict here; AWS Backup waits for hours."""


def kept_in_west(stage: Stage, names: Names) -> str:
    """Back the database up, copy that to west, and return the copy's ARN."""
    here, there = stage.clients("backup", EAST), stage.clients("backup", WEST)
    asked = {"IamRoleArn": names.role_arn("backup"), "Lifecycle": {"DeleteAfterDays": 35}}
    job = here.start_backup_job(BackupVaultName=names.vault(EAST), ResourceArn=names.database_arn(EAST), **asked)["BackupJobId"]
    eventually(lambda: here.describe_backup_job(BackupJobId=job)["State"] == "COMPLETED", "the backup to be made")
    point = here.describe_backup_job(BackupJobId=job)["RecoveryPointArn"]
    copy = here.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName=names.vault(EAST),
        DestinationBackupVaultArn=names.vault_arn(WEST),
        **asked,
    )["CopyJobId"]
    eventually(lambda: here.describe_copy_job(CopyJobId=copy)["CopyJob"]["State"] == "COMPLETED", "the backup to be copied")
    made = here.describe_copy_job(CopyJobId=copy)["CopyJob"]["DestinationRecoveryPointArn"]
    assert there.describe_recovery_point(BackupVaultName=names.vault(WEST), RecoveryPointArn=made)["Status"] == "COMPLETED"
    return str(made)


def restored(stage: Stage, window: float = WINDOW, of: str = "RDS") -> dict[str, Any]:
    """Run west's restore tests and return the first one *of* this type, once it has restored something."""
    jobs: list[str] = stage.sandbox.ask("POST", "backup/tests", {"region": WEST, "window": window})["jobs"]
    job = next(each for each in jobs if described(stage, each)["ResourceType"] == of)
    eventually(lambda: described(stage, job)["Status"] == "COMPLETED", f"the test to restore from {of}")
    return described(stage, job)


def described(stage: Stage, job: str) -> dict[str, Any]:
    return dict(stage.clients("backup", WEST).describe_restore_job(RestoreJobId=job))


def validated(stage: Stage, job: str) -> Ended:
    return stage.operator().does("verify", "--restore-job", job, "--json")


def cleared_away(stage: Stage, job: dict[str, Any]) -> None:
    eventually(lambda: described(stage, job["RestoreJobId"]).get("DeletionStatus") == "SUCCESSFUL", "the test to be cleared away")


def nothing_is_left(stage: Stage, job: dict[str, Any]) -> None:
    """Wait until AWS Backup says that it has cleared the test away, and look for what it made."""
    cleared_away(stage, job)
    made = job["CreatedResourceArn"].rpartition(":")[2]
    there = [each["DBInstanceIdentifier"] for each in stage.clients("rds", WEST).describe_db_instances()["DBInstances"]]
    assert made.startswith("awsbackup-restore-test-")
    assert made not in there


def test_a_good_backup_passes_and_a_damaged_one_is_found(stage: Stage) -> None:
    """Orders placed while it is made spoil no backup. The verdict on a damaged one says what differs, AWS Backup holds it, the backup is
    known as broken from then on, and both tests leave nothing.
    """
    names = Names(stage.chosen)
    with stage.shoppers():
        point = kept_in_west(stage, names)
    good = restored(stage)
    passed = validated(stage, good["RestoreJobId"])
    assert passed.code == 0, passed
    assert json.loads(passed.out)["point"] == point
    assert described(stage, good["RestoreJobId"])["ValidationStatus"] == "SUCCESSFUL"
    nothing_is_left(stage, good)

    stage.sandbox.ask("POST", "backup/damage", {"region": WEST, "point": point, "how": "flipped"})
    bad = restored(stage)
    failed = validated(stage, bad["RestoreJobId"])
    assert failed.code == 1, failed
    wrong = {each["name"]: each["says"] for each in json.loads(failed.out)["found"] if not each["well"]}
    assert "invalid page in block" in wrong["orders"]
    told = described(stage, bad["RestoreJobId"])
    assert told["ValidationStatus"] == "FAILED"
    assert "invalid page in block" in told["ValidationStatusMessage"]
    nothing_is_left(stage, bad)
    [kept] = [each for each in verdicts(stage) if each["by"] == f"restore test {bad['RestoreJobId']}"]
    assert (kept["backup"], kept["well"]) == (point, False)
    listed = stage.operator().does("backups", "--region", WEST, "--json")
    troubles = {each["arn"]: each["trouble"] for each in json.loads(listed.out)["backups"]}
    assert "found broken: " in troubles.pop(point)
    assert not any(troubles.values())
    offered = stage.operator().does("restore", "--target", "database", "--region", WEST, "--point", point, "--dry-run")
    assert offered.refusal()[0].startswith(f"{point} was found broken: ")


def test_files_that_were_altered_in_the_backup_are_found(stage: Stage) -> None:
    """The restored bucket is compared with what its source was when it was backed up: the same, then one byte of each object apart."""
    good = restored(stage, of="S3")
    passed = validated(stage, good["RestoreJobId"])
    assert passed.code == 0, passed
    stage.sandbox.ask("POST", "backup/damage", {"region": WEST, "point": good["RecoveryPointArn"], "how": "flipped"})
    bad = restored(stage, of="S3")
    assert bad["RecoveryPointArn"] == good["RecoveryPointArn"]
    failed = validated(stage, bad["RestoreJobId"])
    assert failed.code == 1, failed
    assert described(stage, bad["RestoreJobId"])["ValidationStatus"] == "FAILED"
    for job in (good, bad):
        cleared_away(stage, job)
    buckets = [each["Name"] for each in stage.clients("s3", WEST).list_buckets()["Buckets"]]
    assert not {good["CreatedResourceArn"].rpartition(":")[2], bad["CreatedResourceArn"].rpartition(":")[2]} & set(buckets)


def test_what_is_no_finished_restore_test_is_refused(stage: Stage) -> None:
    """A job that nobody knows, in one sentence with one way out; AWS Backup is told nothing."""
    refused = stage.operator().does("verify", "--restore-job", "NONE")
    assert (refused.code, "NONE" in refused.err) == (1, True)
    assert refused.err.startswith("Error: ")


def test_a_journal_out_of_reach_keeps_no_answer_back(stage: Stage) -> None:
    """AWS Backup is told, whatever was found, and clears the test away; the command says that no verdict was kept, and fails."""
    job = restored(stage, of="S3")
    refusing = stage.sandbox.fault("deny", service="s3", operation="PutObject", where={"Bucket": stage.journal_bucket})
    ended = validated(stage, job["RestoreJobId"])
    stage.sandbox.ask("DELETE", f"faults/{refusing}")
    assert ended.code == 1, ended
    assert "put-object" in ended.err
    assert described(stage, job["RestoreJobId"])["ValidationStatus"] in {"SUCCESSFUL", "FAILED"}
    cleared_away(stage, job)


def test_a_backup_that_nobody_could_look_into_is_not_held_to_be_broken(stage: Stage) -> None:
    """The test is answered FAILED, for it has shown nothing; the backup stays on offer, for it may be the last good one."""
    before = verdicts(stage)
    point = kept_in_west(stage, Names(stage.chosen))
    job = restored(stage)
    refusing = stage.sandbox.fault("deny", service="secretsmanager", caller="operator")
    ended = validated(stage, job["RestoreJobId"])
    stage.sandbox.ask("DELETE", f"faults/{refusing}")
    assert ended.code == 1, ended
    [looking] = json.loads(ended.out)["found"]
    assert (looking["well"], looking["seen"]) == (False, False)
    assert described(stage, job["RestoreJobId"])["ValidationStatus"] == "FAILED"
    assert verdicts(stage) == before
    offered = stage.operator().does("restore", "--target", "database", "--region", WEST, "--point", point, "--dry-run")
    assert offered.code == 0, offered
    cleared_away(stage, job)


def test_a_test_without_a_verdict_times_out_and_leaves_nothing(stage: Stage) -> None:
    """A validator that never comes costs nothing but the test."""
    job = restored(stage, window=0.5)
    eventually(lambda: described(stage, job["RestoreJobId"]).get("ValidationStatus") == "TIMED_OUT", "the window to be over")
    nothing_is_left(stage, job)


def verdicts(stage: Stage) -> list[dict[str, Any]]:
    s3, bucket = stage.clients("s3", WEST), stage.journal_bucket
    found = s3.list_objects_v2(Bucket=bucket, Prefix="verdicts/").get("Contents", [])
    return [json.loads(s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()) for each in found]
