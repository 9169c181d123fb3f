"""What services of AWS need to work for us: EventBridge, S3 replication, and the tasks of the standby."""

from collections.abc import Mapping, Sequence

from pulumi import Input

from stacks.policies.documents import Document, allow, decrypt_for_s3, document


def forward_events(bus_arns: Sequence[str]) -> Document:
    """Return what EventBridge needs to hand an event on to another region."""
    return document(allow("HandOn", ["events:PutEvents"], bus_arns))


def replication(source: tuple[str, str], destination: tuple[str, str], account: str, destination_key: Input[str]) -> Document:
    """Return what S3 needs to replicate one bucket into another; *source* and *destination* are (region, bucket ARN).

    Out of a bucket under Object Lock it replicates an object's lock too, for which it reads retention and legal hold.
    """
    (source_region, source_arn), (destination_region, destination_arn) = source, destination
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{destination_region}.amazonaws.com"}}
    reads = ["s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"]
    reads += ["s3:GetObjectLegalHold", "s3:GetObjectRetention"]
    return document(
        allow("ReadSource", ["s3:GetReplicationConfiguration", "s3:ListBucket"], [source_arn]),
        allow("ReadSourceObjects", reads, [f"{source_arn}/*"]),
        allow("WriteReplicas", ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"], [f"{destination_arn}/*"]),
        decrypt_for_s3("DecryptSource", account, source_region, source_arn),
        allow("EncryptReplicas", ["kms:Encrypt", "kms:GenerateDataKey"], [destination_key], Condition=through_s3),
    )


def replicate_existing(
    source_arns: Sequence[str], list_arns: Sequence[str], key_arns: Sequence[Input[str]], regions: Sequence[str]
) -> Document:
    """Return what S3 Batch Operations needs to have replicated what lies in *source_arns*: to list it and to ask for it.

    Its manifests and reports go to *list_arns*, under *key_arns*. It copies nothing itself: that is done in replication's own role.
    """
    condition = {
        "StringEquals": {"kms:ViaService": [f"s3.{region}.amazonaws.com" for region in regions]},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn for bucket in list_arns for arn in (bucket, f"{bucket}/*")]},
    }
    return document(
        allow("AskForReplicas", ["s3:InitiateReplication"], [f"{arn}/*" for arn in source_arns]),
        allow("ListWhatIsThere", ["s3:GetReplicationConfiguration", "s3:PutInventoryConfiguration"], source_arns),
        allow("KeepManifestsAndReports", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], [f"{arn}/*" for arn in list_arns]),
        allow("EncryptThem", ["kms:Decrypt", "kms:GenerateDataKey"], key_arns, Condition=condition),
    )


def copy_files(
    account: str,
    sources: Mapping[str, Sequence[str]],
    list_arns: Sequence[str],
    backup_arns: Sequence[str],
    key_arns: Sequence[Input[str]],
) -> Document:
    """Return what S3 Batch Operations needs to copy files of *sources* (bucket ARNs by region) to *backup_arns*, and not one back.

    It reads its manifests in *list_arns* and reports there; *key_arns* are those of lists and backups.
    """
    condition = {
        "StringEquals": {"kms:ViaService": [f"s3.{region}.amazonaws.com" for region in sources]},
        "StringLike": {
            "kms:EncryptionContext:aws:s3:arn": [arn for bucket in (*list_arns, *backup_arns) for arn in (bucket, f"{bucket}/*")]
        },
    }
    files = [f"{arn}/*" for arns in sources.values() for arn in arns]
    return document(
        allow("ReadFiles", ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"], files),
        *(decrypt_for_s3(f"DecryptFiles{number}", account, region, *arns) for number, (region, arns) in enumerate(sources.items(), 1)),
        allow("WriteCopies", ["s3:PutObject", "s3:PutObjectTagging"], [f"{arn}/copies/*" for arn in backup_arns]),
        allow("ReadManifests", ["s3:GetObject", "s3:GetObjectVersion"], [f"{arn}/on-demand/*" for arn in list_arns]),
        allow("Report", ["s3:PutObject"], [f"{arn}/on-demand/*" for arn in list_arns]),
        allow("EncryptThem", ["kms:Decrypt", "kms:GenerateDataKey"], key_arns, Condition=condition),
    )


def start_task(log_group_arn: Input[str], secret_arn: Input[str], repositories_arn: str, cache_arn: str | None) -> Document:
    """Return what ECS needs to start a task: its image, its secret and its log. Repositories of *cache_arn* fill at the first pull."""
    pulls = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    fills = [allow("FillCache", ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], [cache_arn])] if cache_arn else []
    return document(
        allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group_arn]),
        allow("ReadDatabaseSecret", ["secretsmanager:GetSecretValue"], [secret_arn]),
        allow("PullImage", pulls, [repositories_arn]),
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        *fills,
    )


def serve_files(bucket_arns: Sequence[str], key_arn: Input[str]) -> Document:
    """Return what the storefront needs: to read and write the files of its own region."""
    return document(
        allow("ListFiles", ["s3:ListBucket"], bucket_arns),
        allow("ReadAndWriteFiles", ["s3:GetObject", "s3:PutObject"], [f"{arn}/*" for arn in bucket_arns]),
        allow("UseFilesKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn]),
    )
