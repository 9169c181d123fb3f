"""What AWS Backup needs to restore."""

from collections.abc import Sequence

from pulumi import Input

from stacks.policies.documents import Document, allow, document


def restore_with(key_arns: Sequence[Input[str]]) -> Document:
    """Return what every restore needs: the keys of what is restored, and of what it is restored under."""
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    return document(
        allow("UseKeys", use, key_arns),
        allow("GrantKeysToServices", ["kms:CreateGrant"], key_arns, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    )


def restore_database(snapshots: Sequence[str], tests: Sequence[str], restored: Sequence[str], placed: Sequence[str]) -> Document:
    """Return what AWS Backup needs to restore *snapshots* as *tests*, which it takes away again, or as *restored*, *placed* in groups
    that exist.
    """
    keeps = ["rds:AddTagsToResource", "rds:DescribeDBInstances", "rds:ListTagsForResource"]
    return document(
        allow("SeeSnapshots", ["rds:DescribeDBSnapshots", "rds:ListTagsForResource"], snapshots),
        allow("RestoreSnapshots", ["rds:RestoreDBInstanceFromDBSnapshot"], [*snapshots, *tests, *restored, *placed]),
        allow("KeepWhatIsRestored", keeps, [*tests, *restored]),
        allow("ClearTestsAway", ["rds:DeleteDBInstance"], tests),
    )


def restore_files(bucket_arns: Sequence[str]) -> Document:
    """Return what AWS Backup needs to restore objects into buckets of its own making, or into those that stand ready for it."""
    buckets = ["CreateBucket", "GetBucketLocation", "GetBucketOwnershipControls", "GetBucketVersioning", "ListBucket"]
    buckets += ["ListBucketVersions", "PutBucketOwnershipControls", "PutBucketVersioning"]
    objects = ["DeleteObject", "GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl"]
    objects += ["ListMultipartUploadParts", "PutObject", "PutObjectAcl", "PutObjectTagging", "PutObjectVersionAcl"]
    return document(
        allow("MakeBucket", [f"s3:{action}" for action in buckets], bucket_arns),
        allow("WriteObjects", [f"s3:{action}" for action in objects], [f"{arn}/*" for arn in bucket_arns]),
    )


def restore_file_system(file_systems_arn: str) -> Document:
    """Return what AWS Backup needs to restore into a file system of its own making; it deletes none but what a restore test made.

    A new file system's id is not known before, so it is told by the tag that AWS Backup gives what it restores for a test.
    """
    fills = ["DescribeFileSystems", "Restore", "TagResource"]
    of_a_test = {"Null": {"aws:ResourceTag/awsbackup-restore-test": "false"}}
    return document(
        allow("MakeFileSystem", ["elasticfilesystem:CreateFileSystem"], ["*"]),
        allow("FillIt", [f"elasticfilesystem:{action}" for action in fills], [file_systems_arn]),
        allow("ClearItAway", ["elasticfilesystem:DeleteFileSystem"], [file_systems_arn], Condition=of_a_test),
    )
