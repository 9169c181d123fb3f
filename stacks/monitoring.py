"""What is announced where: an encrypted topic in each region, and alarms on what recovery rests upon."""

from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from names import Names
from stacks import policies
from stacks.files import REPLICATION_MINUTES
from stacks.keys import Keys


@dataclass(frozen=True, slots=True)
class TopicsArgs:
    names: Names
    keys: Keys


class Topics(pulumi.ComponentResource):
    """One topic in each region: an announcement about a lost region must not need that region."""

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Topics", name, None, opts)
        self._inside = pulumi.ResourceOptions(parent=self)
        self.arns = {region: self._topic(region, args) for region in args.names.settings.regions}
        self.register_outputs({})

    def _topic(self, region: str, args: TopicsArgs) -> pulumi.Output[str]:
        topic = aws.sns.Topic(
            f"topic-{region}",
            name=args.names.topic,
            kms_master_key_id=args.keys.arn("topic", region),
            region=region,
            opts=self._inside,
        )
        aws.sns.TopicPolicy(
            f"topic-{region}",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(policies.topic(topic.arn, args.names.settings.account)),
            region=region,
            opts=self._inside,
        )
        return topic.arn


class Condition(TypedDict):
    """When an alarm is raised: *statistic* of the metric is above *threshold* for *evaluation_periods* periods of *period* seconds."""

    namespace: str
    metric_name: str
    dimensions: dict[str, str]
    statistic: str
    period: int
    evaluation_periods: int
    threshold: float
    treat_missing_data: str


@dataclass(frozen=True, slots=True)
class AlarmsArgs:
    names: Names
    topics: Topics


class Alarms(pulumi.ComponentResource):
    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Alarms", name, None, opts)
        self._args = args
        settings = args.names.settings
        active, recovery = settings.active_region, settings.recovery_region
        if settings.disaster_recovery.enabled:
            self._alarm("replica-lag", recovery, "The replica is too far behind, or gone", replica_lag(args.names))
        if settings.files.enabled:
            # S3 publishes what is pending where it is to arrive, and what failed where it was to leave.
            self._alarm("replication-latency", recovery, "Media reach the recovery region too late", replication_latency(args.names))
            self._alarm("failed-replication", active, "Media do not reach the recovery region", failed_replication(args.names))
        for what, metric in BACKUP_FAILURES.items():
            for region in settings.regions:
                self._alarm(what, region, f"AWS Backup reports {what.replace('-', ' ')}", backup_failures(args.names, metric, region))
        self.register_outputs({})

    def _alarm(self, what: str, region: str, description: str, condition: Condition) -> None:
        aws.cloudwatch.MetricAlarm(
            f"{what}-{region}",
            name=self._args.names.alarm(what),
            alarm_description=description,
            comparison_operator="GreaterThanThreshold",
            alarm_actions=[self._args.topics.arns[region]],
            ok_actions=[self._args.topics.arns[region]],
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
            **condition,
        )


BACKUP_FAILURES = {
    "failed-backups": "NumberOfBackupJobsFailed",
    "expired-backups": "NumberOfBackupJobsExpired",
    "failed-copies": "NumberOfCopyJobsFailed",
}
"""A job that was not started in its window ends expired, not failed: each is counted by a metric of its own."""


def replica_lag(names: Names) -> Condition:
    """Return the alarm at half the recovery point objective: time is left to act. A stopped replica reports nothing, which is worse."""
    return {
        "namespace": "AWS/RDS",
        "metric_name": "ReplicaLag",
        "dimensions": {"DBInstanceIdentifier": names.database},
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 5,
        "threshold": names.settings.disaster_recovery.rpo.total_seconds() / 2,
        "treat_missing_data": "breaching",
    }


def replication_latency(names: Names) -> Condition:
    return _replication(names, "ReplicationLatency", "Maximum", REPLICATION_MINUTES * 60)


def failed_replication(names: Names) -> Condition:
    return _replication(names, "OperationsFailedReplication", "Sum", 0)


def _replication(names: Names, metric: str, statistic: str, threshold: float) -> Condition:
    active, recovery = names.settings.active_region, names.settings.recovery_region
    return {
        "namespace": "AWS/S3",
        "metric_name": metric,
        "dimensions": {
            "SourceBucket": names.media_bucket(active),
            "DestinationBucket": names.media_bucket(recovery),
            "RuleId": names.replication_rule(recovery),
        },
        "statistic": statistic,
        "period": 60,
        "evaluation_periods": 1,
        "threshold": threshold,
        "treat_missing_data": "notBreaching",
    }


def backup_failures(names: Names, metric: str, region: str) -> Condition:
    return {
        "namespace": "AWS/Backup",
        "metric_name": metric,
        "dimensions": {"BackupVaultName": names.vault(region)},
        "statistic": "Sum",
        "period": 300,
        "evaluation_periods": 1,
        "threshold": 0,
        "treat_missing_data": "notBreaching",
    }
