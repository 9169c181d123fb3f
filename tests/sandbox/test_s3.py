"""S3: replication that copies, and refusals that hold."""

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.core.base_backend import BackendDict
from moto.s3.models import s3_backends

from sandbox import kms, s3
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from sandbox.s3.rules import applying_rules, why_refused
from tests.sandbox.parts import EAST, WEST, client, running, until

ENABLED = {"Status": "Enabled"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder: Path = tmp_path_factory.mktemp("s3")
    with running(folder, kms, s3) as lab:
        yield lab


@pytest.fixture(autouse=True)
def lab(served: Lab) -> Iterator[Lab]:
    """The module's sandbox, with nothing in it."""
    yield served
    for region in (EAST, WEST):
        served.regions.heal_region(region)
    with one_at_a_time:
        BackendDict.reset()


@pytest.fixture(scope="module")
def east(served: Lab) -> BaseClient:
    return client(served, "s3", EAST)


@pytest.fixture(scope="module")
def west(served: Lab) -> BaseClient:
    return client(served, "s3", WEST)


def make_bucket(api: BaseClient, name: str, *, locked: bool = False) -> None:
    region = api.meta.region_name
    place = {} if region == EAST else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    api.create_bucket(Bucket=name, ObjectLockEnabledForBucket=locked, **place)
    api.put_bucket_versioning(Bucket=name, VersioningConfiguration=ENABLED)


def rule(destination: str, **changes: object) -> dict[str, Any]:
    """A rule as the stacks write it, with everything that Pulumi's BucketReplicationConfig can say."""
    return {
        "ID": "everything",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {},
        "DeleteMarkerReplication": ENABLED,
        "Destination": {
            "Bucket": f"arn:aws:s3:::{destination}",
            "ReplicationTime": ENABLED | {"Time": {"Minutes": 15}},
            "Metrics": ENABLED | {"EventThreshold": {"Minutes": 15}},
        },
    } | changes


def replicate(api: BaseClient, source: str, *rules: dict[str, Any]) -> None:
    configuration = {"Role": "arn:aws:iam::123456789012:role/replication", "Rules": list(rules)}
    api.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)


@pytest.fixture
def pair(east: BaseClient, west: BaseClient) -> tuple[str, str]:
    """Two buckets that replicate everything to each other."""
    make_bucket(east, "media-east")
    make_bucket(west, "media-west")
    replicate(east, "media-east", rule("media-west"))
    replicate(west, "media-west", rule("media-east"))
    return "media-east", "media-west"


def keys(api: BaseClient, bucket: str) -> list[str]:
    return [found["Key"] for found in api.list_objects_v2(Bucket=bucket).get("Contents", [])]


def status(api: BaseClient, bucket: str, key: str) -> str | None:
    answer: dict[str, Any] = api.head_object(Bucket=bucket, Key=key)
    return answer.get("ReplicationStatus")


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


def metric(watch: BaseClient, name: str, source: str, destination: str) -> float | None:
    """The latest value of a replication metric."""
    dimensions = [{"Name": "SourceBucket", "Value": source}, {"Name": "DestinationBucket", "Value": destination}]
    query = {
        "Id": "m",
        "MetricStat": {
            "Metric": {"Namespace": "AWS/S3", "MetricName": name, "Dimensions": [*dimensions, {"Name": "RuleId", "Value": "everything"}]},
            "Period": 1,
            "Stat": "Maximum",
        },
    }
    now = datetime.now(UTC)
    window = {"StartTime": now - timedelta(minutes=1), "EndTime": now + timedelta(seconds=2)}
    found = watch.get_metric_data(MetricDataQueries=[query], ScanBy="TimestampDescending", **window)
    return next(iter(found["MetricDataResults"][0]["Values"]), None)


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


def test_only_what_a_rule_covers_is_copied(east: BaseClient, west: BaseClient) -> None:
    """Prefix and tags choose; a disabled rule copies nothing."""
    make_bucket(east, "src")
    make_bucket(west, "dst")
    both = {"And": {"Prefix": "media/", "Tags": [{"Key": "keep", "Value": "yes"}]}}
    disabled = {"Status": "Disabled"}
    replicate(
        east,
        "src",
        rule("dst", Filter=both, DeleteMarkerReplication=disabled),
        rule("dst", ID="off", Priority=2, Status="Disabled"),
    )
    east.put_object(Bucket="src", Key="media/untagged", Body=b"")
    east.put_object(Bucket="src", Key="other/tagged", Body=b"", Tagging="keep=yes")
    east.put_object(Bucket="src", Key="media/tagged", Body=b"", Tagging="keep=yes")
    until(lambda: keys(west, "dst") == ["media/tagged"])
    assert (status(east, "src", "media/untagged"), status(east, "src", "other/tagged")) == (None, None)


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


