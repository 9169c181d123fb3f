"""Backup plans: what moto leaves unchecked about them, and their versions."""

import re
from typing import TYPE_CHECKING, Any

from moto.backup.models import Plan

from sandbox.backup import lifecycles
from sandbox.backup.copies import VAULT_ARN
from sandbox.backup.errors import InvalidParameterValueException, InvalidRequestException
from sandbox.backup.operations import Parameters, operation, page

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

EVERY_HOUR_AT_MOST = re.compile(r"cron\(\d{1,2}( \S+){5}\)")
SHORTEST_WINDOW = 60


@operation
def create_backup_plan(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Repeating a request id answers with the plan that it made."""
    document, request = parameters["BackupPlan"], parameters.get("CreatorRequestId")
    if request and (made := next((plan for plan in backend.plans.values() if plan.creator_request_id == request), None)):
        return made.to_dict()
    _check(backend, document)
    plan = backend.create_backup_plan(dict(document), parameters.get("BackupPlanTags", {}), request or "")
    backend.plan_versions[plan.backup_plan_id] = [plan]
    return plan.to_dict()


@operation
def update_backup_plan(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """The plan keeps its id and gets a new version."""
    old, document = backend.find_plan(parameters["BackupPlanId"]), parameters["BackupPlan"]
    _check(backend, document)
    plan = Plan(dict(document), old.creator_request_id, backend)
    plan.backup_plan_id, plan.backup_plan_arn = old.backup_plan_id, old.backup_plan_arn
    backend.plans[plan.backup_plan_id] = plan
    backend.plan_versions[plan.backup_plan_id].append(plan)
    return plan.to_dict()


@operation
def delete_backup_plan(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan = backend.find_plan(parameters["BackupPlanId"])
    if any(selection.backup_plan_id == plan.backup_plan_id for selection in backend.selections.values()):
        raise InvalidRequestException("Related backup plan selections must be deleted prior to backup plan deletion")
    plan_id, arn, deleted, version = backend.delete_backup_plan(plan.backup_plan_id)
    return {"BackupPlanId": plan_id, "BackupPlanArn": arn, "DeletionDate": deleted, "VersionId": version}


@operation
def list_backup_plan_versions(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan = backend.find_plan(parameters["BackupPlanId"])
    versions: list[dict[str, Any]] = [version.to_list_dict() for version in backend.plan_versions[plan.backup_plan_id]]
    return page("BackupPlanVersionsList", versions, parameters)


def _check(backend: "LabBackupBackend", document: Parameters) -> None:
    if not document["Rules"]:
        raise InvalidParameterValueException("A backup plan has at least one rule")
    for rule in document["Rules"]:
        if fault := _rule_fault(backend, rule):
            raise InvalidParameterValueException(f"{rule['RuleName']}: {fault}")


def _rule_fault(backend: "LabBackupBackend", rule: Parameters) -> str | None:
    if rule["TargetBackupVaultName"] not in backend.vaults:
        return f"Backup vault {rule['TargetBackupVaultName']} does not exist"
    return _schedule_fault(rule) or lifecycles.why_refused(rule.get("Lifecycle"), continuous=_continuous(rule)) or _copy_fault(rule)


def _schedule_fault(rule: Parameters) -> str | None:
    schedule = rule.get("ScheduleExpression")
    if schedule and not EVERY_HOUR_AT_MOST.fullmatch(schedule):
        return f"Invalid schedule expression {schedule}: the interval between backup jobs shouldn't be less than 60 minutes"
    start, complete = rule.get("StartWindowMinutes"), rule.get("CompletionWindowMinutes")
    if start is not None and start < SHORTEST_WINDOW:
        return f"StartWindowMinutes must be at least {SHORTEST_WINDOW}"
    if start is not None and complete is not None and complete < start + SHORTEST_WINDOW:
        return f"CompletionWindowMinutes must be at least {SHORTEST_WINDOW} minutes longer than StartWindowMinutes"
    return None


def _copy_fault(rule: Parameters) -> str | None:
    for action in rule.get("CopyActions", []):
        if not VAULT_ARN.fullmatch(action["DestinationBackupVaultArn"]):
            return f"{action['DestinationBackupVaultArn']} is not the ARN of a backup vault"
        if fault := lifecycles.why_refused(action.get("Lifecycle")):
            return fault
    return None


def _continuous(rule: Parameters) -> bool:
    return bool(rule.get("EnableContinuousBackup"))
