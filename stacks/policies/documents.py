"""What every policy is made of.

Every allowed action is spelled out and tied to named resources. ``*`` as a resource stands only where the action knows no
resource, and in key policies, where it means the key itself. Arguments may be outputs: give the document to ``Output.json_dumps``.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pulumi import Input

Statement: TypeAlias = Mapping[str, object]
Document: TypeAlias = Mapping[str, object]


def document(*statements: Statement) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[Input[str]], **more: object) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def assumed_by(service: str) -> Document:
    """Return the trust policy of a role that *service*, such as ``backup``, takes on."""
    principal = {"Service": f"{service}.amazonaws.com"}
    return document({"Sid": "AssumedByService", "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]})


def deny(sid: str, actions: Sequence[str], condition: Mapping[str, object]) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*", "Condition": condition}


def decrypt_for_s3(sid: str, account: str, region: str, *bucket_arns: str) -> Statement:
    """Return leave to decrypt these buckets' objects through S3 in *region*, whichever key of the account they were written with."""
    condition = {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn for bucket in bucket_arns for arn in (bucket, f"{bucket}/*")]},
    }
    return allow(sid, ["kms:Decrypt"], [f"arn:aws:kms:{region}:{account}:key/*"], Condition=condition)
