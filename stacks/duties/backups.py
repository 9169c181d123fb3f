"""What restores, and judges what was restored."""

from names import Names
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
        allow("ClearAwayRestoredDatabases", ["rds:DeleteDBInstance"], everywhere(names, "rds", f"db:{RESTORED}")),
        *validates(names, key),
    ]


def validates(names: Names, key: KeyArn) -> list[Statement]:
    jobs = ["DescribeRestoreJob", "GetRestoreJobMetadata", "PutRestoreValidationResult"]
    restored = names.bucket_arn(RESTORED)
    return [
        # Restore jobs are no resources.
        allow("JudgeRestores", [f"backup:{action}" for action in jobs], ["*"]),
        allow("ListWhatWasRestored", ["s3:ListBucket"], [restored]),
        allow("ReadWhatWasRestored", ["s3:GetObject"], [f"{restored}/*"]),
        through_s3("DecryptWhatWasRestored", names, ["kms:Decrypt"], [restored], key),
    ]
