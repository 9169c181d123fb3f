"""Who reaches a bucket from outside the account's own policies, and how."""

from collections.abc import Sequence

from pulumi import Input

from stacks.policies.documents import Document, Statement, allow, document


def tls_only(bucket_arn: Input[str], objects_arn: Input[str], *more: Statement) -> Document:
    """Return a bucket's policy that refuses every request not made over TLS, whatever *more* it allows."""
    return document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket_arn, objects_arn],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        *more,
    )


def delivered_reports(objects_arn: str, reporter: Input[str]) -> Statement:
    """Return leave to put AWS Backup's reports into a bucket, on the terms that it uses: the bucket's owner owns them."""
    condition = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
    return allow("ReportsDelivered", ["s3:PutObject"], [objects_arn], Principal={"AWS": reporter}, Condition=condition)


def delivered_inventories(objects_arn: str, account: str, source_arns: Sequence[str]) -> Statement:
    """Return leave for S3 to put the lists of *source_arns*, and of no other bucket, into a bucket; its owner owns them."""
    condition = {
        "StringEquals": {"aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control"},
        "ArnLike": {"aws:SourceArn": list(source_arns)},
    }
    principal = {"Service": "s3.amazonaws.com"}
    return allow("InventoriesDelivered", ["s3:PutObject"], [objects_arn], Principal=principal, Condition=condition)
