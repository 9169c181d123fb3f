"""What is announced where: an encrypted topic in each region, who hears it, and alarms on what recovery rests upon."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from names import DRILL_OVERDUE, TAKEOVER_NAMESPACE, Names
from sections import FileKind
from stacks.application import BACKUP
from stacks.keys import Keys
from stacks.plans import protected
from stacks.policies.topics import topic_policy
from stacks.replication import REPLICATION_MINUTES
from stacks.restores import tested
from stacks.validation import VALIDATION


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
        for region in args.names.settings.regions:
            self._subscribe("email", args.names.settings.monitoring.emails, region)
            self._subscribe("https", args.names.settings.monitoring.endpoints, region)
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
            policy=pulumi.Output.json_dumps(topic_policy(topic.arn, args.names.settings.account)),
            region=region,
            opts=self._inside,
        )
        return topic.arn

    def _subscribe(self, protocol: str, endpoints: Iterable[str], region: str) -> None:
        """Each receiver confirms in its own way; until then AWS keeps the subscription pending, and nothing waits for it."""
        for endpoint in endpoints:
            aws.sns.TopicSubscription(
                # Not by its place in the list, which moves; nor in clear, since the address of a pager holds its key.
                f"{protocol}-{sha256(endpoint.encode()).hexdigest()[:8]}-{region}",
                topic=self.arns[region],
                protocol=protocol,
                endpoint=endpoint,
                region=region,
                opts=self._inside,
            )


class Condition(TypedDict):
    """When an alarm is raised: *statistic* compares so to *threshold* in each of *evaluation_periods* periods of *period* seconds."""

    namespace: str
    metric_name: str
    dimensions: dict[str, str]
    statistic: str
    period: int
    evaluation_periods: int
    comparison_operator: str
    threshold: float
    treat_missing_data: str


@dataclass(frozen=True, slots=True)
class AlarmsArgs:
    names: Names
    topics: Topics


class Alarms(pulumi.ComponentResource):
    """``arns`` are the alarms of each region."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Alarms", name, None, opts)
        self._args, self._names = args, args.names
        self.arns: dict[str, list[pulumi.Output[str]]] = {region: [] for region in args.names.settings.regions}
        self._watch_replication()
        self._watch_backups()
        self._watch_schedules()
        self._watch_builds()
        for what, metric in BACKUP_FAILURES.items():
            for region in args.names.settings.regions:
                self._alarm(what, region, f"AWS Backup reports {what.replace('-', ' ')}", backup_failures(args.names, metric, region))
        self.register_outputs({})

    def _watch_replication(self) -> None:
        names, settings = self._names, self._names.settings
        active, recovery = settings.active_region, settings.recovery_region
        if settings.disaster_recovery.enabled:
            self._alarm("replica-lag", recovery, "The replica is too far behind, or gone", replica_lag(names))
        for kind in settings.files.kinds:
            # S3 publishes what is pending where it is to arrive, and what failed where it was to leave.
            late, lost = f"Files ({kind}) reach the recovery region too late", f"Files ({kind}) do not reach the recovery region"
            self._alarm(f"replication-latency-{kind}", recovery, late, replication_latency(names, kind))
            self._alarm(f"failed-replication-{kind}", active, lost, failed_replication(names, kind))

    def _watch_backups(self) -> None:
        """Tell of silence, which no failure announces, and of vaults that fill faster than the schedules fill them."""
        names, settings = self._names, self._names.settings
        active, recovery = settings.active_region, settings.recovery_region
        hours = in_hours(settings.monitoring.success_within)
        if settings.database.enabled or settings.files.enabled:
            self._alarm("no-backup", active, f"No backup has succeeded for {hours} hours", no_backup(names))
            for region in settings.regions:
                self._alarm("vault-growth", region, "More recovery points in a day than twice the schedules'", vault_growth(names, region))
        if (settings.database.enabled and settings.database.cross_region) or settings.files.enabled:
            self._alarm("no-copy", recovery, f"No backup has reached the recovery region for {hours} hours", no_copy(names))

    def _watch_schedules(self) -> None:
        names, settings = self._names, self._names.settings
        for region in settings.regions:
            for what, metric in SCHEDULE_FAILURES.items():
                self._alarm(what, region, f"EventBridge Scheduler reports {what.replace('-', ' ')}", schedule_failures(names, metric))
        if settings.database.enabled and settings.database.export:
            for what, metric in EXPORT_FAILURES.items():
                region = settings.active_region
                self._alarm(what, region, "The database's snapshot did not reach the archive", export_failures(names, metric))
        if settings.disaster_recovery.enabled and settings.disaster_recovery.testing.enabled:
            self._alarm("drill-overdue", settings.standby_region, "No drill has been recorded for too long", drill_overdue())

    def _watch_builds(self) -> None:
        names, settings = self._names, self._names.settings
        hours = in_hours(settings.monitoring.success_within)
        if settings.application.enabled:
            active, silence = settings.active_region, no_successful_build(names, BACKUP)
            self._alarm(f"failed-{BACKUP}", active, "A backup of the application has failed", failed_builds(names, BACKUP))
            self._alarm(f"no-{BACKUP}", active, f"No backup of the application has succeeded for {hours} hours", silence)
        if tested(settings):
            failed = failed_builds(names, VALIDATION)
            self._alarm(f"failed-{VALIDATION}", settings.standby_region, "What a test has restored could not be validated", failed)

    def _alarm(self, what: str, region: str, description: str, condition: Condition) -> None:
        alarm = aws.cloudwatch.MetricAlarm(
            f"{what}-{region}",
            name=self._names.alarm(what),
            alarm_description=description,
            alarm_actions=[self._args.topics.arns[region]],
            ok_actions=[self._args.topics.arns[region]],
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
            **condition,
        )
        self.arns[region].append(alarm.arn)