def test_a_replication_configuration_is_read_back_as_it_was_written(east: BaseClient, west: BaseClient) -> None:
    """Time control, metrics, filters, selection, encryption and delete markers all come back."""
    make_bucket(east, "src")
    make_bucket(west, "dst")
    written = rule("dst", Filter={"Prefix": "media/"}, SourceSelectionCriteria={"SseKmsEncryptedObjects": ENABLED})
    written["Destination"] |= {"StorageClass": "STANDARD_IA", "EncryptionConfiguration": {"ReplicaKmsKeyID": "alias/data"}}
    replicate(east, "src", written)
    assert east.get_bucket_replication(Bucket="src")["ReplicationConfiguration"]["Rules"] == [written]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"Destination": {"Bucket": "arn:aws:s3:::nowhere"}}, "must exist"),
        ({"Destination": {"Bucket": "arn:aws:s3:::plain"}}, "versioning"),
        ({"Destination": {"Bucket": "arn:aws:s3:::dst", "ReplicationTime": ENABLED | {"Time": {"Minutes": 15}}}}, "Metrics"),
        ({"Destination": {"Bucket": "arn:aws:s3:::dst", "Metrics": ENABLED | {"EventThreshold": {"Minutes": 5}}}}, "15"),
        ({"SourceSelectionCriteria": {"SseKmsEncryptedObjects": ENABLED}}, "ReplicaKmsKeyID"),
    ],
)
def test_an_unsound_replication_is_refused(east: BaseClient, west: BaseClient, change: dict[str, Any], says: str) -> None:
    """Destinations must exist with versioning; time control needs metrics and 15 minutes; SSE-KMS needs a replica key."""
    make_bucket(east, "src")
    make_bucket(west, "dst")
    east.create_bucket(Bucket="plain")
    with pytest.raises(ClientError, match=says) as refused:
        replicate(east, "src", rule("dst", **change))
    assert refused.value.response["Error"]["Code"] == "InvalidRequest"


def test_a_rule_with_a_filter_says_what_becomes_of_delete_markers() -> None:
    """The second version of the schema asks for priority and delete marker replication."""
    document = rule("dst")
    del document["DeleteMarkerReplication"]
    assert (why_refused({"Rules": [document]}) or "").startswith("DeleteMarkerReplication must be specified")


def test_the_rule_with_the_highest_priority_wins_for_each_destination() -> None:
    """Of two rules that cover a key and lead to one bucket, one applies."""
    rules = [rule("a", ID="low", Priority=1), rule("a", ID="high", Priority=2), rule("b", ID="other", Priority=3)]
    assert [chosen.id for chosen in applying_rules({"Rules": rules}, "k", {})] == ["other", "high"]


def test_one_of_many_conditional_writes_wins(east: BaseClient) -> None:
    """Eight writers who each want to be first: one is, seven are told 412."""
    make_bucket(east, "journal")

    def write(writer: int) -> int:
        try:
            answer = east.put_object(Bucket="journal", Key="lease", Body=str(writer).encode(), IfNoneMatch="*")
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(8) as writers:
        assert sorted(writers.map(write, range(8))) == [200] + [412] * 7


def test_a_write_over_a_known_version_needs_its_etag(east: BaseClient) -> None:
    """IfMatch with another etag is refused with 412; with the right one it is done."""
    make_bucket(east, "journal")
    etag = east.put_object(Bucket="journal", Key="lease", Body=b"1")["ETag"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        east.put_object(Bucket="journal", Key="lease", Body=b"2", IfMatch='"0123"')
    assert east.put_object(Bucket="journal", Key="lease", Body=b"2", IfMatch=etag)["ETag"] != etag


@pytest.fixture
def locked(east: BaseClient) -> str:
    """A bucket where every object is kept for a day."""
    make_bucket(east, "evidence", locked=True)
    retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    east.put_object_lock_configuration(Bucket="evidence", ObjectLockConfiguration=retention)
    return "evidence"


def test_the_buckets_retention_is_every_objects(east: BaseClient, locked: str) -> None:
    """An object written without retention has the bucket's, it can be read, and its version cannot be deleted."""
    version = east.put_object(Bucket=locked, Key="step", Body=b"done")["VersionId"]
    kept = east.get_object_retention(Bucket=locked, Key="step")["Retention"]
    assert kept["Mode"] == "COMPLIANCE"
    assert timedelta(hours=23) < kept["RetainUntilDate"] - datetime.now(UTC) <= timedelta(hours=24)
    with pytest.raises(ClientError, match="AccessDenied"):
        east.delete_object(Bucket=locked, Key="step", VersionId=version)


def test_compliance_retention_grows_and_never_shrinks(east: BaseClient, locked: str) -> None:
    """A later date is taken, an earlier one refused, also with the bypass."""
    east.put_object(Bucket=locked, Key="step", Body=b"done")
    later, sooner = (datetime.now(UTC) + timedelta(days=days) for days in (3, 2))
    east.put_object_retention(Bucket=locked, Key="step", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": later})
    for retention in ({"Mode": "COMPLIANCE", "RetainUntilDate": sooner}, {"Mode": "GOVERNANCE", "RetainUntilDate": later}):
        with pytest.raises(ClientError, match="AccessDenied"):
            east.put_object_retention(Bucket=locked, Key="step", Retention=retention, BypassGovernanceRetention=True)


def test_an_object_without_retention_says_so(east: BaseClient) -> None:
    """In a bucket with Object Lock and no default, an object has no retention to read."""
    make_bucket(east, "evidence", locked=True)
    east.put_object(Bucket="evidence", Key="step", Body=b"done")
    with pytest.raises(ClientError, match="NoSuchObjectLockConfiguration"):
        east.get_object_retention(Bucket="evidence", Key="step")


def test_a_body_that_is_not_what_its_checksum_says_is_refused(east: BaseClient) -> None:
    """A wrong SHA-256 ends in BadDigest and nothing is written; the right one is taken."""
    make_bucket(east, "journal")
    right, wrong = (base64.b64encode(hashlib.sha256(body).digest()).decode() for body in (b"step", b"other"))
    with pytest.raises(ClientError, match="BadDigest"):
        east.put_object(Bucket="journal", Key="step", Body=b"step", ChecksumSHA256=wrong)
    assert keys(east, "journal") == []
    east.put_object(Bucket="journal", Key="step", Body=b"step", ChecksumSHA256=right)


def test_answers_carry_the_servers_time(east: BaseClient) -> None:
    """The lease's age is taken from the Date header."""
    make_bucket(east, "journal")
    assert "date" in east.put_object(Bucket="journal", Key="lease", Body=b"1")["ResponseMetadata"]["HTTPHeaders"]
