"""What a vault refuses, and what AWS Backup needs to back up into it."""

from collections.abc import Mapping, Sequence

from pulumi import Input

from stacks.policies.documents import Document, allow, decrypt_for_s3, deny, document

VAULT_HARM = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
)


def vault_policy(break_glass_arn: str, account: str) -> Document:
    """Return a vault's policy: only break-glass ends a backup early, opens the vault or changes this; nobody copies out of *account*.

    ``*`` is this vault and what is in it: recovery points have ARNs of many services. AWS's control on manual deletion wants it so,
    and all that it looks for in one statement.
    """
    others = {"StringNotEquals": {"aws:PrincipalArn": break_glass_arn}}
    elsewhere = {"ForAnyValue:ArnNotLike": {"backup:CopyTargets": [f"arn:aws:backup:*:{account}:backup-vault:*"]}}
    return document(
        deny("KeptFromHarm", VAULT_HARM, others),
        deny("KeptInTheAccount", ["backup:CopyFromBackupVault"], elsewhere),
    )


def backup_into(vault_arns: Sequence[Input[str]], key_arns: Sequence[Input[str]], account: str, regions: Sequence[str]) -> Document:
    """Return what every backup and copy needs: the vaults of both regions, and the keys of what goes into and out of them."""
    points = [f"arn:aws:backup:{region}:{account}:recovery-point:*" for region in regions]
    snapshots = [f"arn:aws:rds:{region}:{account}:{kind}:*" for region in regions for kind in ("snapshot:awsbackup", "auto-backup")]
    return document(
        allow("IntoVaults", ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"], vault_arns),
        allow("OutOfVaults", ["backup:CopyFromBackupVault"], [*points, *snapshots]),
        allow("TagRecoveryPoints", ["backup:TagResource"], points),
        allow("FindByTag", ["tag:GetResources"], ["*"]),
        allow("UseKeys", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"], key_arns),
        allow("GrantKeysToServices", ["kms:CreateGrant"], key_arns, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    )


def backup_database(instance_arn: str, instances_arn: str, tagged: tuple[str, str], account: str, regions: Sequence[str]) -> Document:
    """Return what AWS Backup needs for RDS: the workload's instance and whichever of *instances_arn* bears the tag, their snapshots
    and, where it turns on continuous backups, their setting.
    """
    snapshots = [f"arn:aws:rds:{region}:{account}:snapshot:{kind}:*" for region in regions for kind in ("awsbackup", "rds")]
    automated = [f"arn:aws:rds:{region}:{account}:auto-backup:*" for region in regions]
    reads, takes = ["rds:DescribeDBInstances", "rds:ListTagsForResource"], ["rds:AddTagsToResource", "rds:CreateDBSnapshot"]
    takes.append("rds:ModifyDBInstance")
    return document(
        allow("ReadInstance", reads, [instance_arn]),
        allow("SnapshotInstance", takes, [instance_arn, *snapshots]),
        allow("BackUpWhatIsTagged", [*reads, *takes], [instances_arn], Condition=bearing(tagged)),
        allow("KeepSnapshots", ["rds:CopyDBSnapshot", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"], snapshots),
        allow("ExpireSnapshots", ["rds:DeleteDBSnapshot"], [arn for arn in snapshots if ":awsbackup:" in arn]),
        allow("ReadAutomatedBackups", ["rds:DescribeDBInstanceAutomatedBackups"], automated),
    )


def backup_files(bucket_arns: Sequence[str], account: str, region: str) -> Document:
    """Return what AWS Backup needs for buckets: their objects, their inventory, and the events that tell it of changes."""
    reads_bucket = ["GetBucketAcl", "GetBucketLocation", "GetBucketNotification", "GetBucketTagging", "GetBucketVersioning"]
    reads_bucket += ["GetInventoryConfiguration", "ListBucket", "ListBucketVersions"]
    reads_objects = ["GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionTagging"]
    rules = ["DeleteRule", "DescribeRule", "DisableRule", "EnableRule", "ListTargetsByRule", "PutRule", "PutTargets", "RemoveTargets"]
    return document(
        allow("ReadBucket", [f"s3:{action}" for action in reads_bucket], bucket_arns),
        allow("HearOfChanges", ["s3:PutBucketNotification", "s3:PutInventoryConfiguration"], bucket_arns),
        allow("ReadObjects", [f"s3:{action}" for action in reads_objects], [f"{arn}/*" for arn in bucket_arns]),
        allow("OwnRules", [f"events:{rule}" for rule in rules], [f"arn:aws:events:{region}:{account}:rule/AwsBackupManagedRule*"]),
        allow("WatchChanges", ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"], ["*"]),
        decrypt_for_s3("DecryptObjects", account, region, *bucket_arns),
    )


def backup_file_system(file_system_arns: Sequence[str], file_systems_arn: str, tagged: tuple[str, str]) -> Document:
    """Return what AWS Backup needs for EFS: the workload's file system, and whichever of *file_systems_arn* bears the tag."""
    actions = ["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"]
    by_tag = allow("BackUpWhatIsTagged", actions, [file_systems_arn], Condition=bearing(tagged))
    return document(*([allow("BackUpFileSystem", actions, file_system_arns)] if file_system_arns else []), by_tag)


def bearing(tag: tuple[str, str]) -> Mapping[str, object]:
    key, value = tag
    return {"StringEquals": {f"aws:ResourceTag/{key}": value}}
