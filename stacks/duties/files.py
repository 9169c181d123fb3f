"""What backs files up on demand, brings them back, and compares them."""

from names import Names
from stacks.duties.places import KeyArn, everywhere, through_s3
from stacks.policies.documents import Statement, allow


def verifies_files(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to compare the two regions' files; none to change one."""
    regions = names.settings.regions
    if not names.settings.files.kinds:
        return []
    lists = [names.bucket_arn(names.inventory_bucket(region)) for region in regions]
    return [
        *compares_files(names, key),
        allow("FindInventories", ["s3:ListBucket"], lists),
        allow("ReadInventories", ["s3:GetObject"], [f"{bucket}/*" for bucket in lists]),
        through_s3("DecryptInventories", names, ["kms:Decrypt"], lists, key),
    ]


def compares_files(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to list and read every version of the files themselves. The home region's may lie under a key of the workload's."""
    files = [names.bucket_arn(bucket) for region in names.settings.regions for bucket in names.file_buckets(region).values()]
    if not files:
        return []
    return [
        allow("ListFiles", ["s3:ListBucket", "s3:ListBucketVersions"], files),
        allow("ReadFiles", ["s3:GetObject", "s3:GetObjectVersion"], [f"{bucket}/*" for bucket in files]),
        through_s3("DecryptFiles", names, ["kms:Decrypt"], files, key),
    ]


def restores_files(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to have S3 copy versions of files, with their tags, and to thaw archived ones; none to delete a version.

    To delete without naming a version is to hide: it puts a marker over the newest, and every version stays.
    """
    regions = names.settings.regions
    files = [names.bucket_arn(bucket) for region in regions for bucket in names.file_buckets(region).values()]
    if not files:
        return []
    landings, objects = names.bucket_arn(names.landing_bucket("*")), [f"{bucket}/*" for bucket in files]
    actions = ["AbortMultipartUpload", "DeleteObject", "GetObjectTagging", "GetObjectVersionTagging", "PutObject", "PutObjectTagging"]
    lands = ["DeleteObject", "GetObject", "GetObjectTagging", "GetObjectVersion", "GetObjectVersionTagging"]
    service = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
    return [
        allow("RestoreFiles", [f"s3:{action}" for action in [*actions, "RestoreObject"]], objects),
        through_s3("EncryptFiles", names, ["kms:GenerateDataKey"], files, key),
        allow("RestoreFilesPoint", ["backup:StartRestoreJob"], everywhere(names, "backup", "recovery-point:*")),
        # Jobs are no resources.
        allow("FollowRestore", ["backup:DescribeRestoreJob"], ["*"]),
        allow("PassRestoreRole", ["iam:PassRole"], [names.role_arn("restore")], Condition=service),
        allow("ListWhatLanded", ["s3:ListBucket", "s3:ListBucketVersions"], [landings]),
        allow("ReadWhatLanded", [f"s3:{action}" for action in lands], [f"{landings}/*"]),
        through_s3("DecryptWhatLanded", names, ["kms:Decrypt"], [landings], key),
    ]


def backs_files_up(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to say what S3 is to copy, to list what was copied, and to sign it; a lock keeps it from anyone.

    No file is read here: only copies are.
    """
    regions = names.settings.regions
    if not names.settings.files.kinds:
        return []
    # A pattern for the regions: what a policy holds is limited. The files themselves are listed by leave to compare them.
    backups, lists = (names.bucket_arn(bucket("*")) for bucket in (names.file_backups_bucket, names.inventory_bucket))
    kept = [f"{backups}/*", f"{lists}/on-demand/*"]
    return [
        allow("ListKeptFiles", ["s3:ListBucket", "s3:ListBucketVersions"], [backups]),
        allow(
            "KeepFiles", ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:PutObject", "s3:PutObjectTagging"], kept
        ),
        through_s3("UseFileKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], [backups, lists], key),
        allow("SignFiles", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in regions]),
    ]