BACKUP_FAILURES = {
    "failed-backups": "NumberOfBackupJobsFailed",
    "expired-backups": "NumberOfBackupJobsExpired",
    "partial-backups": "NumberOfBackupJobsPartial",
    "failed-copies": "NumberOfCopyJobsFailed",
    "failed-restores": "NumberOfRestoreJobsFailed",
    "expired-recovery-points": "NumberOfRecoveryPointsExpired",
}
"""A job that was not started in its window ends expired, not failed: each is counted by a metric of its own.

An expired recovery point is one that AWS Backup should have deleted and could not: it is still paid for.
"""


SCHEDULE_FAILURES = {"failing-schedules": "TargetErrorCount", "missed-schedules": "InvocationDroppedCount"}
"""A call that failed and is repeated, and one that was given up. Source: the metrics of EventBridge Scheduler."""

EXPORT_FAILURES = {"failed-exports": "ExecutionsFailed", "late-exports": "ExecutionsTimedOut"}


def replica_lag(names: Names) -> Condition:
    """Return the alarm at half the recovery point objective: time is left to act. A stopped replica reports nothing, which is worse."""
    return {
        "namespace": "AWS/RDS",
        "metric_name": "ReplicaLag",
        "dimensions": {"DBInstanceIdentifier": names.database},
        "statistic": "Maximum",
        "period": 60,
        "evaluation_periods": 5,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": names.settings.disaster_recovery.rpo.total_seconds() / 2,
        "treat_missing_data": "breaching",
    }


def replication_latency(names: Names, kind: FileKind) -> Condition:
    return _replication(names, kind, "ReplicationLatency", "Maximum", REPLICATION_MINUTES * 60)


def failed_replication(names: Names, kind: FileKind) -> Condition:
    return _replication(names, kind, "OperationsFailedReplication", "Sum", 0)


def _replication(names: Names, kind: FileKind, metric: str, statistic: str, threshold: float) -> Condition:
    return {
        "namespace": "AWS/S3",
        "metric_name": metric,
        "dimensions": replicated(names, kind),
        "statistic": statistic,
        "period": 60,
        "evaluation_periods": 1,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": threshold,
        "treat_missing_data": "notBreaching",
    }


def replicated(names: Names, kind: FileKind) -> dict[str, str]:
    """Return the dimensions of S3's metrics of the rule that replicates one kind of files into the recovery region."""
    active, recovery = names.settings.active_region, names.settings.recovery_region
    return {
        "SourceBucket": names.file_bucket(kind, active),
        "DestinationBucket": names.file_bucket(kind, recovery),
        "RuleId": names.replication_rule(recovery),
    }


