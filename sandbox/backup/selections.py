"""Selections: which resources a plan backs up."""

import re
from typing import TYPE_CHECKING

from sandbox.backup.errors import AlreadyExistsException, InvalidParameterValueException, ResourceNotFoundException
from sandbox.backup.models import new_id
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_role
from sandbox.backup.records import Selection

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

NAME = re.compile(r"[a-zA-Z0-9\-_.]{1,50}")


@operation
def create_backup_selection(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Repeating a request id answers with the selection that it made."""
    plan, request = backend.find_plan(parameters["BackupPlanId"]), parameters.get("CreatorRequestId")
    others = _selections(backend, plan.backup_plan_id)
    if request and (made := next((other for other in others if other.creator_request_id == request), None)):
        return made
    document = parameters["BackupSelection"]
    if fault := _why_refused(document):
        raise InvalidParameterValueException(fault)
    check_role(backend.account_id, document["IamRoleArn"])
    if any(other.selection_name == document["SelectionName"] for other in others):
        raise AlreadyExistsException("Backup selection with the same name already exists")
    selection = Selection(plan.backup_plan_id, new_id().lower(), document, request)
    backend.selections[selection.selection_id] = selection
    return selection


@operation
def get_backup_selection(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return _find(backend, parameters)


@operation
def list_backup_selections(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan = backend.find_plan(parameters["BackupPlanId"])
    return page("BackupSelectionsList", _selections(backend, plan.backup_plan_id), parameters)


@operation
def delete_backup_selection(backend: "LabBackupBackend", parameters: Parameters) -> object:
    del backend.selections[_find(backend, parameters).selection_id]
    return None


def _find(backend: "LabBackupBackend", parameters: Parameters) -> Selection:
    selection = backend.selections.get(parameters["SelectionId"])
    if selection is None or selection.backup_plan_id != parameters["BackupPlanId"]:
        raise ResourceNotFoundException("Cannot find Backup plan selection with provided ID")
    return selection


def _selections(backend: "LabBackupBackend", plan_id: str) -> list[Selection]:
    return [selection for selection in backend.selections.values() if selection.backup_plan_id == plan_id]


def _why_refused(document: Parameters) -> str | None:
    if not NAME.fullmatch(document["SelectionName"]):
        return "SelectionName must contain 1 to 50 alphanumeric or '-_.' characters"
    for member in ("Resources", "NotResources"):
        arns = document.get(member, [])
        if any("*" in arn[:-1] for arn in arns):
            return f"{member}: a wildcard must be at the end of the ARN"
        if len(arns) > (30 if any("*" in arn for arn in arns) else 500):
            return f"{member}: at most 500 ARNs, or 30 when one has a wildcard"
    if not any(document.get(member) for member in ("Resources", "ListOfTags", "Conditions", "NotResources")):
        return "Specify resources, tags or conditions"
    return None
