"""Files of every kind: replicated both ways from the first day, and old versions that go to an archive and end."""

from pathlib import Path

import pytest

from names import Names
from sections import FileKind
from tests.stacks.declared import EAST, WEST, Declared, declare, region

WAYS = [(EAST, WEST), (WEST, EAST)]
KINDS: list[FileKind] = ["media", "uploads", "assets", "cdn"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("source", "destination"), WAYS)
def test_files_are_replicated_both_ways_within_15_minutes(
    prod: Declared, names: Names, kind: FileKind, source: str, destination: str
) -> None:
    """Neither failover nor failback configures a bucket, which needs us-east-1; both ways are timed and measured."""
    replication = prod.of("s3/bucketReplicationConfig:BucketReplicationConfig")[f"{kind}-{source}"]
    assert (replication.inputs["bucket"], region(replication)) == (names.file_bucket(kind, source), source)
    [rule] = replication.inputs["rules"]
    assert rule["destination"]["bucket"] == names.bucket_arn(names.file_bucket(kind, destination))
    assert rule["destination"]["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert rule["destination"]["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}
    assert rule["deleteMarkerReplication"] == {"status": "Enabled"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("source", "destination"), WAYS)
def test_replicas_are_encrypted_where_they_are(prod: Declared, kind: FileKind, source: str, destination: str) -> None:
    """Objects under a customer key are replicated too, and end under the destination's."""
    [rule] = prod.one("s3/bucketReplicationConfig:BucketReplicationConfig", f"{kind}-{source}")["rules"]
    assert rule["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    assert f":{destination}:" in rule["destination"]["encryptionConfiguration"]["replicaKmsKeyId"]


@pytest.mark.parametrize("kind", KINDS)
def test_replication_waits_for_versions_on_both_sides(prod: Declared, kind: FileKind) -> None:
    """S3 refuses replication into or out of a bucket without versions."""
    versioned = {each.urn for name, each in prod.of("s3/bucketVersioning:BucketVersioning").items() if name.startswith(f"{kind}-")}
    assert len(versioned) == 2
    for source in (EAST, WEST):
        replication = prod.of("s3/bucketReplicationConfig:BucketReplicationConfig")[f"{kind}-{source}"]
        assert versioned <= set(replication.depends_on)


@pytest.mark.parametrize("kind", KINDS)
def test_the_workloads_bucket_is_not_made_again(prod: Declared, names: Names, kind: FileKind) -> None:
    """It gains versions, replication and a lifecycle by its name alone."""
    own = names.file_bucket(kind, EAST)
    assert own not in {bucket.inputs["bucket"] for bucket in prod.of("s3/bucket:Bucket").values()}
    assert prod.one("s3/bucketVersioning:BucketVersioning", f"{kind}-{EAST}")["bucket"] == own


@pytest.mark.parametrize("kind", KINDS)
def test_old_versions_go_to_the_archive_and_end_on_both_sides_alike(prod: Declared, names: Names, kind: FileKind) -> None:
    """S3 replicates no deletion that a lifecycle makes: each side has its own. Current versions are never moved."""
    for where in (EAST, WEST):
        lifecycle = prod.of("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")[f"{kind}-{where}"]
        assert (lifecycle.inputs["bucket"], region(lifecycle)) == (names.file_bucket(kind, where), where)
        [rule] = lifecycle.inputs["rules"]
        assert rule["noncurrentVersionTransitions"] == [{"noncurrentDays": 30, "storageClass": "GLACIER_IR"}]
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 120}
        assert "daysAfterInitiation" in rule["abortIncompleteMultipartUpload"]
        assert {"expiration", "transitions"} & set(rule) == set()


def test_each_direction_of_each_kind_has_a_role_that_reaches_its_two_buckets_alone(prod: Declared, names: Names) -> None:
    """One role for all would let a fault in one rule write everywhere."""
    for kind in KINDS:
        for source, destination in WAYS:
            document = prod.one("iam/rolePolicy:RolePolicy", f"replicate-{kind}-{source}")["policy"]
            assert names.file_bucket(kind, source) in document
            assert names.file_bucket(kind, destination) in document
            assert not any(names.file_bucket(other, source) in document for other in KINDS if other != kind)


def test_a_kind_that_is_not_included_is_left_alone(tmp_path: Path) -> None:
    """Neither a bucket nor a configuration nor an alarm nor a role of it is declared."""
    less = declare(tmp_path, change=lambda config: config["files"].update(includeUploads=False))
    assert [each.urn for each in less.all if "uploads" in each.name] == []
    assert f"assets-{WEST}" in less.of("s3/bucket:Bucket")


def test_the_file_system_is_replicated_under_a_key_of_the_standby_region(prod: Declared, swapped: Declared, names: Names) -> None:
    """From the home region, in both roles: which way EFS replicates is not Pulumi's to turn."""
    for declared in (prod, swapped):
        [replication] = declared.of("efs/replicationConfiguration:ReplicationConfiguration").values()
        assert replication.inputs["sourceFileSystemId"] == names.settings.workload.file_system
        assert region(replication) == EAST
        assert replication.inputs["destination"]["region"] == WEST
        assert f":{WEST}:" in replication.inputs["destination"]["kmsKeyId"]


def test_without_a_file_system_nothing_of_one_is_declared(tmp_path: Path) -> None:
    """A shop may have none: then there is no plan, no replica, no restore test and no leave for any."""

    def drop(config: dict[str, dict[str, object]]) -> None:
        del config["workload"]["fileSystem"]

    less = declare(tmp_path, change=drop)
    assert [each.urn for each in less.all if "file-system" in each.name or each.type.startswith("aws:efs")] == []
    assert not any("elasticfilesystem" in each.inputs["policy"] for each in less.of("iam/rolePolicy:RolePolicy").values())