def no_backup(names: Names) -> Condition:
    return _silence(names, "NumberOfBackupJobsCompleted", names.settings.active_region)


def no_copy(names: Names) -> Condition:
    """Return the alarm of the recovery region's vault, counted by what arrives: a job of copying belongs to the region it leaves."""
    return _silence(names, "NumberOfRecoveryPointsCompleted", names.settings.recovery_region)


def _silence(names: Names, metric: str, region: str) -> Condition:
    return silent(backup_failures(names, metric, region), names)


def silent(condition: Condition, names: Names) -> Condition:
    """Return an alarm on hours without one success. An hour without data is one too, so it is raised until the first backup is there.

    Hour by hour, and not in one long period: so CloudWatch looks back for as long as a week, and sees the end of a silence within the hour.
    """
    return {
        **condition,
        "period": 3600,
        "evaluation_periods": in_hours(names.settings.monitoring.success_within),
        "comparison_operator": "LessThanThreshold",
        "threshold": 1,
        "treat_missing_data": "breaching",
    }


def vault_growth(names: Names, region: str) -> Condition:
    """Return the alarm at twice what the schedules make in a day: room for backups by hand and for what a tag adds, not for a loop."""
    created = backup_failures(names, "NumberOfRecoveryPointsCompleted", region)
    return {**created, "period": 24 * 3600, "threshold": 2 * points_a_day(names)}


def backup_failures(names: Names, metric: str, region: str) -> Condition:
    return _any("AWS/Backup", metric, {"BackupVaultName": names.vault(region)})


def schedule_failures(names: Names, metric: str) -> Condition:
    return _any("AWS/Scheduler", metric, {"ScheduleGroup": names.schedule_group})


def export_failures(names: Names, metric: str) -> Condition:
    return _any("AWS/States", metric, {"StateMachineArn": names.export_machine_arn(names.settings.active_region)})


def drill_overdue() -> Condition:
    """Return the alarm on what the schedule in drills.py says hourly; two hours, so that it does not come and go in between."""
    return {**_any(TAKEOVER_NAMESPACE, DRILL_OVERDUE, {}), "statistic": "Maximum", "period": 2 * 3600}


def _any(namespace: str, metric: str, dimensions: dict[str, str]) -> Condition:
    """Return the alarm raised by the first of something that should never be."""
    return {
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": dimensions,
        "statistic": "Sum",
        "period": 300,
        "evaluation_periods": 1,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 0,
        "treat_missing_data": "notBreaching",
    }


def failed_builds(names: Names, what: str) -> Condition:
    return {
        "namespace": "AWS/CodeBuild",
        "metric_name": "FailedBuilds",
        "dimensions": {"ProjectName": names.build(what)},
        "statistic": "Sum",
        "period": 300,
        "evaluation_periods": 1,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 0,
        "treat_missing_data": "notBreaching",
    }


def no_successful_build(names: Names, what: str) -> Condition:
    """Return an alarm on hours without a build that succeeded: also when none was started, which fails nowhere."""
    return silent({**failed_builds(names, what), "metric_name": "SucceededBuilds"}, names)


def points_a_day(names: Names) -> int:
    """Return how many recovery points the schedules make at most in one day, each of them in each vault."""
    # A plan that names no resource of its own takes what bears its tag.
    return sum(runs_a_day(kept.schedule) * max(len(target.resources), 1) for target in protected(names) for kept in target.kept)


def runs_a_day(schedule: str) -> int:
    """Return how often *schedule*, which names one minute, runs on a day that it runs: the hours of ``cron(0 8-18/2,22 * * ? *)``."""
    hours: set[int] = set()
    for part in schedule.removeprefix("cron(").split(" ")[1].split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0-23" if span == "*" else span).partition("-")
        hours.update(range(int(first), int(last or (23 if step else first)) + 1, int(step or 1)))
    return len(hours)


def in_hours(duration: timedelta) -> int:
    return duration // timedelta(hours=1)
