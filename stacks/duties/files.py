"""What verifies files: it reads S3's lists of them, what S3 has stored about one, and the bytes of one where the lists do not tell."""

from names import Names
from stacks.duties.places import KeyArn, through_s3
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
