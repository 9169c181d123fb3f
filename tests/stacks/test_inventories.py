"""Daily lists of all files, and the role that has replicated what was there before."""

import json

import pytest

from names import Names
from sections import FileKind
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, region

KINDS: list[FileKind] = ["media", "uploads", "assets", "cdn"]


@pytest.mark.parametrize("where", [EAST, WEST])
@pytest.mark.parametrize("kind", KINDS)
def test_every_version_of_every_file_is_listed_daily_in_its_own_region(prod: Declared, names: Names, kind: FileKind, where: str) -> None:
    """With what tells whether it was replicated, how it is encrypted, and which checksum it has."""
    inventory = prod.of("s3/inventory:Inventory")[f"{kind}-{where}"]
    assert (inventory.inputs["bucket"], region(inventory)) == (names.file_bucket(kind, where), where)
    assert (inventory.inputs["includedObjectVersions"], inventory.inputs["schedule"]) == ("All", {"frequency": "Daily"})
    assert {"ETag", "ChecksumAlgorithm", "ReplicationStatus", "EncryptionStatus"} <= set(inventory.inputs["optionalFields"])
    into = inventory.inputs["destination"]["bucket"]
    assert (into["bucketArn"], into["format"]) == (names.bucket_arn(names.inventory_bucket(where)), "CSV")
    assert f":{where}:" in into["encryption"]["sseKms"]["keyId"]


@pytest.mark.parametrize("where", [EAST, WEST])
def test_s3_delivers_the_lists_of_our_buckets_and_of_no_other(prod: Declared, names: Names, where: str) -> None:
    """The bucket's policy and the key's both name the sources and the account: S3 acts for anybody who asks it to."""
    sources = [names.bucket_arn(bucket) for bucket in names.file_buckets(where).values()]
    policy = json.loads(prod.one("s3/bucketPolicy:BucketPolicy", f"inventories-{where}")["policy"])
    [delivered] = [each for each in policy["Statement"] if each["Sid"] == "InventoriesDelivered"]
    assert (delivered["Principal"], delivered["Action"]) == ({"Service": "s3.amazonaws.com"}, ["s3:PutObject"])
    key = json.loads(prod.one("kms/key:Key", f"data-{where}")["policy"])
    [encrypted] = [each for each in key["Statement"] if each["Sid"] == "InventoriesEncrypted"]
    assert (encrypted["Principal"], encrypted["Action"]) == ({"Service": "s3.amazonaws.com"}, ["kms:GenerateDataKey"])
    for statement in (delivered, encrypted):
        assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": sources}
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == ACCOUNT


def test_a_list_is_kept_as_long_as_the_oldest_version_in_it(prod: Declared) -> None:
    """Longer, it would list what is gone."""
    for where in (EAST, WEST):
        rules = prod.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"inventories-{where}")["rules"]
        assert [rule.get("expiration") for rule in rules if "expiration" in rule] == [{"days": 120}]
        assert [rule.get("noncurrentVersionExpiration") for rule in rules if "expiration" not in rule] == [{"noncurrentDays": 120}]


def test_lists_are_delivered_once_s3_may(prod: Declared) -> None:
    """A list whose first delivery is refused tells nobody."""
    for where in (EAST, WEST):
        policy = prod.of("s3/bucketPolicy:BucketPolicy")[f"inventories-{where}"]
        assert all(policy.urn in prod.of("s3/inventory:Inventory")[f"{kind}-{where}"].depends_on for kind in KINDS)


def test_the_role_for_existing_files_asks_for_replicas_and_copies_nothing(prod: Declared, names: Names) -> None:
    """It neither reads nor writes a file; what it writes are manifests and reports."""
    statements = {
        each["Sid"]: each for each in json.loads(prod.one("iam/rolePolicy:RolePolicy", "replicate-existing")["policy"])["Statement"]
    }
    files = {names.bucket_arn(bucket) for where in (EAST, WEST) for bucket in names.file_buckets(where).values()}
    lists = {names.bucket_arn(names.inventory_bucket(where)) for where in (EAST, WEST)}
    assert statements["AskForReplicas"]["Action"] == ["s3:InitiateReplication"]
    assert {arn.removesuffix("/*") for arn in statements["AskForReplicas"]["Resource"]} == files
    assert {arn.removesuffix("/*") for arn in statements["KeepManifestsAndReports"]["Resource"]} == lists
    touched = {act for each in statements.values() for act in each["Action"] if set(each["Resource"]) & {f"{arn}/*" for arn in files}}
    assert touched == {"s3:InitiateReplication"}
