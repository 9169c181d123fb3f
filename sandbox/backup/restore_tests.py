"""Restore tests: plans and selections as AWS Backup keeps them, and one run of them when somebody asks for it.

Nothing here happens at a set time. A run restores the newest fitting recovery point of each selected resource under a name of its own,
waits for the verdict until the window for it is over, and clears away what it has restored, whatever became of it.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.backup.errors import AlreadyExistsException, InvalidParameterValueException, ResourceNotFoundException
from sandbox.backup.kinds import kind_of
from sandbox.backup.models import new_id
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_role
from sandbox.backup.records import RecoveryPoint, RestoreJob, now
from sandbox.backup.restores import begin

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

NAME = re.compile(r"[a-zA-Z0-9_]{1,50}")
PREFIX = "awsbackup-restore-test-"
LOOK = 0.1


@dataclass(slots=True)
class TestPlan:
    """``document`` is botocore's ``RestoreTestingPlanForCreate``, ``selections`` hold ``RestoreTestingSelectionForCreate`` by name."""

    __test__ = False

    document: Mapping[str, Any]
    restore_testing_plan_arn: str
    selections: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    creation_time: datetime = field(default_factory=now)

    @property
    def restore_testing_plan_name(self) -> str:
        return str(self.document["RestoreTestingPlanName"])


@operation
def create_restore_testing_plan(backend: "LabBackupBackend", parameters: Parameters) -> object:
    document = parameters["RestoreTestingPlan"]
    name = document["RestoreTestingPlanName"]
    if not NAME.fullmatch(name):
        raise InvalidParameterValueException(f"{name} must consist of up to 50 letters, digits and underscores")
    if name in backend.test_plans:
        raise AlreadyExistsException(f"Restore testing plan {name} already exists")
    arn = f"arn:aws:backup:{backend.region_name}:{backend.account_id}:restore-testing-plan:{name}-{uuid4()}"
    plan = backend.test_plans[name] = TestPlan(document, arn)
    return plan


