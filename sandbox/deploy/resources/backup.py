"""Vaults, plans and selections."""

from typing import Any

from sandbox.deploy.inputs import Inputs
from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:backup/vault:Vault")
def vault(wanted: Wanted) -> Made:
    given = wanted.inputs.given(BackupVaultName="name", EncryptionKeyArn="kmsKeyArn")
    made = wanted.client("backup").create_backup_vault(**given, BackupVaultTags=wanted.tags)
    return Made(made["BackupVaultName"], {"arn": made["BackupVaultArn"]})


@makes("aws:backup/vaultLockConfiguration:VaultLockConfiguration")
def vault_lock(wanted: Wanted) -> Made:
    name = wanted.inputs["backupVaultName"]
    days = {"MinRetentionDays": "minRetentionDays", "MaxRetentionDays": "maxRetentionDays", "ChangeableForDays": "changeableForDays"}
    wanted.client("backup").put_backup_vault_lock_configuration(BackupVaultName=name, **wanted.inputs.given(**days))
    return Made(name, {})


@makes("aws:backup/vaultNotifications:VaultNotifications")
def vault_notifications(wanted: Wanted) -> Made:
    given = wanted.inputs.given(BackupVaultName="backupVaultName", BackupVaultEvents="backupVaultEvents", SNSTopicArn="snsTopicArn")
    wanted.client("backup").put_backup_vault_notifications(**given)
    return Made(given["BackupVaultName"], {})


@makes("aws:backup/vaultPolicy:VaultPolicy")
def vault_policy(wanted: Wanted) -> Made:
    name = wanted.inputs["backupVaultName"]
    wanted.client("backup").put_backup_vault_access_policy(BackupVaultName=name, Policy=wanted.inputs["policy"])
    return Made(name, {})


@makes("aws:backup/regionSettings:RegionSettings")
def region_settings(wanted: Wanted) -> Made:
    chosen = dict(wanted.inputs["resourceTypeOptInPreference"].items())
    wanted.client("backup").update_region_settings(ResourceTypeOptInPreference=chosen)
    return Made(wanted.region, {})


@makes("aws:backup/plan:Plan")
def plan(wanted: Wanted) -> Made:
    document = {"BackupPlanName": wanted.inputs["name"], "Rules": [_rule(rule) for rule in wanted.inputs["rules"]]}
    made = wanted.client("backup").create_backup_plan(BackupPlan=document, BackupPlanTags=wanted.tags)
    return Made(made["BackupPlanId"], {"arn": made["BackupPlanArn"], "version": made["VersionId"]})


@makes("aws:backup/selection:Selection")
def selection(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    tags = [
        {"ConditionType": tag["type"], "ConditionKey": tag["key"], "ConditionValue": tag["value"]}
        for tag in inputs.get("selectionTags", [])
    ]
    document = inputs.given(SelectionName="name", IamRoleArn="iamRoleArn", Resources="resources") | {"ListOfTags": tags}
    made = wanted.client("backup").create_backup_selection(BackupPlanId=inputs["planId"], BackupSelection=document)
    return Made(made["SelectionId"], {})


@makes("aws:backup/restoreTestingPlan:RestoreTestingPlan")
def restore_testing_plan(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    selection = inputs["recoveryPointSelection"].given(
        Algorithm="algorithm",
        IncludeVaults="includeVaults",
        RecoveryPointTypes="recoveryPointTypes",
        SelectionWindowDays="selectionWindowDays",
    )
    document = inputs.given(
        RestoreTestingPlanName="name",
        ScheduleExpression="scheduleExpression",
        ScheduleExpressionTimezone="scheduleExpressionTimezone",
        StartWindowHours="startWindowHours",
    )
    plan = {**document, "RecoveryPointSelection": selection}
    made = wanted.client("backup").create_restore_testing_plan(RestoreTestingPlan=plan, Tags=wanted.tags)
    return Made(made["RestoreTestingPlanName"], {"arn": made["RestoreTestingPlanArn"]})


@makes("aws:backup/restoreTestingSelection:RestoreTestingSelection")
def restore_testing_selection(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    document = inputs.given(
        RestoreTestingSelectionName="name",
        ProtectedResourceType="protectedResourceType",
        ProtectedResourceArns="protectedResourceArns",
        ValidationWindowHours="validationWindowHours",
        IamRoleArn="iamRoleArn",
    ) | {"RestoreMetadataOverrides": dict(inputs["restoreMetadataOverrides"].items())}
    made = wanted.client("backup").create_restore_testing_selection(
        RestoreTestingPlanName=inputs["restoreTestingPlanName"], RestoreTestingSelection=document
    )
    return Made(f"{made['RestoreTestingSelectionName']}:{made['RestoreTestingPlanName']}", {})


def _rule(rule: Inputs) -> dict[str, Any]:
    given = rule.given(
        RuleName="ruleName",
        TargetBackupVaultName="targetVaultName",
        ScheduleExpression="schedule",
        StartWindowMinutes="startWindow",
        CompletionWindowMinutes="completionWindow",
        EnableContinuousBackup="enableContinuousBackup",
    )
    copies = [
        {"DestinationBackupVaultArn": copy["destinationVaultArn"], "Lifecycle": _lifecycle(copy["lifecycle"])}
        for copy in rule.get("copyActions", [])
    ]
    tags = dict(rule["recoveryPointTags"].items())
    return given | {"Lifecycle": _lifecycle(rule["lifecycle"]), "CopyActions": copies, "RecoveryPointTags": tags}


def _lifecycle(lifecycle: Inputs) -> dict[str, int]:
    return {"DeleteAfterDays": lifecycle["deleteAfter"]}
