"""Where AWS Backup restores files to: there before it is needed, and empty again by itself."""

import json

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region


@pytest.mark.parametrize("where", [EAST, WEST])
def test_what_landed_ends_by_itself(prod: Declared, names: Names, where: str) -> None:
    """After seven days it is hidden, and a day later it is gone; the bucket takes access lists, without which some backups fail."""
    label = f"restored-files-{where}"
    bucket = prod.of("s3/bucket:Bucket")[label]
    assert (bucket.inputs["bucket"], region(bucket)) == (names.landing_bucket(where), where)
    rules = prod.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", label)["rules"]
    assert [rule["expiration"] for rule in rules if "expiration" in rule] == [{"days": 7}]
    assert [rule["noncurrentVersionExpiration"] for rule in rules if "noncurrentVersionExpiration" in rule] == [{"noncurrentDays": 1}]
    owner = prod.one("s3/bucketOwnershipControls:BucketOwnershipControls", label)["rule"]
    assert owner == {"objectOwnership": "BucketOwnerPreferred"}


def test_aws_backup_writes_files_where_they_land_and_nowhere_else(prod: Declared, names: Names) -> None:
    """Not into the shop's own buckets, where it would pass over what is there."""
    statements = json.loads(prod.one("iam/rolePolicy:RolePolicy", "restore-files")["policy"])["Statement"]
    [written] = [each["Resource"] for each in statements if "s3:PutObject" in each["Action"]]
    landings = [f"{names.bucket_arn(names.landing_bucket(where))}/*" for where in (EAST, WEST)]
    assert written == ["arn:aws:s3:::awsbackup-restore-test-*/*", *landings]
