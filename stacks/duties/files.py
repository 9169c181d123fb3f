"""What backs files up on demand, and reads what was kept."""

from names import Names
from stacks.duties.places import KeyArn, everywhere, through_s3
from stacks.policies.documents import Statement, allow


def backs_files_up(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to list files, to have S3 copy them in a role of its own, and to sign what was copied; a lock keeps it from anyone.

    No file is read here: only copies are.
    """
    regions = names.settings.regions
    files = [names.bucket_arn(bucket) for region in regions for bucket in names.file_buckets(region).values()]
    if not files:
        return []
    backups = [names.bucket_arn(names.file_backups_bucket(region)) for region in regions]
    lists = [names.bucket_arn(names.inventory_bucket(region)) for region in regions]
    kept = [*(f"{arn}/*" for arn in backups), *(f"{arn}/on-demand/*" for arn in lists)]
    service = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    copies = {"StringEquals": {"s3:RequestJobOperation": "S3PutObjectCopy"}}
    return [
        allow("ListFiles", ["s3:ListBucket", "s3:ListBucketVersions"], [*files, *backups, *lists]),
        allow("KeepFileBackups", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectTagging"], kept),
        through_s3("UseFileBackupKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], [*backups, *lists], key),
        allow("SignFileBackups", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in regions]),
        # A job that is not there yet is no resource; what it would do is what can be told apart.
        allow("StartCopies", ["s3:CreateJob"], ["*"], Condition=copies),
        allow("FollowCopies", ["s3:DescribeJob"], everywhere(names, "s3", "job/*")),
        allow("PassCopyRole", ["iam:PassRole"], [names.role_arn("file-backups")], Condition=service),
    ]
