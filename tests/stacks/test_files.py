"""Media: replicated both ways from the first day."""

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region

WAYS = [(EAST, WEST), (WEST, EAST)]


@pytest.mark.parametrize(("source", "destination"), WAYS)
def test_media_are_replicated_both_ways_within_15_minutes(prod: Declared, names: Names, source: str, destination: str) -> None:
    """Neither failover nor failback configures a bucket, which needs us-east-1; both ways are timed and measured."""
    replication = prod.of("s3/bucketReplicationConfig:BucketReplicationConfig")[f"media-{source}"]
    assert (replication.inputs["bucket"], region(replication)) == (names.media_bucket(source), source)
    [rule] = replication.inputs["rules"]
    assert rule["destination"]["bucket"] == names.bucket_arn(names.media_bucket(destination))
    assert rule["destination"]["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert rule["destination"]["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}


@pytest.mark.parametrize(("source", "destination"), WAYS)
def test_replicas_are_encrypted_where_they_are(prod: Declared, source: str, destination: str) -> None:
    """Objects under a customer key are replicated too, and end under the destination's."""
    [rule] = prod.one("s3/bucketReplicationConfig:BucketReplicationConfig", f"media-{source}")["rules"]
    assert rule["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    assert f":{destination}:" in rule["destination"]["encryptionConfiguration"]["replicaKmsKeyId"]


def test_replication_waits_for_versions_on_both_sides(prod: Declared) -> None:
    """S3 refuses replication into or out of a bucket without versions."""
    versioned = {each.urn for name, each in prod.of("s3/bucketVersioning:BucketVersioning").items() if name.startswith("media-")}
    assert len(versioned) == 2
    for source in (EAST, WEST):
        assert versioned <= set(prod.of("s3/bucketReplicationConfig:BucketReplicationConfig")[f"media-{source}"].depends_on)


def test_the_workloads_bucket_is_not_made_again(prod: Declared, names: Names) -> None:
    """It gains versions and replication by its name alone."""
    assert names.media_bucket(EAST) not in {bucket.inputs["bucket"] for bucket in prod.of("s3/bucket:Bucket").values()}
    assert prod.one("s3/bucketVersioning:BucketVersioning", f"media-{EAST}")["bucket"] == names.media_bucket(EAST)
