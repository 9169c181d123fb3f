"""What is audited, reported and restored for a test: as the settings promise, in the words that AWS takes."""

import json
from pathlib import Path

import pytest

from names import Names
from sandbox.deploy.wire import Values
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, declare, region

CONTROLS = {
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN",
    "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK",
    "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED",
    "BACKUP_RECOVERY_POINT_ENCRYPTED",
    "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK",
    "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION",
    "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK",
    "BACKUP_LAST_RECOVERY_POINT_CREATED",
    "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET",
}
REPORTS = {"backup-jobs", "copy-jobs", "restore-jobs", "controls", "resources"}
REPORTER = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/reports.backup.amazonaws.com/AWSServiceRoleForBackupReports"


def controls(declared: Declared, framework: str) -> dict[str, Values]:
    return {control["name"]: control for control in declared.one("backup/framework:Framework", framework)["controls"]}


def parameters(declared: Declared, framework: str, control: str) -> dict[str, str]:
    given = controls(declared, framework)[control].get("inputParameters", [])
    return {parameter["name"]: parameter["value"] for parameter in given}


def test_every_control_that_applies_is_asked_for(prod: Declared) -> None:
    """All but the one on copies into another account, of which there is none."""
    assert {name for framework in prod.of("backup/framework:Framework") for name in controls(prod, framework)} == CONTROLS


def test_backups_are_audited_in_both_regions_and_resources_where_they_are(prod: Declared) -> None:
    """In the recovery region there are copies, but no plan, and the replica needs none."""
    where = {name: region(framework) for name, framework in prod.of("backup/framework:Framework").items()}
    targets = {f"{target}-{EAST}": EAST for target in ("database", "files", "file-system")}
    assert where == {f"backups-{EAST}": EAST, f"backups-{WEST}": WEST} | targets
    assert "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK" not in controls(prod, f"backups-{WEST}")


def test_what_is_asked_is_what_the_settings_promise(prod: Declared, names: Names) -> None:
    """Frequency, retention, bounds of the lock and the time to restore are theirs; only the role behind glass may delete."""
    frequency = {"requiredFrequencyUnit": "days", "requiredFrequencyValue": "1", "requiredRetentionDays": "35"}
    assert parameters(prod, f"backups-{EAST}", "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK") == frequency
    for where in (EAST, WEST):
        deleters = parameters(prod, f"backups-{where}", "BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED")
        assert deleters == {"principalArnList": names.role_arn("break-glass")}
        kept = parameters(prod, f"backups-{where}", "BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK")
        assert kept == {"requiredRetentionDays": "35"}
    for target in (f"database-{EAST}", f"files-{EAST}", f"file-system-{EAST}"):
        age = {"recoveryPointAgeUnit": "hours", "recoveryPointAgeValue": "26"}
        assert parameters(prod, target, "BACKUP_LAST_RECOVERY_POINT_CREATED") == age
        assert parameters(prod, target, "BACKUP_RESOURCES_PROTECTED_BY_CROSS_REGION") == {"crossRegionList": WEST}
        bounds = {"minRetentionDays": "7", "maxRetentionDays": "2555"}
        assert parameters(prod, target, "BACKUP_RESOURCES_PROTECTED_BY_BACKUP_VAULT_LOCK") == bounds
        assert parameters(prod, target, "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET") == {"maxRestoreTime": "30"}


def test_controls_on_resources_look_at_every_database_and_at_the_files_alone(prod: Declared, names: Names) -> None:
    """A database without a backup is a finding; a bucket of reports is not."""
    buckets = [names.file_bucket(kind, EAST) for kind in names.settings.files.kinds]
    wanted = {
        f"database-{EAST}": {"complianceResourceTypes": ["RDS"]},
        f"files-{EAST}": {"complianceResourceTypes": ["S3"], "complianceResourceIds": buckets},
        f"file-system-{EAST}": {"complianceResourceTypes": ["EFS"], "complianceResourceIds": [names.settings.workload.file_system]},
    }
    for framework, scope in wanted.items():
        assert [control["scope"] for control in controls(prod, framework).values()] == [scope] * len(controls(prod, framework))


def test_backups_more_often_than_daily_are_asked_for_in_hours(tmp_path: Path) -> None:
    """AWS counts a frequency in hours up to a day, and in days beyond."""

    def hourly(config: Values) -> None:
        config["monitoring"]["successWithin"] = 4
        for target in ("database", "files"):
            config[target]["schedule"] = "cron(0 */3 * * ? *)"

    often = declare(tmp_path, change=hourly)
    asked = parameters(often, f"backups-{EAST}", "BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK")
    assert (asked["requiredFrequencyUnit"], asked["requiredFrequencyValue"]) == ("hours", "4")