@operation
def get_restore_testing_plan(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan = _find(backend, parameters)
    return {"RestoreTestingPlan": {**plan.document, **_known(plan)}}


@operation
def list_restore_testing_plans(backend: "LabBackupBackend", parameters: Parameters) -> object:
    shown = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartWindowHours")
    plans = [{**_known(plan), **{key: plan.document[key] for key in shown if key in plan.document}} for plan in backend.test_plans.values()]
    return page("RestoreTestingPlans", plans, parameters)


@operation
def create_restore_testing_selection(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan, document = _find(backend, parameters), parameters["RestoreTestingSelection"]
    name = document["RestoreTestingSelectionName"]
    if not NAME.fullmatch(name):
        raise InvalidParameterValueException(f"{name} must consist of up to 50 letters, digits and underscores")
    if name in plan.selections:
        raise AlreadyExistsException(f"Restore testing selection {name} already exists")
    check_role(backend.account_id, document["IamRoleArn"])
    plan.selections[name] = document
    return {"CreationTime": now(), **_named(plan, name)}


@operation
def get_restore_testing_selection(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan, name = _find(backend, parameters), parameters["RestoreTestingSelectionName"]
    if name not in plan.selections:
        raise ResourceNotFoundException(f"Restore testing selection {name} cannot be found")
    return {"RestoreTestingSelection": {**plan.selections[name], **_named(plan, name), "CreationTime": plan.creation_time}}


@operation
def list_restore_testing_selections(backend: "LabBackupBackend", parameters: Parameters) -> object:
    plan = _find(backend, parameters)
    shown = ("IamRoleArn", "ProtectedResourceType", "ValidationWindowHours")
    rows = [
        {**_named(plan, name), "CreationTime": plan.creation_time, **{key: each[key] for key in shown if key in each}}
        for name, each in plan.selections.items()
    ]
    return page("RestoreTestingSelections", rows, parameters)


def run(backend: "LabBackupBackend", window: float) -> list[str]:
    """Begin every test of the region and return the ids of the restore jobs; *window* is in seconds, for a verdict."""
    return [
        _begin(backend, plan, selection, point, window).id
        for plan in backend.test_plans.values()
        for selection in plan.selections.values()
        for point in _chosen(backend, plan, selection)
    ]


def _chosen(backend: "LabBackupBackend", plan: TestPlan, selection: Mapping[str, Any]) -> list[RecoveryPoint]:
    """Return the newest recovery point of each protected resource in the vaults that the plan includes."""
    vaults = plan.document["RecoveryPointSelection"]["IncludeVaults"]
    newest: dict[str, RecoveryPoint] = {}
    for point in sorted(backend.points.values(), key=lambda each: each.creation_date):
        included = point.backup_vault_arn in vaults or "*" in vaults
        wanted = selection.get("ProtectedResourceArns", [])
        if included and point.resource_type == selection["ProtectedResourceType"] and (point.resource_arn in wanted or wanted == ["*"]):
            newest[point.resource_arn] = point
    return list(newest.values())


def _begin(backend: "LabBackupBackend", plan: TestPlan, selection: Mapping[str, Any], point: RecoveryPoint, window: float) -> RestoreJob:
    job = RestoreJob(
        new_id(),
        backend.account_id,
        point.resource_arn,
        point.resource_name,
        point.resource_type,
        selection["IamRoleArn"],
        state="PENDING",
        backup_size_in_bytes=point.backup_size_in_bytes,
        recovery_point_arn=point.recovery_point_arn,
        recovery_point_creation_date=point.creation_date,
        backup_vault_arn=point.backup_vault_arn,
        metadata=_metadata(backend, point, selection.get("RestoreMetadataOverrides", {})),
        created_by={"RestoreTestingPlanArn": plan.restore_testing_plan_arn},
    )
    begin(backend, point, job)
    Thread(target=partial(_attend, backend, job, window), name=f"test-{job.id}", daemon=True).start()
    return job


def _metadata(backend: "LabBackupBackend", point: RecoveryPoint, overrides: Mapping[str, str]) -> dict[str, str]:
    """Return what is inferred from the resource as it was, with the overrides, whose names begin with a small letter, in its place."""
    kind = kind_of(point.resource_arn, backend.account_id)
    inferred = kind.restore_metadata(point.saved)
    spelt = {name.lower(): name for name in (*inferred, *kind.takes)}
    given = {spelt.get(name.lower(), name): value for name, value in overrides.items()}
    return inferred | given | kind.as_test(f"{PREFIX}{uuid4().hex[:12]}")


def _attend(backend: "LabBackupBackend", job: RestoreJob, window: float) -> None:
    """Wait for the end of the restore and for the verdict on it, then clear away what it made."""
    closing = backend.lab.closing
    while not job.is_over and not closing.wait(LOOK):
        pass
    deadline = time.monotonic() + window
    if job.state == "COMPLETED" and job.validation_status is None:
        job.validation_status = "VALIDATING"
    while job.validation_status == "VALIDATING" and not closing.wait(LOOK):
        if time.monotonic() > deadline:
            job.validation_status = "TIMED_OUT"
    if job.created_resource_arn and not closing.is_set():
        job.deletion_status = "DELETING"
        kind_of(job.resource_arn, backend.account_id).clear_away(job.created_resource_arn)
        job.deletion_status = "SUCCESSFUL"


def _find(backend: "LabBackupBackend", parameters: Parameters) -> TestPlan:
    name = parameters["RestoreTestingPlanName"]
    if name not in backend.test_plans:
        raise ResourceNotFoundException(f"Restore testing plan {name} cannot be found")
    return backend.test_plans[name]


def _known(plan: TestPlan) -> dict[str, Any]:
    return {
        "RestoreTestingPlanArn": plan.restore_testing_plan_arn,
        "RestoreTestingPlanName": plan.restore_testing_plan_name,
        "CreationTime": plan.creation_time,
    }


def _named(plan: TestPlan, selection: str) -> dict[str, Any]:
    return {
        "RestoreTestingPlanArn": plan.restore_testing_plan_arn,
        "RestoreTestingPlanName": plan.restore_testing_plan_name,
        "RestoreTestingSelectionName": selection,
    }
