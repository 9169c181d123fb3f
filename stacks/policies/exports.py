"""What an export of the database's snapshots needs: who starts it, and who writes it."""

from pulumi import Input

from stacks.policies.documents import Document, allow, document

WRITER = {"iam:PassedToService": "export.rds.amazonaws.com"}


def start_exports(database_arn: str, snapshots_arn: str, writer_arn: Input[str], key_arn: Input[str]) -> Document:
    """Return what finding the newest snapshot, having it exported under a key and watching that takes."""
    return document(
        allow("FindSnapshots", ["rds:DescribeDBSnapshots"], [database_arn, snapshots_arn]),
        allow("StartExports", ["rds:StartExportTask"], [snapshots_arn]),
        allow("WatchExports", ["rds:DescribeExportTasks"], ["*"]),
        allow("HandOverWriter", ["iam:PassRole"], [writer_arn], Condition={"StringEquals": WRITER}),
        allow("EncryptExports", ["kms:CreateGrant", "kms:DescribeKey"], [key_arn]),
    )


def write_exports(bucket_arn: str, key_arn: Input[str]) -> Document:
    """Return what RDS needs to write an export and to tidy up after itself; the actions are those that StartExportTask's page lists."""
    objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    return document(
        allow("FindArchive", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket_arn]),
        allow("WriteArchive", objects, [f"{bucket_arn}/*"]),
        allow("EncryptArchive", ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"], [key_arn]),
    )