def test_controls_on_what_is_switched_off_are_left_out(tmp_path: Path) -> None:
    """Without a lock, copies or automated tests their controls could only ever fail."""

    def switch_off(config: Values) -> None:
        config["vaults"]["lock"] = "none"
        config["disasterRecovery"]["enabled"] = False
        config["database"]["crossRegion"] = False
        config["files"]["enabled"] = False

    less = declare(tmp_path, change=switch_off)
    assert set(less.of("backup/framework:Framework")) == {f"backups-{EAST}", f"backups-{WEST}", f"database-{EAST}"}
    assert set(controls(less, f"database-{EAST}")) == {"BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", "BACKUP_LAST_RECOVERY_POINT_CREATED"}


def test_with_nothing_to_back_up_nothing_is_audited(tmp_path: Path) -> None:
    """There is no framework without a control, and no report without a framework."""

    def switch_off(config: Values) -> None:
        for target in ("database", "files", "disasterRecovery"):
            config[target]["enabled"] = False

    less = declare(tmp_path, change=switch_off)
    assert less.of("backup/framework:Framework") == less.of("backup/reportPlan:ReportPlan") == {}
    assert {name for name in less.of("s3/bucket:Bucket") if name.startswith("reports")} == set()


def test_each_region_reports_into_a_bucket_of_its_own(prod: Declared, names: Names) -> None:
    """Jobs and verdicts, for people and for programs; a lost region takes no other region's reports along."""
    plans = prod.of("backup/reportPlan:ReportPlan")
    assert set(plans) == {f"{report}-{where}" for report in REPORTS for where in (EAST, WEST)}
    for plan in plans.values():
        channel = plan.inputs["reportDeliveryChannel"]
        assert channel == {"s3BucketName": names.reports_bucket(region(plan)), "formats": ["CSV", "JSON"]}
    frameworks = {
        where: [each for each in prod.of("backup/framework:Framework").values() if region(each) == where] for where in (EAST, WEST)
    }
    for where in (EAST, WEST):
        setting = plans[f"controls-{where}"].inputs["reportSetting"]
        assert setting["reportTemplate"] == "CONTROL_COMPLIANCE_REPORT"
        assert setting["numberOfFrameworks"] == len(setting["frameworkArns"]) == len(frameworks[where])


@pytest.mark.parametrize("where", [EAST, WEST])
def test_aws_backups_own_role_and_nobody_else_delivers_reports(prod: Declared, names: Names, where: str) -> None:
    """It may write under our key, and not read; the bucket's policy names it once it is there."""
    _, delivered = json.loads(prod.one("s3/bucketPolicy:BucketPolicy", f"reports-{where}")["policy"])["Statement"]
    assert (delivered["Principal"], delivered["Action"]) == ({"AWS": REPORTER}, ["s3:PutObject"])
    assert delivered["Resource"] == [f"{names.bucket_arn(names.reports_bucket(where))}/*"]
    grant = prod.of("kms/grant:Grant")[f"reports-{where}"]
    assert (grant.inputs["granteePrincipal"], grant.inputs["operations"]) == (REPORTER, ["Encrypt", "GenerateDataKey"])
    assert f":{where}:" in grant.inputs["keyId"]
    waits = prod.of("s3/bucketPolicy:BucketPolicy")[f"reports-{where}"].depends_on
    assert any(f"::backups-{where}" in urn for urn in waits)


def test_names_are_such_as_aws_takes(prod: Declared) -> None:
    """Letters, digits and underscores, a letter first; 50 at most for restore tests."""
    audits = ("framework:Framework", "reportPlan:ReportPlan", "restoreTestingPlan:RestoreTestingPlan")
    names = [
        each.inputs["name"]
        for kind in (*audits, "restoreTestingSelection:RestoreTestingSelection")
        for each in prod.of(f"backup/{kind}").values()
    ]
    assert len(names) == 5 + 10 + 1 + 3
    assert [name for name in names if not name.replace("_", "").isalnum() or not name[0].isalpha() or len(name) > 50] == []


