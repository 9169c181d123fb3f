"""What these tests make of buckets, and ask of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.client import BaseClient

from tests.sandbox.parts import EAST

ENABLED = {"Status": "Enabled"}


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


def keys(api: BaseClient, bucket: str) -> list[str]:
    return [found["Key"] for found in api.list_objects_v2(Bucket=bucket).get("Contents", [])]


def status(api: BaseClient, bucket: str, key: str) -> str | None:
    answer: dict[str, Any] = api.head_object(Bucket=bucket, Key=key)
    return answer.get("ReplicationStatus")


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
