"""Which objects a rule copies, and which rules S3 takes."""

from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sandbox.s3.rules import applying_rules, why_refused
from tests.sandbox.parts import until
from tests.sandbox.s3.buckets import ENABLED, keys, make_bucket, replicate, rule, status


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
