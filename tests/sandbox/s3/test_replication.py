"""Replication that copies, in order, both ways, and through outages."""

import pytest
from botocore.client import BaseClient
from moto.s3.models import s3_backends

from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, until
from tests.sandbox.s3.buckets import ENABLED, keys, make_bucket, metric, replicate, rule, status


def test_a_replica_is_the_object_with_its_properties_and_version(east: BaseClient, west: BaseClient, pair: tuple[str, str]) -> None:
    """Bytes, metadata, tags and version id arrive; the source turns from PENDING to COMPLETED, the copy is a REPLICA."""
    properties = {"ContentType": "image/jpeg", "Metadata": {"by": "us"}, "Tagging": "kind=photo"}
    written = east.put_object(Bucket=pair[0], Key="a.jpg", Body=b"jpeg", **properties)
    assert status(east, pair[0], "a.jpg") == "PENDING"
    until(lambda: "a.jpg" in keys(west, pair[1]))
    copied = west.get_object(Bucket=pair[1], Key="a.jpg")
    assert (copied["Body"].read(), copied["ContentType"], copied["Metadata"]) == (b"jpeg", "image/jpeg", {"by": "us"})
    assert (copied["VersionId"], copied["ETag"]) == (written["VersionId"], written["ETag"])
    assert west.get_object_tagging(Bucket=pair[1], Key="a.jpg")["TagSet"] == [{"Key": "kind", "Value": "photo"}]
    assert (status(east, pair[0], "a.jpg"), status(west, pair[1], "a.jpg")) == ("COMPLETED", "REPLICA")


def test_replication_both_ways_does_not_loop(east: BaseClient, west: BaseClient, pair: tuple[str, str]) -> None:
    """Objects written on both sides end on both sides, once each."""
    east.put_object(Bucket=pair[0], Key="from-east", Body=b"1")
    west.put_object(Bucket=pair[1], Key="from-west", Body=b"2")
    until(lambda: keys(east, pair[0]) == keys(west, pair[1]) == ["from-east", "from-west"])
    until(lambda: status(east, pair[0], "from-east") == status(west, pair[1], "from-west") == "COMPLETED")
    assert [len(api.list_object_versions(Bucket=bucket)["Versions"]) for api, bucket in ((east, pair[0]), (west, pair[1]))] == [2, 2]


def test_tags_given_later_follow_in_both_directions(east: BaseClient, west: BaseClient, pair: tuple[str, str]) -> None:
    """A tag on the source arrives at the replica; with replica modifications, a tag on the replica arrives at the source."""
    replicate(west, pair[1], rule(pair[0], SourceSelectionCriteria={"ReplicaModifications": ENABLED}))
    east.put_object(Bucket=pair[0], Key="k", Body=b"1")
    until(lambda: "k" in keys(west, pair[1]))
    first, second = ([{"Key": "at", "Value": region}] for region in (EAST, WEST))
    east.put_object_tagging(Bucket=pair[0], Key="k", Tagging={"TagSet": first})
    until(lambda: west.get_object_tagging(Bucket=pair[1], Key="k")["TagSet"] == first)
    west.put_object_tagging(Bucket=pair[1], Key="k", Tagging={"TagSet": second})
    until(lambda: east.get_object_tagging(Bucket=pair[0], Key="k")["TagSet"] == second)
    assert (status(east, pair[0], "k"), status(west, pair[1], "k")) == ("COMPLETED", "REPLICA")


def test_versions_keep_their_order(east: BaseClient, west: BaseClient, pair: tuple[str, str]) -> None:
    """Several writes of one key arrive as several versions, the last one latest."""
    for body in (b"1", b"2", b"3"):
        east.put_object(Bucket=pair[0], Key="k", Body=body)
    until(lambda: len(west.list_object_versions(Bucket=pair[1]).get("Versions", [])) == 3)
    assert west.get_object(Bucket=pair[1], Key="k")["Body"].read() == b"3"


def test_delete_markers_follow_and_deleted_versions_do_not(east: BaseClient, west: BaseClient, pair: tuple[str, str]) -> None:
    """A delete hides the object on both sides; deleting one version on one side leaves it on the other."""
    version = east.put_object(Bucket=pair[0], Key="k", Body=b"1")["VersionId"]
    until(lambda: "k" in keys(west, pair[1]))
    east.delete_object(Bucket=pair[0], Key="k")
    until(lambda: keys(west, pair[1]) == [])
    east.delete_object(Bucket=pair[0], Key="k", VersionId=version)
    east.put_object(Bucket=pair[0], Key="later", Body=b"2")
    until(lambda: "later" in keys(west, pair[1]))
    assert west.get_object(Bucket=pair[1], Key="k", VersionId=version)["Body"].read() == b"1"


@pytest.mark.parametrize("dark", [EAST, WEST])
def test_replication_waits_for_a_dark_region_and_catches_up(
    lab: Lab, east: BaseClient, west: BaseClient, pair: tuple[str, str], dark: str
) -> None:
    """While the source or the destination is dark nothing arrives; after the heal everything does."""
    east.put_object(Bucket=pair[0], Key="k", Body=b"1")
    lab.regions.break_region(dark, "refuse")
    assert not lab.closing.wait(0.8)
    assert list(s3_backends[lab.settings.account]["aws"].buckets[pair[1]].keys) == []
    lab.regions.heal_region(dark)
    until(lambda: keys(west, pair[1]) == ["k"])


def test_what_is_pending_is_measured_in_the_region_of_the_destination(lab: Lab, east: BaseClient, pair: tuple[str, str]) -> None:
    """From the first moment there is a value; bytes wait when writes come faster than copies, and the wait ends at 0."""
    watch = client(lab, "cloudwatch", WEST)
    until(lambda: metric(watch, "BytesPendingReplication", *pair) == 0)

    def peak() -> bool:
        east.put_object(Bucket=pair[0], Key="k", Body=bytes(1000))
        return (metric(watch, "BytesPendingReplication", *pair) or 0) >= 1000

    until(peak)
    until(lambda: metric(watch, "BytesPendingReplication", *pair) == 0)
    assert metric(client(lab, "cloudwatch", EAST), "BytesPendingReplication", *pair) is None


def test_encrypted_objects_need_a_working_key_at_the_destination(lab: Lab, east: BaseClient, west: BaseClient) -> None:
    """Objects under SSE-KMS are copied under the rule's key; when that is disabled, the source turns FAILED."""
    make_bucket(east, "src")
    make_bucket(west, "dst")
    keys_west = client(lab, "kms", WEST)
    key = keys_west.create_key()["KeyMetadata"]["Arn"]
    chosen = rule("dst", SourceSelectionCriteria={"SseKmsEncryptedObjects": ENABLED})
    chosen["Destination"]["EncryptionConfiguration"] = {"ReplicaKmsKeyID": key}
    replicate(east, "src", chosen)
    east.put_object(Bucket="src", Key="first", Body=b"", ServerSideEncryption="aws:kms")
    until(lambda: status(east, "src", "first") == "COMPLETED")
    assert west.head_object(Bucket="dst", Key="first")["SSEKMSKeyId"] == key
    keys_west.disable_key(KeyId=key)
    east.put_object(Bucket="src", Key="second", Body=b"", ServerSideEncryption="aws:kms")
    until(lambda: status(east, "src", "second") == "FAILED")
