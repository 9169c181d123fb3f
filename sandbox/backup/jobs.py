"""Backup jobs: one resource into one vault of its region."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sandbox.backup import lifecycles
from sandbox.backup.announcements import Family, announce
from sandbox.backup.errors import InvalidParameterValueException, InvalidRequestException, ResourceNotFoundException
from sandbox.backup.kinds import kind_of
from sandbox.backup.models import new_id
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_allowed, check_role
from sandbox.backup.records import BackupJob, Order, RecoveryPoint, Saved, now
from sandbox.backup.running import Progress, Refused, stop
from sandbox.backup.selecting import selected
from sandbox.backup.vaults import why_closed

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

FAMILY = Family("Backup")
START_WITHIN = 8 * 60
SHORTEST_WINDOW = 60


@operation
def start_backup_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Repeating a token answers with the job that it started."""
    token = parameters.get("IdempotencyToken", new_id())
    if token not in backend.backup_tokens:
        job = _checked_job(backend, parameters)
        backend.backup_tokens[token] = backend.backup_jobs[job.id] = job
        progress = Progress(backend.lab, job, partial(_announce, backend, job))
        progress.launch(partial(_back_up, backend, job, progress))
    started = backend.backup_tokens[token]
    return {"BackupJobId": started.id, "CreationDate": started.creation_date, "IsParent": False}


@operation
def describe_backup_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return find_backup_job(backend, parameters["BackupJobId"])


@operation
def list_backup_jobs(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return page("BackupJobs", selected(list(backend.backup_jobs.values()), parameters), parameters)


@operation
def stop_backup_job(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """RDS backups cannot be stopped, nor can a job that is over."""
    job = find_backup_job(backend, parameters["BackupJobId"])
    if not kind_of(job.resource_arn, backend.account_id).can_stop:
        raise InvalidRequestException(f"Stopping a backup job is not supported for {job.resource_type}")
    if not stop(job):
        raise InvalidRequestException(f"Backup job {job.id} is {job.state} and cannot be stopped")
    return None


def find_backup_job(backend: "LabBackupBackend", job_id: str) -> BackupJob:
    if job_id not in backend.backup_jobs:
        raise ResourceNotFoundException(f"Cannot find backup job with ID {job_id}")
    return backend.backup_jobs[job_id]


def _checked_job(backend: "LabBackupBackend", parameters: Parameters) -> BackupJob:
    vault = backend.find_vault(parameters["BackupVaultName"])
    check_allowed(backend, vault.backup_vault_name, "backup:StartBackupJob")
    check_role(backend.account_id, parameters["IamRoleArn"])
    if fault := lifecycles.why_refused(parameters.get("Lifecycle")):
        raise InvalidParameterValueException(fault)
    within = parameters.get("StartWindowMinutes", START_WITHIN)
    if within < SHORTEST_WINDOW:
        raise InvalidParameterValueException(f"StartWindowMinutes must be at least {SHORTEST_WINDOW} minutes")
    kind = kind_of(parameters["ResourceArn"], backend.account_id)
    name = kind.resource_name(parameters["ResourceArn"], backend.region_name)
    if name is None:
        raise ResourceNotFoundException(f"Resource {parameters['ResourceArn']} cannot be found in {backend.region_name}")
    if not backend.opt_in.get(kind.name, False):
        raise InvalidRequestException(f"{kind.name} is not opted in to AWS Backup in {backend.region_name}")
    return BackupJob(
        new_id(),
        backend.account_id,
        parameters["ResourceArn"],
        name,
        kind.name,
        parameters["IamRoleArn"],
        backup_vault_name=vault.backup_vault_name,
        backup_vault_arn=vault.backup_vault_arn,
        start_by=now() + timedelta(minutes=within),
        recovery_point_lifecycle=lifecycles.without_cold(parameters.get("Lifecycle")),
        recovery_point_tags=parameters.get("RecoveryPointTags", {}),
    )


def _back_up(backend: "LabBackupBackend", job: BackupJob, progress: Progress) -> None:
    progress.wait_for_regions(backend.region_name)
    turn = backend.turns[job.resource_arn]
    if not progress.take_turn(turn, job.start_by):
        progress.finish("EXPIRED", "The backup did not start within its window: another job of the resource was running")
        return
    try:
        progress.begin()
        _save(backend, job, progress)
    finally:
        turn.release()


def _save(backend: "LabBackupBackend", job: BackupJob, progress: Progress) -> None:
    """Raises Refused when the vault's lock or key does not allow it, and whatever the resource's own service raises."""
    job.initiation_date = now()
    vault = backend.find_vault(job.backup_vault_name)
    if fault := why_closed(backend, vault, job.recovery_point_lifecycle):
        raise Refused(fault)
    kind = kind_of(job.resource_arn, backend.account_id, progress.check_wanted)
    saved = kind.save(job.resource_arn, Order(backend.region_name, job.id, vault.encryption_key_arn, job.recovery_point_tags))
    progress.wait_for_regions(backend.region_name)
    progress.check_wanted()
    job.backup_size_in_bytes = job.bytes_transferred = saved.size
    job.recovery_point_arn, job.encryption_key_arn = saved.recovery_point_arn, saved.encryption_key_arn
    backend.keep(_recovery_point(job, saved), job.recovery_point_tags)


def _recovery_point(job: BackupJob, saved: Saved) -> RecoveryPoint:
    return RecoveryPoint(
        saved,
        job.backup_vault_name,
        job.backup_vault_arn,
        job.resource_arn,
        job.resource_name,
        job.resource_type,
        job.iam_role_arn,
        job.recovery_point_lifecycle,
        initiation_date=job.initiation_date or job.creation_date,
        creation_date=job.creation_date,
    )


def _announce(backend: "LabBackupBackend", job: BackupJob) -> None:
    detail = {
        "backupJobId": job.id,
        "backupVaultName": job.backup_vault_name,
        "backupVaultArn": job.backup_vault_arn,
        "recoveryPointArn": job.recovery_point_arn,
        "bytesTransferred": job.bytes_transferred,
        "startBy": job.start_by,
    }
    announce(backend, FAMILY, job.backup_vault_name, job, detail)
