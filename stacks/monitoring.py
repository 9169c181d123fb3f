"""Alarms on what recovery rests upon, told to the topic of their region."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.application import BACKUP
from stacks.conditions import (
    BACKUP_FAILURES,
    EXPORT_FAILURES,
    SCHEDULE_FAILURES,
    Condition,
    backup_failures,
    drill_overdue,
    export_failures,
    failed_builds,
    failed_replication,
    in_hours,
    no_backup,
    no_copy,
    no_successful_build,
    replica_lag,
    replication_latency,
    schedule_failures,
    vault_growth,
)
from stacks.restores import tested
from stacks.topics import Topics
from stacks.validation import VALIDATION


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
            self._alarm("drill-overdue", settings.standby_region, "No drill has been recorded for too long", drill_overdue(names))

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
