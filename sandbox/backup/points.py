"""Recovery points, and the resources that have any."""

from typing import TYPE_CHECKING, Any

from sandbox.backup import lifecycles
from sandbox.backup.errors import InvalidParameterValueException, InvalidRequestException, ResourceNotFoundException
from sandbox.backup.kinds import kind_of
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_allowed
from sandbox.backup.records import RecoveryPoint
from sandbox.backup.selecting import selected

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend


@operation
def list_recovery_points_by_backup_vault(backend: "LabBackupBackend", parameters: Parameters) -> object:
    vault = backend.find_vault(parameters["BackupVaultName"])
    chosen = selected(backend.points_of(vault.backup_vault_name), parameters)
    if plan := parameters.get("ByBackupPlanId"):
        chosen = [point for point in chosen if (point.created_by or {}).get("BackupPlanId") == plan]
    return page("RecoveryPoints", chosen, parameters)


@operation
def list_recovery_points_by_resource(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return page("RecoveryPoints", _points_of_resource(backend, parameters["ResourceArn"]), parameters)


@operation
def describe_recovery_point(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return _point(backend, parameters)


@operation
def get_recovery_point_restore_metadata(backend: "LabBackupBackend", parameters: Parameters) -> object:
    point = _point(backend, parameters)
    return {
        "BackupVaultArn": point.backup_vault_arn,
        "RecoveryPointArn": point.recovery_point_arn,
        "RestoreMetadata": kind_of(point.resource_arn, backend.account_id).restore_metadata(point.saved),
        "ResourceType": point.resource_type,
    }


@operation
def update_recovery_point_lifecycle(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """In a locked vault a recovery point may only be kept for longer."""
    point, lifecycle = _point(backend, parameters), parameters.get("Lifecycle")
    vault = backend.find_vault(point.backup_vault_name)
    if fault := lifecycles.why_refused(lifecycle):
        raise InvalidParameterValueException(fault)
    wanted = lifecycles.without_cold(lifecycle)
    if vault.locked and lifecycles.ends_sooner(wanted, point.lifecycle):
        raise InvalidRequestException(f"Backup vault {vault.backup_vault_name} is locked: its recovery points cannot end sooner")
    point.lifecycle = wanted
    return point


@operation
def delete_recovery_point(backend: "LabBackupBackend", parameters: Parameters) -> object:
    point = _point(backend, parameters)
    vault = backend.find_vault(point.backup_vault_name)
    check_allowed(backend, vault.backup_vault_name, "backup:DeleteRecoveryPoint")
    if vault.locked:
        raise InvalidRequestException(f"Backup vault {vault.backup_vault_name} is locked: its recovery points cannot be deleted")
    kind_of(point.resource_arn, backend.account_id).delete(point.saved)
    del backend.points[point.backup_vault_name, point.recovery_point_arn]
    return None


@operation
def disassociate_recovery_point(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Only continuous backups can be given back to their service, and the sandbox has none."""
    point = _point(backend, parameters)
    raise InvalidRequestException(f"Recovery point {point.recovery_point_arn} is not a continuous backup")


@operation
def list_protected_resources(backend: "LabBackupBackend", parameters: Parameters) -> object:
    latest = {point.resource_arn: point for point in backend.points.values()}
    return page("Results", [_protected(point) for point in latest.values()], parameters)


@operation
def describe_protected_resource(backend: "LabBackupBackend", parameters: Parameters) -> object:
    points = _points_of_resource(backend, parameters["ResourceArn"])
    if not points:
        raise ResourceNotFoundException(f"{parameters['ResourceArn']} is not a protected resource")
    return _protected(points[-1])


def _point(backend: "LabBackupBackend", parameters: Parameters) -> RecoveryPoint:
    return backend.find_point(parameters["BackupVaultName"], parameters["RecoveryPointArn"])


def _points_of_resource(backend: "LabBackupBackend", resource_arn: str) -> list[RecoveryPoint]:
    return [point for point in backend.points.values() if point.resource_arn == resource_arn]


def _protected(point: RecoveryPoint) -> dict[str, Any]:
    return {
        "ResourceArn": point.resource_arn,
        "ResourceType": point.resource_type,
        "ResourceName": point.resource_name,
        "LastBackupTime": point.creation_date,
        "LastBackupVaultArn": point.backup_vault_arn,
        "LastRecoveryPointArn": point.recovery_point_arn,
    }
