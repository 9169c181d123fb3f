"""What restores, and judges what was restored."""

from names import Names
from stacks.duties.files import compares_files
from stacks.duties.places import RESTORED, KeyArn, everywhere, recovery_points, through_s3, vaults
from stacks.policies.documents import Statement, allow


def runs_batch_jobs(names: Names) -> list[Statement]:
    """Return leave to start batch jobs that replicate or copy, each in its own role, and to follow them."""
    service = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    jobs, roles = ["S3ReplicateObject", "S3PutObjectCopy"], ("replicate-existing", "file-backups")
    return [
        # A job that is not there yet is no resource; what it would do is what can be told apart.
        allow("StartJobs", ["s3:CreateJob"], ["*"], Condition={"StringEquals": {"s3:RequestJobOperation": jobs}}),
        allow("FollowJobs", ["s3:DescribeJob"], [names.arn("s3", "*", "job/*")]),
        allow("PassJobRoles", ["iam:PassRole"], [names.role_arn(role) for role in roles], Condition=service),
    ]


def backs_up_the_database(names: Names) -> list[Statement]:
    """Return leave to have AWS Backup take a snapshot in its own role and copy it, and to have the newest one exported."""
    service = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
    machines = everywhere(names, "states", f"stateMachine:{names.export_machine}")
    runs = everywhere(names, "states", f"execution:{names.export_machine}:*")
    return [
        allow("StartBackup", ["backup:StartBackupJob"], vaults(names)),
        allow("StartCopy", ["backup:StartCopyJob"], recovery_points(names)),
        # Jobs are no resources.
        allow("FollowJobs", ["backup:DescribeCopyJob", "backup:DescribeRestoreJob"], ["*"]),
        allow("StartExport", ["states:StartExecution"], machines),
        allow("FollowExport", ["states:DescribeExecution"], runs),
        allow("PassBackupRoles", ["iam:PassRole"], [names.role_arn("backup"), names.role_arn("restore")], Condition=service),
    ]


def restores_the_database(names: Names) -> list[Statement]:
    """Return leave to restore beside the original, under names that nothing else has, and to rename what takes its place."""
    restored = [names.restored_databases_arn(region) for region in names.settings.regions]
    placed = everywhere(names, "rds", f"pg:{names.parameter_group}", "og:*", "subgrp:*")
    sources = [*(names.database_arn(region) for region in names.settings.regions), *everywhere(names, "rds", "auto-backup:*")]
    return [
        allow("SeeSubnetGroups", ["rds:DescribeDBSubnetGroups"], everywhere(names, "rds", "subgrp:*")),
        allow("RestoreToMoment", ["rds:RestoreDBInstanceToPointInTime"], [*restored, *sources, *placed]),
        allow("NameWhatIsRestored", ["rds:AddTagsToResource", "rds:ModifyDBInstance"], restored),
        allow("RestorePoint", ["backup:StartRestoreJob"], recovery_points(names)),
    ]


def restores(names: Names, key: KeyArn) -> list[Statement]:
    service = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
    tests = ["GetRestoreTestingPlan", "GetRestoreTestingSelection", "ListRestoreTestingSelections"]
    points = ["DescribeRecoveryPoint", "GetRecoveryPointRestoreMetadata", "StartRestoreJob"]
    return [
        allow("SeeRestoreTests", [f"backup:{action}" for action in tests], everywhere(names, "backup", "restore-testing-plan:*")),
        allow("Restore", [f"backup:{action}" for action in points], [*recovery_points(names), *vaults(names)]),
        allow("PassRestoreRole", ["iam:PassRole"], [names.role_arn("restore")], Condition=service),
        # Lists are no resources.
        allow("FindRestores", ["backup:ListRestoreJobs", "backup:ListRestoreTestingPlans"], ["*"]),
        *validates(names, key),
    ]


def validates(names: Names, key: KeyArn) -> list[Statement]:
    jobs = ["DescribeRestoreJob", "GetRestoreJobMetadata", "PutRestoreValidationResult"]
    restored = names.bucket_arn(RESTORED)
    return [
        # Restore jobs are no resources.
        allow("JudgeRestores", [f"backup:{action}" for action in jobs], ["*"]),
        allow("ListWhatWasRestored", ["s3:ListBucket", "s3:ListBucketVersions"], [restored]),
        allow("ReadWhatWasRestored", ["s3:GetObject", "s3:GetObjectVersion"], [f"{restored}/*"]),
        through_s3("DecryptWhatWasRestored", names, ["kms:Decrypt"], [restored], key),
        *compares_files(names, key),
    ]