def test_restores_are_tested_as_often_as_the_settings_say_from_the_copies(prod: Declared, names: Names) -> None:
    """In the recovery region: it is its vault that is left when the other one is lost."""
    [plan] = prod.of("backup/restoreTestingPlan:RestoreTestingPlan").values()
    assert (region(plan), plan.inputs["scheduleExpression"]) == (WEST, "cron(0 6 1 * ? *)")
    selection = plan.inputs["recoveryPointSelection"]
    assert [arn.split(":")[-1] for arn in selection["includeVaults"]] == [names.vault(WEST)]
    assert (selection["algorithm"], selection["recoveryPointTypes"]) == ("LATEST_WITHIN_WINDOW", ["SNAPSHOT"])


def test_a_restored_database_stands_where_the_replica_stands(prod: Declared, names: Names) -> None:
    """Subnets, parameters and firewall are said: what is inferred is a default network that may not exist."""
    selection = prod.one("backup/restoreTestingSelection:RestoreTestingSelection", f"restore-database-{WEST}")
    assert (selection["protectedResourceType"], selection["protectedResourceArns"]) == ("RDS", [names.database_arn(EAST)])
    placed = selection["restoreMetadataOverrides"]
    assert json.loads(placed.pop("vpcSecurityGroupIds")) == [f"id-of-restored-{WEST}"]
    assert placed == {"dbSubnetGroupName": names.subnet_group(WEST), "dbParameterGroupName": names.parameter_group}


def test_restored_files_are_encrypted_with_our_key(prod: Declared, names: Names) -> None:
    """What is inferred is a key of S3's own."""
    selection = prod.one("backup/restoreTestingSelection:RestoreTestingSelection", f"restore-files-{WEST}")
    assert selection["protectedResourceArns"] == [names.bucket_arn(bucket) for bucket in names.file_buckets(EAST).values()]
    placed = selection["restoreMetadataOverrides"]
    assert placed["encryptionType"] == "SSE-KMS"
    assert f":{WEST}:" in placed["kmsKey"]


def test_a_restored_file_system_is_encrypted_with_our_key(prod: Declared, names: Names) -> None:
    """The one thing on which AWS Backup takes another word than its own."""
    selection = prod.one("backup/restoreTestingSelection:RestoreTestingSelection", f"restore-file-system-{WEST}")
    assert (selection["protectedResourceType"], selection["protectedResourceArns"]) == ("EFS", list(names.file_systems(EAST)))
    assert set(selection["restoreMetadataOverrides"]) == {"kmsKeyId"}
    assert f":{WEST}:" in selection["restoreMetadataOverrides"]["kmsKeyId"]


def test_the_restoring_role_deletes_no_file_system_but_a_tests_own(prod: Declared) -> None:
    """A file system's id says nothing of who made it; the tag of a restore test does. The replica bears none."""
    document = json.loads(prod.one("iam/rolePolicy:RolePolicy", "restore-file-system")["policy"])
    [deletes] = [each for each in document["Statement"] if any("Delete" in act for act in each["Action"])]
    assert deletes["Condition"] == {"Null": {"aws:ResourceTag/awsbackup-restore-test": "false"}}
    anywhere = [f"arn:aws:elasticfilesystem:{WEST}:{ACCOUNT}:file-system/*"]
    assert [each["Resource"] for each in document["Statement"]] == [["*"], anywhere, anywhere]  # what is yet to be made is no resource


def test_the_restoring_role_makes_only_what_is_cleared_away(prod: Declared, names: Names) -> None:
    """It writes and deletes under the name of restore tests, or where files land: neither the replica nor the media are in its reach."""
    gone = ("awsbackup-restore-test-", *(f":::{names.landing_bucket(region)}" for region in (EAST, WEST)))
    for what, kind in (("database", "rds"), ("files", "s3")):
        document = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"restore-{what}")["policy"])
        changes = [
            each for each in document["Statement"] if any(verb in act for act in each["Action"] for verb in ("Delete", "Put", "Create"))
        ]
        assert changes
        for statement in changes:
            assert all(arn.startswith(f"arn:aws:{kind}:") and any(name in arn for name in gone) for arn in statement["Resource"])


@pytest.mark.parametrize("switch", ["enabled", "automated"])
def test_without_automated_tests_nothing_is_restored(tmp_path: Path, switch: str) -> None:
    """Then there is no plan, no selection, no role, and no control on the time that a restore takes."""
    less = declare(tmp_path, change=lambda config: config["disasterRecovery"]["testing"].update({switch: False}))
    assert (
        less.of("backup/restoreTestingPlan:RestoreTestingPlan") == less.of("backup/restoreTestingSelection:RestoreTestingSelection") == {}
    )
    assert "restore" not in less.of("iam/role:Role")
    assert "RESTORE_TIME_FOR_RESOURCES_MEET_TARGET" not in controls(less, f"database-{EAST}")
