"""What is audited and reported: AWS Backup Audit Manager's frameworks in both regions, and its daily reports in a bucket of ours.

The controls read what AWS Config records: its recording of backup plans, vaults, recovery points, database instances and buckets
is presumed to be on in both regions. Without it a framework's deployment fails, and says so.
Copies into another account are not asked for, as there is one account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import EVIDENCE
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.policies.buckets import delivered_reports
from stacks.restores import tested

Control = aws.backup.FrameworkControlArgsDict
Scope = aws.backup.FrameworkControlScopeArgsDict
Setting = aws.backup.ReportPlanReportSettingArgsDict

JOBS = {"backup-jobs": "BACKUP_JOB_REPORT", "copy-jobs": "COPY_JOB_REPORT", "restore-jobs": "RESTORE_JOB_REPORT"}
VERDICTS = {"controls": "CONTROL_COMPLIANCE_REPORT", "resources": "RESOURCE_COMPLIANCE_REPORT"}


@dataclass(frozen=True, slots=True)
class ComplianceArgs:
    names: Names
    keys: Keys


@dataclass(frozen=True, slots=True)
class Audited:
    """One target. ``retentions`` are its rules' own; ``copied`` says whether its backups must be in the other region too."""

    target: str
    scope: Scope
    retentions: tuple[timedelta, ...]
    copied: bool


