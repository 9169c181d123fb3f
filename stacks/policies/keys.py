"""Who may use a customer key, and that nobody may destroy it."""

from collections.abc import Mapping, Sequence

from stacks.policies.documents import Document, Statement, allow, document

KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
KEY_USE = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
SIGNING_USE = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify")


def key_policy(account: str, services: Sequence[str] = (), *more: Statement) -> Document:
    """Return a key's policy: the account administers it and delegates its use to IAM; *services* encrypt what they publish.

    *more* is what else is allowed.

    Nobody may disable the key or schedule its deletion, which would take every backup under it along, vault lock or not:
    that needs a change of this policy first.
    """
    uses = [
        allow(f"UsedBy{service.title()}", ["kms:Decrypt", "kms:GenerateDataKey"], ["*"], **acting(service, account)) for service in services
    ]
    return document(*_owned(account, KEY_USE), *uses, *more)


def signing_key_policy(account: str) -> Document:
    """Return the policy of a key that signs: the same hands, and no data to encrypt."""
    return document(*_owned(account, SIGNING_USE))


def _owned(account: str, use: Sequence[str]) -> list[Statement]:
    owner = {"AWS": f"arn:aws:iam::{account}:root"}
    return [
        allow("AdministeredByTheAccount", KEY_ADMINISTRATION, ["*"], Principal=owner),
        allow("UseDelegatedToIam", use, ["*"], Principal=owner),
    ]


def encrypt_inventories(account: str, bucket_arns: Sequence[str]) -> Statement:
    """Return leave for S3 to encrypt the lists that it makes of these buckets, in the key's policy: it acts in no role."""
    condition = {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": list(bucket_arns)}}
    return allow("InventoriesEncrypted", ["kms:GenerateDataKey"], ["*"], Principal={"Service": "s3.amazonaws.com"}, Condition=condition)


def acting(service: str, account: str) -> Mapping[str, object]:
    """Return who *service* is when it acts for *account*.

    EventBridge does not say for whom it publishes to a topic, and AWS Backup is not known to: under a condition, their messages would
    be lost without a word.
    """
    principal = {"Principal": {"Service": f"{service}.amazonaws.com"}}
    return principal if service in ("backup", "events") else {**principal, "Condition": {"StringEquals": {"aws:SourceAccount": account}}}
