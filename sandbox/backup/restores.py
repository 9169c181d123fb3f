"""Restore jobs: a real resource made of a recovery point."""

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sandbox.backup.announcements import Family, announce
from sandbox.backup.errors import InvalidParameterValueException, InvalidRequestException, ResourceNotFoundException
from sandbox.backup.kinds import kind_of
from sandbox.backup.models import new_id
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_allowed, check_role
from sandbox.backup.records import RecoveryPoint, RestoreJob, now
from sandbox.backup.running import Progress
from sandbox.backup.selecting import selected

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

FAMILY = Family("Restore", state_member="status")
MOST_ITEMS = 5


@operation
def start_restore_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Repeating a token answers with the job that it started."""
    token = parameters.get("IdempotencyToken", new_id())
    if token not in backend.restore_tokens:
        point = _find_point(backend, parameters["RecoveryPointArn"])
        job = _checked_job(backend, point, parameters)
        backend.restore_tokens[token] = job
        begin(backend, point, job)
    return {"RestoreJobId": backend.restore_tokens[token].id}


def begin(backend: "LabBackupBackend", point: RecoveryPoint, job: RestoreJob) -> None:
    """List *job* and carry it out on a thread."""
    backend.restore_jobs[job.id] = job
    progress = Progress(backend.lab, job, partial(_announce, backend, job))
    progress.launch(partial(_restore, backend, point, job, progress))


@operation
def describe_restore_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return _find(backend, parameters)


@operation
def list_restore_jobs(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return page("RestoreJobs", selected(list(backend.restore_jobs.values()), parameters), parameters)


@operation
def get_restore_job_metadata(backend: "LabBackupBackend", parameters: Parameters) -> object:
    job = _find(backend, parameters)
    return {"RestoreJobId": job.id, "Metadata": job.metadata}


@operation
def put_restore_validation_result(backend: "LabBackupBackend", parameters: Parameters) -> object:
    job = _find(backend, parameters)
    if not job.is_over:
        raise InvalidRequestException(f"Restore job {job.id} is {job.state} and cannot be validated")
    job.validation_status, job.validation_status_message = parameters["ValidationStatus"], parameters.get("ValidationStatusMessage")
    return None


def _find(backend: "LabBackupBackend", parameters: Parameters) -> RestoreJob:
    job_id = parameters["RestoreJobId"]
    if job_id not in backend.restore_jobs:
        raise ResourceNotFoundException(f"Cannot find restore job with ID {job_id}")
    return backend.restore_jobs[job_id]


def _find_point(backend: "LabBackupBackend", arn: str) -> RecoveryPoint:
    point = next((point for point in backend.points.values() if point.recovery_point_arn == arn), None)
    if point is None:
        raise ResourceNotFoundException(f"Recovery point {arn} cannot be found in {backend.region_name}")
    return point


def _checked_job(backend: "LabBackupBackend", point: RecoveryPoint, parameters: Parameters) -> RestoreJob:
    check_allowed(backend, point.backup_vault_name, "backup:StartRestoreJob")
    role = parameters.get("IamRoleArn", point.iam_role_arn)
    check_role(backend.account_id, role)
    metadata: Mapping[str, str] = parameters["Metadata"]
    needed = kind_of(point.resource_arn, backend.account_id).needs_metadata
    if not metadata.get(needed):
        raise InvalidParameterValueException(f"Metadata has no {needed}")
    if "RestoreTime" in metadata:
        raise InvalidParameterValueException("RestoreTime is only valid for continuous recovery points")
    if len(json.loads(metadata.get("ItemsToRestore", "[]"))) > MOST_ITEMS:
        raise InvalidParameterValueException(f"ItemsToRestore has more than {MOST_ITEMS} items")
    return RestoreJob(
        new_id(),
        backend.account_id,
        point.resource_arn,
        point.resource_name,
        point.resource_type,
        role,
        state="PENDING",
        backup_size_in_bytes=point.backup_size_in_bytes,
        recovery_point_arn=point.recovery_point_arn,
        recovery_point_creation_date=point.creation_date,
        backup_vault_arn=point.backup_vault_arn,
        metadata=dict(metadata),
    )


def _restore(backend: "LabBackupBackend", point: RecoveryPoint, job: RestoreJob, progress: Progress) -> None:
    progress.wait_for_regions(backend.region_name)
    progress.begin()
    kind = kind_of(point.resource_arn, backend.account_id, progress.check_wanted)
    job.created_resource_arn = kind.restore(point.saved, backend.region_name, job.metadata)
    progress.wait_for_regions(backend.region_name)
    point.last_restore_time = now()


def _announce(backend: "LabBackupBackend", job: RestoreJob) -> None:
    vault_name = job.backup_vault_arn.rpartition(":")[2]
    detail = {
        "restoreJobId": job.id,
        "backupVaultArn": job.backup_vault_arn,
        "recoveryPointArn": job.recovery_point_arn,
        "createdResourceArn": job.created_resource_arn,
        "restoreTestingPlanArn": (job.created_by or {}).get("RestoreTestingPlanArn"),
    }
    announce(backend, FAMILY, vault_name, job, detail)
