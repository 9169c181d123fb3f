"""Copy jobs: a recovery point into another vault, mostly of another region, under that vault's key."""

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from sandbox.backup import lifecycles
from sandbox.backup.announcements import Family, announce
from sandbox.backup.errors import InvalidParameterValueException, ResourceNotFoundException
from sandbox.backup.kinds import kind_of
from sandbox.backup.models import new_id
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_allowed, check_role
from sandbox.backup.records import CopyJob, Order, RecoveryPoint, Saved, now
from sandbox.backup.running import Progress, Refused
from sandbox.backup.selecting import selected
from sandbox.backup.vaults import why_closed

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

FAMILY = Family("Copy")
VAULT_ARN = re.compile(r"arn:aws:backup:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):backup-vault:(?P<name>[\w-]{2,50})")


@operation
def start_copy_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Repeating a token answers with the job that it started."""
    token = parameters.get("IdempotencyToken", new_id())
    if token not in backend.copy_tokens:
        point = backend.find_point(parameters["SourceBackupVaultName"], parameters["RecoveryPointArn"])
        job = _checked_job(backend, point, parameters)
        backend.copy_tokens[token] = backend.copy_jobs[job.id] = job
        progress = Progress(backend.lab, job, partial(_announce, backend, job))
        progress.launch(partial(_copy, backend, point, job, progress))
    started = backend.copy_tokens[token]
    return {"CopyJobId": started.id, "CreationDate": started.creation_date, "IsParent": False}


@operation
def describe_copy_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    job_id = parameters["CopyJobId"]
    if job_id not in backend.copy_jobs:
        raise ResourceNotFoundException(f"Cannot find copy job with ID {job_id}")
    return {"CopyJob": backend.copy_jobs[job_id]}


@operation
def list_copy_jobs(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return page("CopyJobs", selected(list(backend.copy_jobs.values()), parameters), parameters)


def _checked_job(backend: "LabBackupBackend", point: RecoveryPoint, parameters: Parameters) -> CopyJob:
    """What the destination refuses shows in the job, not here: the regions do not wait for each other."""
    check_allowed(backend, point.backup_vault_name, "backup:StartCopyJob")
    check_role(backend.account_id, parameters["IamRoleArn"])
    destination = VAULT_ARN.fullmatch(parameters["DestinationBackupVaultArn"])
    if destination is None or destination["account"] != backend.account_id:
        raise InvalidParameterValueException(f"{parameters['DestinationBackupVaultArn']} is not a backup vault of this account")
    if parameters["DestinationBackupVaultArn"] == point.backup_vault_arn:
        raise InvalidParameterValueException("The destination backup vault is the source backup vault")
    if fault := lifecycles.why_refused(parameters.get("Lifecycle")):
        raise InvalidParameterValueException(fault)
    return CopyJob(
        new_id(),
        backend.account_id,
        point.resource_arn,
        point.resource_name,
        point.resource_type,
        parameters["IamRoleArn"],
        backup_size_in_bytes=point.backup_size_in_bytes,
        source_backup_vault_arn=point.backup_vault_arn,
        source_recovery_point_arn=point.recovery_point_arn,
        destination_backup_vault_arn=parameters["DestinationBackupVaultArn"],
        destination_vault_name=destination["name"],
        destination_region=destination["region"],
        destination_recovery_point_lifecycle=lifecycles.without_cold(parameters.get("Lifecycle")),
    )


def _copy(backend: "LabBackupBackend", point: RecoveryPoint, job: CopyJob, progress: Progress) -> None:
    """Raises Refused when the destination does not take the copy; while a region is dark, the job is RUNNING."""
    regions = backend.region_name, job.destination_region
    progress.wait_for_regions(backend.region_name)
    progress.begin()
    progress.wait_for_regions(*regions)
    destination = backend.in_region(job.destination_region)
    key, tags = _destination_key(destination, job), backend.list_tags(point.recovery_point_arn)
    kind = kind_of(point.resource_arn, backend.account_id, progress.check_wanted)
    saved = kind.copy(point.saved, Order(destination.region_name, job.id, key, tags))
    progress.wait_for_regions(*regions)
    job.destination_recovery_point_arn, job.destination_encryption_key_arn = saved.recovery_point_arn, saved.encryption_key_arn
    destination.keep(_copied(point, saved, job), tags)


def _destination_key(destination: "LabBackupBackend", job: CopyJob) -> str:
    vault = destination.vaults.get(job.destination_vault_name)
    if vault is None:
        raise Refused(f"The destination Backup vault {job.destination_vault_name} was not found in {job.destination_region}.")
    if fault := why_closed(destination, vault, job.destination_recovery_point_lifecycle):
        raise Refused(fault)
    return vault.encryption_key_arn


def _copied(point: RecoveryPoint, saved: Saved, job: CopyJob) -> RecoveryPoint:
    """The copy is as old as its source: ``creation_date`` is the age of the data."""
    return replace(
        point,
        saved=saved,
        backup_vault_name=job.destination_vault_name,
        backup_vault_arn=job.destination_backup_vault_arn,
        iam_role_arn=job.iam_role_arn,
        lifecycle=job.destination_recovery_point_lifecycle,
        initiation_date=job.creation_date,
        completion_date=now(),
        source_backup_vault_arn=point.backup_vault_arn,
        last_restore_time=None,
    )


def _announce(backend: "LabBackupBackend", job: CopyJob) -> None:
    detail = {
        "copyJobId": job.id,
        "sourceBackupVaultArn": job.source_backup_vault_arn,
        "sourceRecoveryPointArn": job.source_recovery_point_arn,
        "destinationBackupVaultArn": job.destination_backup_vault_arn,
        "destinationRecoveryPointArn": job.destination_recovery_point_arn,
    }
    announce(backend, FAMILY, job.source_backup_vault_arn.rpartition(":")[2], job, detail)
