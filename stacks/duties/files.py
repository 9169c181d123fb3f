"""What backs files up on demand, and reads what was kept."""

from names import Names
from stacks.duties.places import KeyArn, through_s3
from stacks.policies.documents import Statement, allow


def backs_files_up(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to list files, to say what S3 is to copy, and to sign what was copied; a lock keeps it from anyone.

    No file is read here: only copies are.
    """
    regions = names.settings.regions
    if not names.settings.files.kinds:
        return []
    # A pattern for the regions: what a role's policies hold together is limited.
    files = [names.bucket_arn(names.file_bucket(kind, "*")) for kind in names.settings.files.kinds]
    backups, lists = (names.bucket_arn(bucket("*")) for bucket in (names.file_backups_bucket, names.inventory_bucket))
    kept = [f"{backups}/*", f"{lists}/on-demand/*"]
    return [
        allow("ListFiles", ["s3:ListBucket", "s3:ListBucketVersions"], [*files, backups]),
        allow("KeepFiles", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:PutObjectTagging"], kept),
        through_s3("UseFileKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], [backups, lists], key),
        allow("SignFiles", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in regions]),
    ]
