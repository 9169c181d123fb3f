"""Topics and alarms."""

import json

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region

FAILURES = {"failed-backups": "BackupJobsFailed", "expired-backups": "BackupJobsExpired", "failed-copies": "CopyJobsFailed"}


def test_both_regions_have_an_encrypted_topic_that_alarms_and_rules_publish_to(prod: Declared, names: Names) -> None:
    """An announcement about a lost region needs that region for nothing."""
    for where in (EAST, WEST):
        topic = prod.of("sns/topic:Topic")[f"topic-{where}"]
        assert (topic.inputs["name"], region(topic)) == (names.topic, where)
        assert f":{where}:123456789012:topic-{where}" in topic.inputs["kmsMasterKeyId"]
        alarms, rules, tls = json.loads(prod.one("sns/topicPolicy:TopicPolicy", f"topic-{where}")["policy"])["Statement"]
        assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert rules["Principal"] == {"Service": "events.amazonaws.com"}
        assert tls["Effect"] == "Deny"


def test_alarms_and_rules_publish_through_the_topics_key(prod: Declared) -> None:
    """Without leave to use the key, a service's messages to an encrypted topic are lost in silence."""
    for where in (EAST, WEST):
        key = prod.one("kms/key:Key", f"topic-{where}")
        services = [entry["Principal"].get("Service") for entry in json.loads(key["policy"])["Statement"]]
        assert services == [None, None, "cloudwatch.amazonaws.com", "events.amazonaws.com"]


def test_every_alarm_speaks_in_its_own_region(prod: Declared) -> None:
    """It tells the topic beside it, when it is raised and when it is over."""
    for alarm in prod.of("cloudwatch/metricAlarm:MetricAlarm").values():
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"]
        assert [f":{region(alarm)}:" in arn for arn in alarm.inputs["alarmActions"]] == [True]


def test_a_replica_that_lags_or_is_gone_is_told_before_the_objective_is_missed(prod: Declared, names: Names) -> None:
    """Half of 15 minutes; a stopped replica sends no lag at all, which is as bad."""
    alarm = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"replica-lag-{WEST}")
    assert (alarm["metricName"], alarm["dimensions"]) == ("ReplicaLag", {"DBInstanceIdentifier": names.database})
    assert (alarm["threshold"], alarm["treatMissingData"]) == (450, "breaching")


@pytest.mark.parametrize(
    ("alarm", "metric", "threshold"),
    [(f"replication-latency-{WEST}", "ReplicationLatency", 15 * 60), (f"failed-replication-{EAST}", "OperationsFailedReplication", 0)],
)
def test_media_that_arrive_too_late_or_never_are_told(prod: Declared, names: Names, alarm: str, metric: str, threshold: int) -> None:
    """By S3's own metrics of the rule: lateness is published in the destination's region, failures in the source's."""
    inputs = prod.one("cloudwatch/metricAlarm:MetricAlarm", alarm)
    [rule] = prod.one("s3/bucketReplicationConfig:BucketReplicationConfig", f"media-{EAST}")["rules"]
    buckets = {"SourceBucket": names.media_bucket(EAST), "DestinationBucket": names.media_bucket(WEST)}
    assert (inputs["metricName"], inputs["threshold"]) == (metric, threshold)
    assert inputs["dimensions"] == {**buckets, "RuleId": rule["id"]}


def test_backups_that_fail_expire_or_are_not_copied_are_told(prod: Declared, names: Names) -> None:
    """A job that did not start in its window is expired, not failed, so failures alone would miss it."""
    alarms = prod.of("cloudwatch/metricAlarm:MetricAlarm")
    for what, metric in FAILURES.items():
        for where in (EAST, WEST):
            alarm = alarms[f"{what}-{where}"].inputs
            assert (alarm["metricName"], alarm["dimensions"]) == (f"NumberOf{metric}", {"BackupVaultName": names.vault(where)})
            assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")
