"""IAM, KMS, bucket and topic policies as pure functions that return documents.

Every allowed action is spelled out and tied to named resources. ``*`` as a resource stands only where the action knows no
resource, and in key policies, where it means the key itself. Arguments may be outputs: give the document to ``Output.json_dumps``.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pulumi import Input

Statement: TypeAlias = Mapping[str, object]
Document: TypeAlias = Mapping[str, object]

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

PUBLISHERS = ("cloudwatch", "events")
"""The AWS services that publish to a topic of ours of themselves: alarms, and rules about events."""

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


def document(*statements: Statement) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[Input[str]], **more: object) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources), **more}


def assumed_by(service: str) -> Document:
    """Return the trust policy of a role that *service*, such as ``backup``, takes on."""
    principal = {"Service": f"{service}.amazonaws.com"}
    return document({"Sid": "AssumedByService", "Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole"]})


# Keys


def key(account: str, services: Sequence[str] = ()) -> Document:
    """Return a key's policy: the account administers it and delegates its use to IAM; *services* encrypt what they publish.

    Nobody may disable the key or schedule its deletion, which would take every backup under it along, vault lock or not:
    that needs a change of this policy first.
    """
    owner = {"AWS": f"arn:aws:iam::{account}:root"}
    statements = [
        allow("AdministeredByTheAccount", KEY_ADMINISTRATION, ["*"], Principal=owner),
        allow("UseDelegatedToIam", KEY_USE, ["*"], Principal=owner),
    ]
    uses = [
        allow(f"UsedBy{service.title()}", ["kms:Decrypt", "kms:GenerateDataKey"], ["*"], **_by(service, account)) for service in services
    ]
    return document(*statements, *uses)


def _by(service: str, account: str) -> Mapping[str, object]:
    """Return who *service* is when it acts for *account*.

    EventBridge does not say for whom it publishes to a topic: under a condition, its messages would be lost without a word.
    """
    principal = {"Principal": {"Service": f"{service}.amazonaws.com"}}
    return principal if service == "events" else {**principal, "Condition": {"StringEquals": {"aws:SourceAccount": account}}}


# Buckets and topics


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


def topic(topic_arn: Input[str], account: str) -> Document:
    """Return a topic's policy: the account's alarms and rules publish to it, and nobody does without TLS."""
    publish = [allow(f"{service.title()}Publishes", ["sns:Publish"], [topic_arn], **_by(service, account)) for service in PUBLISHERS]
    tls = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": [topic_arn],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document(*publish, tls)


# Backup


def vault(break_glass_arn: str, account: str) -> Document:
    """Return a vault's policy: only break-glass ends a backup early, opens the vault or changes this; nobody copies out of *account*.

    ``*`` is this vault and what is in it: recovery points have ARNs of many services. AWS's control on manual deletion wants it so,
    and all that it looks for in one statement.
    """
    others = {"StringNotEquals": {"aws:PrincipalArn": break_glass_arn}}
    elsewhere = {"ForAnyValue:ArnNotLike": {"backup:CopyTargets": [f"arn:aws:backup:*:{account}:backup-vault:*"]}}
    return document(
        _deny("KeptFromHarm", VAULT_HARM, others),
        _deny("KeptInTheAccount", ["backup:CopyFromBackupVault"], elsewhere),
    )


def _deny(sid: str, actions: Sequence[str], condition: Mapping[str, object]) -> Statement:
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*", "Condition": condition}


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


def backup_database(instance_arn: str, account: str, regions: Sequence[str]) -> Document:
    """Return what AWS Backup needs for an RDS instance, its snapshots and, where it turns on continuous backups, their setting."""
    snapshots = [f"arn:aws:rds:{region}:{account}:snapshot:{kind}:*" for region in regions for kind in ("awsbackup", "rds")]
    automated = [f"arn:aws:rds:{region}:{account}:auto-backup:*" for region in regions]
    return document(
        allow("ReadInstance", ["rds:DescribeDBInstances", "rds:ListTagsForResource"], [instance_arn]),
        allow("SnapshotInstance", ["rds:AddTagsToResource", "rds:CreateDBSnapshot", "rds:ModifyDBInstance"], [instance_arn, *snapshots]),
        allow("KeepSnapshots", ["rds:CopyDBSnapshot", "rds:DescribeDBSnapshots", "rds:ListTagsForResource"], snapshots),
        allow("ExpireSnapshots", ["rds:DeleteDBSnapshot"], [arn for arn in snapshots if ":awsbackup:" in arn]),
        allow("ReadAutomatedBackups", ["rds:DescribeDBInstanceAutomatedBackups"], automated),
    )


def backup_files(bucket_arn: str, account: str, region: str) -> Document:
    """Return what AWS Backup needs for a bucket: its objects, its inventory, and the events that tell it of changes."""
    reads_bucket = ["GetBucketAcl", "GetBucketLocation", "GetBucketNotification", "GetBucketTagging", "GetBucketVersioning"]
    reads_bucket += ["GetInventoryConfiguration", "ListBucket", "ListBucketVersions"]
    reads_objects = ["GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl", "GetObjectVersionTagging"]
    rules = ["DeleteRule", "DescribeRule", "DisableRule", "EnableRule", "ListTargetsByRule", "PutRule", "PutTargets", "RemoveTargets"]
    return document(
        allow("ReadBucket", [f"s3:{action}" for action in reads_bucket], [bucket_arn]),
        allow("HearOfChanges", ["s3:PutBucketNotification", "s3:PutInventoryConfiguration"], [bucket_arn]),
        allow("ReadObjects", [f"s3:{action}" for action in reads_objects], [f"{bucket_arn}/*"]),
        allow("OwnRules", [f"events:{rule}" for rule in rules], [f"arn:aws:events:{region}:{account}:rule/AwsBackupManagedRule*"]),
        allow("WatchChanges", ["cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"], ["*"]),
        _decrypt_for_s3("DecryptObjects", account, region, bucket_arn),
    )


# Restore


def restore_with(key_arns: Sequence[Input[str]]) -> Document:
    """Return what every restore needs: the keys of what is restored, and of what it is restored under."""
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    return document(
        allow("UseKeys", use, key_arns),
        allow("GrantKeysToServices", ["kms:CreateGrant"], key_arns, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    )


def restore_database(snapshots: str, restored: str, placed: Sequence[str]) -> Document:
    """Return what AWS Backup needs to restore *snapshots* as *restored*, *placed* in groups that exist, and to take them away again."""
    keeps = ["rds:AddTagsToResource", "rds:DeleteDBInstance", "rds:DescribeDBInstances", "rds:ListTagsForResource"]
    return document(
        allow("SeeSnapshots", ["rds:DescribeDBSnapshots", "rds:ListTagsForResource"], [snapshots]),
        allow("RestoreSnapshots", ["rds:RestoreDBInstanceFromDBSnapshot"], [snapshots, restored, *placed]),
        allow("KeepWhatIsRestored", keeps, [restored]),
    )


def restore_files(bucket_arn: str) -> Document:
    """Return what AWS Backup needs to restore objects into a bucket of its own making."""
    buckets = ["CreateBucket", "GetBucketLocation", "GetBucketOwnershipControls", "GetBucketVersioning", "ListBucket"]
    buckets += ["ListBucketVersions", "PutBucketOwnershipControls", "PutBucketVersioning"]
    objects = ["DeleteObject", "GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionAcl"]
    objects += ["ListMultipartUploadParts", "PutObject", "PutObjectAcl", "PutObjectTagging", "PutObjectVersionAcl"]
    return document(
        allow("MakeBucket", [f"s3:{action}" for action in buckets], [bucket_arn]),
        allow("WriteObjects", [f"s3:{action}" for action in objects], [f"{bucket_arn}/*"]),
    )


# Events


def forward_events(bus_arns: Sequence[str]) -> Document:
    """Return what EventBridge needs to hand an event on to another region."""
    return document(allow("HandOn", ["events:PutEvents"], bus_arns))


# Replication


def replication(source: tuple[str, str], destination: tuple[str, str], account: str, destination_key: Input[str]) -> Document:
    """Return what S3 needs to replicate one bucket into another; *source* and *destination* are (region, bucket ARN)."""
    (source_region, source_arn), (destination_region, destination_arn) = source, destination
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{destination_region}.amazonaws.com"}}
    reads = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
    return document(
        allow("ReadSource", ["s3:GetReplicationConfiguration", "s3:ListBucket"], [source_arn]),
        allow("ReadSourceObjects", reads, [f"{source_arn}/*"]),
        allow("WriteReplicas", ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], [f"{destination_arn}/*"]),
        _decrypt_for_s3("DecryptSource", account, source_region, source_arn),
        allow("EncryptReplicas", ["kms:Encrypt", "kms:GenerateDataKey"], [destination_key], Condition=through_s3),
    )


def _decrypt_for_s3(sid: str, account: str, region: str, bucket_arn: str) -> Statement:
    """Return leave to decrypt one bucket's objects through S3 in *region*, whichever key of the account they were written with."""
    condition = {
        "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
    }
    return allow(sid, ["kms:Decrypt"], [f"arn:aws:kms:{region}:{account}:key/*"], Condition=condition)


# Standby


def start_task(log_group_arn: Input[str], secret_arn: Input[str], repositories_arn: str) -> Document:
    """Return what ECS needs to start a task: its image, its secret and its log."""
    pulls = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return document(
        allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group_arn]),
        allow("ReadDatabaseSecret", ["secretsmanager:GetSecretValue"], [secret_arn]),
        allow("PullImage", pulls, [repositories_arn]),
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    )


def serve_media(bucket_arn: str, key_arn: Input[str]) -> Document:
    """Return what the storefront needs: to read and write the media of its own region."""
    return document(
        allow("ListMedia", ["s3:ListBucket"], [bucket_arn]),
        allow("ReadAndWriteMedia", ["s3:GetObject", "s3:PutObject"], [f"{bucket_arn}/*"]),
        allow("UseMediaKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    )
