"""The resources that duties are about, in both regions, since roles swap."""

from collections.abc import Callable
from typing import TypeAlias

from pulumi import Input

from names import Names
from stacks.policies.documents import Statement, allow

KeyArn: TypeAlias = Callable[[str, str], Input[str]]
"""The ARN of the customer key for a purpose in a region."""

RESTORED = "awsbackup-restore-test-*"
"""What AWS Backup calls all that a restore test restores, and what its clean-up deletes."""


def everywhere(names: Names, service: str, *resources: str) -> list[str]:
    account = names.settings.account
    return [f"arn:aws:{service}:{region}:{account}:{resource}" for region in names.settings.regions for resource in resources]


def services(names: Names) -> list[str]:
    return everywhere(names, "ecs", f"service/{names.cluster}/{names.service}")


def vaults(names: Names) -> list[str]:
    kinds = (names.vault_arn, names.air_gapped_vault_arn) if names.settings.vaults.air_gapped else (names.vault_arn,)
    return [arn(region) for arn in kinds for region in names.settings.regions]


def recovery_points(names: Names) -> list[str]:
    """Return the recovery points of the account: those of RDS are snapshots, and carry a snapshot's ARN."""
    return [*everywhere(names, "backup", "recovery-point:*"), *everywhere(names, "rds", "snapshot:awsbackup:*")]


def keys(names: Names, key: KeyArn) -> list[Input[str]]:
    return [key(purpose, region) for purpose in ("data", "vault", "topic") for region in names.settings.regions]


def through_s3(sid: str, names: Names, actions: list[str], buckets: list[str], key: KeyArn) -> Statement:
    """Return leave to use the data keys for the objects of *buckets* alone: media lie under the same keys."""
    condition = {
        "StringEquals": {"kms:ViaService": [f"s3.{region}.amazonaws.com" for region in names.settings.regions]},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn for bucket in buckets for arn in (bucket, f"{bucket}/*")]},
    }
    return allow(sid, actions, [key("data", region) for region in names.settings.regions], Condition=condition)
