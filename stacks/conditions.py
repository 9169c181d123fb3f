"""When an alarm is raised: by which metric, for how long, and what silence means. Pure: what is declared stands in monitoring.py."""

from datetime import timedelta
from typing import TypedDict

from names import DRILL_OVERDUE, Names
from sections import FileKind
from stacks.plans import protected
from stacks.replication import REPLICATION_MINUTES


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


def drill_overdue(names: Names) -> Condition:
    """Return the alarm on what the schedule in drills.py says hourly; two hours, so that it does not come and go in between."""
    return {**_any(names.metrics, DRILL_OVERDUE, {}), "statistic": "Maximum", "period": 2 * 3600}


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