class Compliance(pulumi.ComponentResource):
    """A framework on backups in each region, and one for each target where its data are; with nothing to back up, nothing is audited."""

    def __init__(self, name: str, args: ComplianceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Compliance", name, None, opts)
        self._names, self._keys = args.names, args.keys
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            frameworks = [self._framework(what, region, controls) for what, controls in frameworks_of(args.names, region).items()]
            if frameworks:
                self._report(region, frameworks)
        self.register_outputs({})

    def _framework(self, what: str, region: str, controls: list[Control]) -> aws.backup.Framework:
        return aws.backup.Framework(
            f"{what}-{region}",
            name=self._names.audit(what),
            description=f"{self._names.prefix} {what}: what the settings promise",
            controls=controls,
            tags=EVIDENCE,
            region=region,
            opts=self._inside,
        )

    def _report(self, region: str, frameworks: list[aws.backup.Framework]) -> None:
        """Let AWS Backup deliver its reports of *region* into a bucket there: what a region's loss takes along, the other one has."""
        # The role that delivers is made with the first framework; no policy can name it before.
        reporter = pulumi.Output.all(*(framework.id for framework in frameworks)).apply(lambda _: self._names.reporter_arn)
        bucket, delivers = self._bucket(region, reporter), self._delivery_key(region, reporter)
        for what, template in JOBS.items():
            self._report_plan(what, region, {"report_template": template}, [bucket, delivers])
        for what, template in VERDICTS.items():
            setting: Setting = {
                "report_template": template,
                "framework_arns": [framework.arn for framework in frameworks],
                "number_of_frameworks": len(frameworks),
            }
            self._report_plan(what, region, setting, [bucket, delivers])

    def _report_plan(self, what: str, region: str, setting: Setting, after: list[pulumi.Resource]) -> None:
        aws.backup.ReportPlan(
            f"{what}-{region}",
            name=self._names.audit(what),
            description=f"{self._names.prefix} {what} of {region}, daily",
            report_setting=setting,
            report_delivery_channel={"s3_bucket_name": self._names.reports_bucket(region), "formats": ["CSV", "JSON"]},
            tags=EVIDENCE,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _bucket(self, region: str, reporter: pulumi.Output[str]) -> Bucket:
        """Return the reports' bucket: versioned for good, but without object lock, of which AWS Backup's delivery says nothing."""
        name = self._names.reports_bucket(region)
        objects = f"{self._names.bucket_arn(name)}/*"
        return Bucket(
            f"reports-{region}",
            BucketArgs(
                name=name,
                region=region,
                key_arn=self._keys.arn("data", region),
                tags=EVIDENCE,
                allows=[delivered_reports(objects, reporter)],
            ),
            self._inside,
        )

    def _delivery_key(self, region: str, reporter: pulumi.Output[str]) -> aws.kms.Grant:
        """Let reports be encrypted: AWS Backup's own role has no leave for our keys, and none to read what it wrote."""
        return aws.kms.Grant(
            f"reports-{region}",
            name=f"{self._names.prefix}-reports",
            key_id=self._keys.arn("data", region),
            grantee_principal=reporter,
            operations=["Encrypt", "GenerateDataKey"],
            region=region,
            opts=self._inside,
        )


def audited(names: Names) -> list[Audited]:
    """Return what the settings want backed up: every database instance of the region, and no bucket and file system but those of files."""
    settings = names.settings
    database, files = settings.database, settings.files
    region, found = settings.active_region, []
    if database.enabled:
        kept = (database.retention, *(rule.retention for rule in database.rules))
        found.append(Audited("database", {"compliance_resource_types": ["RDS"]}, kept, database.cross_region))
    kept = (files.retention, *(rule.retention for rule in files.rules))
    if files.kinds:
        buckets: Scope = {"compliance_resource_types": ["S3"], "compliance_resource_ids": list(names.file_buckets(region).values())}
        found.append(Audited("files", buckets, kept, copied=True))
    if names.file_systems(region):
        system: Scope = {"compliance_resource_types": ["EFS"], "compliance_resource_ids": [settings.workload.file_system]}
        found.append(Audited("file-system", system, kept, copied=True))
    return found


def frameworks_of(names: Names, region: str) -> dict[str, list[Control]]:
    """Return the frameworks of *region* and their controls: plans and resources are looked at where they are, in the active region."""
    targets = audited(names)
    if not targets:
        return {}
    active = region == names.settings.active_region
    frameworks = {"backups": [*_of_recovery_points(names, targets), *([_of_plans(names, targets)] if active else [])]}
    return frameworks | ({each.target: _of_resources(names, each) for each in targets} if active else {})


def _of_recovery_points(names: Names, targets: list[Audited]) -> list[Control]:
    shortest = min(kept for each in targets for kept in each.retentions)
    return [
        _control("BACKUP_RECOVERY_POINT_ENCRYPTED"),
        _control("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED", {"principalArnList": names.role_arn("break-glass")}),
        _control("BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK", {"requiredRetentionDays": str(shortest.days)}),
    ]


def _of_plans(names: Names, targets: list[Audited]) -> Control:
    """Return the control that backups are made as often as their absence is noticed, in the unit that AWS counts in."""
    within = names.settings.monitoring.success_within
    unit, value = ("days", within.days) if within.days else ("hours", _hours(within))
    parameters = {
        "requiredFrequencyUnit": unit,
        "requiredFrequencyValue": str(value),
        "requiredRetentionDays": str(min(each.retentions[0] for each in targets).days),
    }
    return _control("BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK", parameters)


def _of_resources(names: Names, audited: Audited) -> list[Control]:
    settings, scope = names.settings, audited.scope
    age = {"recoveryPointAgeUnit": "hours", "recoveryPointAgeValue": str(_hours(settings.monitoring.success_within))}
    controls = [
        _control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", scope=scope),
        _control("BACKUP_LAST_RECOVERY_POINT_CREATED", age, scope),
    ]
    if audited.copied:
        controls.append(_control("BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION", {"crossRegionList": settings.recovery_region}, scope))
    if settings.vaults.lock != "none":
        bounds = {"minRetentionDays": str(settings.vaults.min_retention.days), "maxRetentionDays": str(settings.vaults.max_retention.days)}
        controls.append(_control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK", bounds, scope))
    if tested(settings):
        target = settings.disaster_recovery.rto // timedelta(minutes=1)
        controls.append(_control("RESTORE_TIME_FOR_RESOURCES_MEET_TARGET", {"maxRestoreTime": str(target)}, scope))
    return controls


def _control(name: str, parameters: Mapping[str, str] | None = None, scope: Scope | None = None) -> Control:
    control: Control = {"name": name}
    if parameters:
        control["input_parameters"] = [{"name": key, "value": value} for key, value in parameters.items()]
    if scope:
        control["scope"] = scope
    return control


def _hours(duration: timedelta) -> int:
    return duration // timedelta(hours=1)
