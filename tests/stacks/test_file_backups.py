"""Where files are backed up on demand: locked in both regions, and written by a role that can do nothing else."""

import json

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region


@pytest.mark.parametrize("where", [EAST, WEST])
def test_copies_are_locked_for_as_long_as_they_are_kept(prod: Declared, names: Names, where: str) -> None:
    """In governance mode, in the region's own bucket, under its own key; then they end by themselves."""
    label = f"file-backups-{where}"
    bucket = prod.of("s3/bucket:Bucket")[label]
    assert (bucket.inputs["bucket"], region(bucket), bucket.inputs["objectLockEnabled"]) == (names.file_backups_bucket(where), where, True)
    lock = prod.one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", label)["rule"]["defaultRetention"]
    rules = prod.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", label)["rules"]
    days = names.settings.files.retention.days
    assert lock == {"mode": "GOVERNANCE", "days": days}
    assert [rule["expiration"] for rule in rules if "expiration" in rule] == [{"days": days}]


def test_the_role_that_copies_reads_files_and_writes_copies_alone(prod: Declared, names: Names) -> None:
    """No file is written or deleted in it, and no list or manifest of a backup."""
    statements = json.loads(prod.one("iam/rolePolicy:RolePolicy", "file-backups")["policy"])["Statement"]
    files = {f"{names.bucket_arn(bucket)}/*" for where in (EAST, WEST) for bucket in names.file_buckets(where).values()}
    done = {act for each in statements for act in each["Action"] if set(each["Resource"]) & files}
    assert done == {"s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"}
    [written] = [each["Resource"] for each in statements if each["Sid"] == "WriteCopies"]
    assert written == [f"{names.bucket_arn(names.file_backups_bucket(where))}/copies/*" for where in (EAST, WEST)]
    [trust] = json.loads(prod.one("iam/role:Role", "file-backups")["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "batchoperations.s3.amazonaws.com"}
