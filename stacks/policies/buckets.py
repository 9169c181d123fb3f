"""Who reaches a bucket from outside the account's own policies, and how."""

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
