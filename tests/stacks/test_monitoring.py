"""Topics and alarms."""

import json
from pathlib import Path

import pytest

from names import Names
from sections import FileKind
from stacks.conditions import points_a_day, runs_a_day
from tests.stacks.declared import EAST, WEST, Declared, declare, region

FAILURES = {
    "failed-backups": "BackupJobsFailed",
    "expired-backups": "BackupJobsExpired",
    "partial-backups": "BackupJobsPartial",
    "failed-copies": "CopyJobsFailed",
    "failed-restores": "RestoreJobsFailed",
    "expired-recovery-points": "RecoveryPointsExpired",
}
WEEK = 7 * 24 * 3600


def test_both_regions_have_an_encrypted_topic_that_alarms_and_rules_publish_to(prod: Declared, names: Names) -> None:
    """An announcement about a lost region needs that region for nothing."""
    for where in (EAST, WEST):
        topic = prod.of("sns/topic:Topic")[f"topic-{where}"]
        assert (topic.inputs["name"], region(topic)) == (names.topic, where)
        assert f":{where}:123456789012:key/topic-{where}" in topic.inputs["kmsMasterKeyId"]
        vaults, alarms, rules, tls = json.loads(prod.one("sns/topicPolicy:TopicPolicy", f"topic-{where}")["policy"])["Statement"]
        assert vaults["Principal"] == {"Service": "backup.amazonaws.com"}
        assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert rules["Principal"] == {"Service": "events.amazonaws.com"}
        assert tls["Effect"] == "Deny"


def test_alarms_and_rules_publish_through_the_topics_key(prod: Declared) -> None:
    """Without leave to use the key, a service's messages to an encrypted topic are lost in silence."""
    for where in (EAST, WEST):
        key = prod.one("kms/key:Key", f"topic-{where}")
        services = [entry["Principal"].get("Service") for entry in json.loads(key["policy"])["Statement"]]
        assert services == [None, None, "backup.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com"]


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


@pytest.mark.parametrize("kind", ["media", "uploads", "assets", "cdn"])
@pytest.mark.parametrize(
    ("alarm", "where", "metric", "threshold"),
    [("replication-latency", WEST, "ReplicationLatency", 15 * 60), ("failed-replication", EAST, "OperationsFailedReplication", 0)],
)
def test_files_that_arrive_too_late_or_never_are_told(
    prod: Declared, names: Names, kind: FileKind, alarm: str, where: str, metric: str, threshold: int
) -> None:
    """By S3's own metrics of the rule: lateness is published in the destination's region, failures in the source's."""
    inputs = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"{alarm}-{kind}-{where}")
    [rule] = prod.one("s3/bucketReplicationConfig:BucketReplicationConfig", f"{kind}-{EAST}")["rules"]
    buckets = {"SourceBucket": names.file_bucket(kind, EAST), "DestinationBucket": names.file_bucket(kind, WEST)}
    assert inputs["name"] == names.alarm(f"{alarm}-{kind}")
    assert (inputs["metricName"], inputs["threshold"]) == (metric, threshold)
    assert inputs["dimensions"] == {**buckets, "RuleId": rule["id"]}


def test_whatever_of_a_vault_goes_wrong_is_told(prod: Declared, names: Names) -> None:
    """A job that did not start in its window is expired, not failed, so failures alone would miss it."""
    alarms = prod.of("cloudwatch/metricAlarm:MetricAlarm")
    for what, metric in FAILURES.items():
        for where in (EAST, WEST):
            alarm = alarms[f"{what}-{where}"].inputs
            assert (alarm["metricName"], alarm["dimensions"]) == (f"NumberOf{metric}", {"BackupVaultName": names.vault(where)})
            assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize(
    ("alarm", "metric", "where"),
    [("no-backup", "NumberOfBackupJobsCompleted", EAST), ("no-copy", "NumberOfRecoveryPointsCompleted", WEST)],
)
def test_silence_is_told(prod: Declared, names: Names, alarm: str, metric: str, where: str) -> None:
    """26 hours without one success, or without any data: backups that nobody starts fail nowhere."""
    inputs = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"{alarm}-{where}")
    assert (inputs["metricName"], inputs["dimensions"]) == (metric, {"BackupVaultName": names.vault(where)})
    assert (inputs["threshold"], inputs["comparisonOperator"], inputs["treatMissingData"]) == (1, "LessThanThreshold", "breaching")
    assert inputs["period"] * inputs["evaluationPeriods"] == 26 * 3600


