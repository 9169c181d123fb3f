"""What is true of every bucket that the program makes."""

import json

from tests.stacks.declared import EAST, WEST, Declared, region

CONFIGURED = {
    "bucketVersioning:BucketVersioning",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketPolicy:BucketPolicy",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
}


def test_every_bucket_is_versioned_private_encrypted_and_reached_over_tls(prod: Declared) -> None:
    """None is left out: each bucket has each of the four configurations, in its own region."""
    buckets = prod.of("s3/bucket:Bucket")
    assert set(buckets) >= {f"media-{WEST}", f"journal-{EAST}", f"journal-{WEST}", f"reports-{EAST}", f"reports-{WEST}"}
    for name, bucket in buckets.items():
        for type_ in CONFIGURED:
            configuration = prod.of(f"s3/{type_}")[name]
            assert configuration.inputs["bucket"] == bucket.inputs["bucket"]
            assert region(configuration) == region(bucket)


def test_nothing_of_a_bucket_is_public(prod: Declared) -> None:
    """All four blocks are on."""
    for block in prod.of("s3/bucketPublicAccessBlock:BucketPublicAccessBlock").values():
        assert {name: value for name, value in block.inputs.items() if value is True} == dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
        )


def test_requests_without_tls_are_refused(prod: Declared) -> None:
    """For the bucket and for the objects in it, whoever asks."""
    for name, policy in prod.of("s3/bucketPolicy:BucketPolicy").items():
        delivered = {"reports": ["ReportsDelivered"], "inventories": ["InventoriesDelivered"]}
        statement, *others = json.loads(policy.inputs["policy"])["Statement"]
        assert [other["Sid"] for other in others] == delivered.get(name.partition("-")[0], [])
        arn = f"arn:aws:s3:::{prod.one('s3/bucket:Bucket', name)['bucket']}"
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert statement["Resource"] == [arn, f"{arn}/*"]


def test_every_bucket_has_a_customer_key_of_its_own_region(prod: Declared) -> None:
    """A bucket under another region's key would be lost with that region."""
    for encryption in prod.of("s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration").values():
        [rule] = encryption.inputs["rules"]
        applied = rule["applyServerSideEncryptionByDefault"]
        assert applied["sseAlgorithm"] == "aws:kms"
        assert f":{region(encryption)}:" in applied["kmsMasterKeyId"]


def test_the_journal_is_written_once(prod: Declared) -> None:
    """In both regions each version is kept for a year; governance, so that a mistake does not cost for ever."""
    for where in (EAST, WEST):
        assert prod.one("s3/bucket:Bucket", f"journal-{where}")["objectLockEnabled"] is True
        lock = prod.one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", f"journal-{where}")
        assert lock["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 365}}