def test_the_longest_silence_that_settings_allow_is_one_that_cloudwatch_sees(tmp_path: Path) -> None:
    """An alarm looks back a week at most, a day at most with periods under an hour; both bounds hold for every alarm."""
    patient = declare(tmp_path, change=lambda config: config["monitoring"].update(successWithin=168))
    alarms = [alarm.inputs for alarm in patient.of("cloudwatch/metricAlarm:MetricAlarm").values()]
    looks_back = {alarm["name"]: alarm["period"] * alarm["evaluationPeriods"] for alarm in alarms}
    assert max(looks_back.values()) == WEEK
    assert max(looks_back[alarm["name"]] for alarm in alarms if alarm["period"] < 3600) <= WEEK // 7


def test_a_vault_that_fills_twice_as_fast_as_planned_is_told(prod: Declared, names: Names) -> None:
    """Production's rules run once a day at most: four for the database, two for each of four buckets, two for the file system."""
    assert points_a_day(names) == 4 + 2 * 4 + 2
    for where in (EAST, WEST):
        alarm = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"vault-growth-{where}")
        assert (alarm["metricName"], alarm["dimensions"]) == ("NumberOfRecoveryPointsCompleted", {"BackupVaultName": names.vault(where)})
        assert (alarm["statistic"], alarm["period"], alarm["threshold"], alarm["comparisonOperator"]) == (
            "Sum",
            24 * 3600,
            28,
            "GreaterThanThreshold",
        )


@pytest.mark.parametrize(
    ("hours", "runs"), [("5", 1), ("*", 24), ("*/6", 4), ("0/8", 3), ("1,13", 2), ("8-18", 11), ("8-18/5,22", 4), ("5,5", 1)]
)
def test_the_runs_of_a_schedule_are_counted(hours: str, runs: int) -> None:
    """A schedule names one minute, so its hours say how often it runs in a day."""
    assert runs_a_day(f"cron(0 {hours} ? * MON-FRI *)") == runs


def test_without_backups_no_silence_is_told(tmp_path: Path) -> None:
    """Neither of a vault that nothing fills, nor of copies that nobody asked for."""

    def stay_home(config: dict[str, dict[str, object]]) -> None:
        config["disasterRecovery"]["enabled"] = config["files"]["enabled"] = config["database"]["crossRegion"] = False

    def stop(config: dict[str, dict[str, object]]) -> None:
        stay_home(config)
        config["database"]["enabled"] = False

    watched = set(declare(tmp_path, change=stay_home).of("cloudwatch/metricAlarm:MetricAlarm"))
    assert {f"no-backup-{EAST}", f"vault-growth-{EAST}"} < watched
    assert f"no-copy-{WEST}" not in watched
    none = set(declare(tmp_path, change=stop).of("cloudwatch/metricAlarm:MetricAlarm"))
    assert none & {f"no-backup-{EAST}", f"no-copy-{WEST}", f"vault-growth-{EAST}", f"vault-growth-{WEST}"} == set()


def test_everyone_is_told_by_both_regions(tmp_path: Path) -> None:
    """Whichever region is lost, the other still reaches each address and each pager."""
    pager = "https://events.pagerduty.example/integration/0123456789/enqueue"
    paged = declare(tmp_path, change=lambda config: config["monitoring"].update(endpoints=[pager]))
    subscriptions = [each.inputs for each in paged.of("sns/topicSubscription:TopicSubscription").values()]
    assert len(subscriptions) == 4
    for where in (EAST, WEST):
        told = {(each["protocol"], each["endpoint"]) for each in subscriptions if each["region"] == where and f":{where}:" in each["topic"]}
        assert told == {("email", "oncall@solemate.example"), ("https", pager)}


def test_a_pagers_key_is_in_no_name(tmp_path: Path) -> None:
    """Resources' names are in every log and every state; and removing one receiver renames no other."""

    def names_with(*pagers: str) -> set[str]:
        declared = declare(tmp_path, change=lambda config: config["monitoring"].update(endpoints=list(pagers)))
        return set(declared.of("sns/topicSubscription:TopicSubscription"))

    both = names_with("https://pager.example/first-key", "https://pager.example/second-key")
    assert names_with("https://pager.example/second-key") < both
    assert not [name for name in both if "key" in name]
