"""Vaults: made, described, listed and deleted; who may use them, and whom they tell."""

import json
import re
from typing import TYPE_CHECKING, Any

from moto.backup.models import Vault
from moto.core.utils import get_service_model

from sandbox.backup import lifecycles
from sandbox.backup.errors import InvalidParameterValueException, InvalidRequestException, ResourceNotFoundException
from sandbox.backup.operations import Parameters, operation, page
from sandbox.backup.permissions import check_allowed, default_key, why_unusable

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend


@operation
def create_backup_vault(backend: "LabBackupBackend", parameters: Parameters) -> object:
    """Without a key of its own, a vault gets the one that AWS manages. Repeating a request id answers with the vault it made."""
    name, request = parameters["BackupVaultName"], parameters.get("CreatorRequestId")
    existing = backend.vaults.get(name)
    if existing is None or request is None or existing.creator_request_id != request:
        key = parameters.get("EncryptionKeyArn") or default_key(backend.account_id, backend.region_name)
        if fault := why_unusable(backend.account_id, backend.region_name, key):
            raise InvalidParameterValueException(fault)
        existing = backend.create_backup_vault(name, parameters.get("BackupVaultTags", {}), key, request or "")
    return _described(backend, existing)


@operation
def describe_backup_vault(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return _described(backend, backend.find_vault(parameters["BackupVaultName"]))


@operation
def list_backup_vaults(backend: "LabBackupBackend", parameters: Parameters) -> object:
    return page("BackupVaultList", [_described(backend, vault) for vault in backend.vaults.values()], parameters)


@operation
def delete_backup_vault(backend: "LabBackupBackend", parameters: Parameters) -> object:
    name = backend.find_vault(parameters["BackupVaultName"]).backup_vault_name
    check_allowed(backend, name, "backup:DeleteBackupVault")
    if backend.points_of(name):
        raise InvalidRequestException("Backup vault cannot be deleted because it contains recovery points.")
    backend.delete_backup_vault(name)
    backend.access_policies.pop(name, None)
    backend.notifications.pop(name, None)
    return None


@operation
def put_backup_vault_access_policy(backend: "LabBackupBackend", parameters: Parameters) -> object:
    vault, policy = backend.find_vault(parameters["BackupVaultName"]), parameters.get("Policy", "")
    if not _is_policy(policy):
        raise InvalidParameterValueException("The specified policy is not a valid policy document")
    backend.access_policies[vault.backup_vault_name] = policy
    return None


@operation
def get_backup_vault_access_policy(backend: "LabBackupBackend", parameters: Parameters) -> object:
    vault = backend.find_vault(parameters["BackupVaultName"])
    policy = backend.access_policies.get(vault.backup_vault_name)
    if policy is None:
        raise ResourceNotFoundException(f"Backup vault {vault.backup_vault_name} has no associated policy")
    return {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn, "Policy": policy}


@operation
def delete_backup_vault_access_policy(backend: "LabBackupBackend", parameters: Parameters) -> object:
    name = backend.find_vault(parameters["BackupVaultName"]).backup_vault_name
    check_allowed(backend, name, "backup:DeleteBackupVaultAccessPolicy")
    backend.access_policies.pop(name, None)
    return None


@operation
def put_backup_vault_notifications(backend: "LabBackupBackend", parameters: Parameters) -> object:
    vault, topic, events = (parameters[name] for name in ("BackupVaultName", "SNSTopicArn", "BackupVaultEvents"))
    if not re.fullmatch(rf"arn:aws:sns:{backend.region_name}:\d{{12}}:[\w-]{{1,256}}(\.fifo)?", topic):
        raise InvalidParameterValueException(f"{topic} is not a topic of {backend.region_name}")
    if unknown := set(events) - _known_events():
        raise InvalidParameterValueException(f"Unknown backup vault events: {', '.join(sorted(unknown))}")
    backend.notifications[backend.find_vault(vault).backup_vault_name] = {"SNSTopicArn": topic, "BackupVaultEvents": list(events)}
    return None


@operation
def get_backup_vault_notifications(backend: "LabBackupBackend", parameters: Parameters) -> object:
    vault = backend.find_vault(parameters["BackupVaultName"])
    configured = backend.notifications.get(vault.backup_vault_name)
    if configured is None:
        raise ResourceNotFoundException(f"Backup vault {vault.backup_vault_name} has no associated notifications")
    return {"BackupVaultName": vault.backup_vault_name, "BackupVaultArn": vault.backup_vault_arn, **configured}


@operation
def delete_backup_vault_notifications(backend: "LabBackupBackend", parameters: Parameters) -> object:
    backend.notifications.pop(backend.find_vault(parameters["BackupVaultName"]).backup_vault_name, None)
    return None


def why_closed(backend: "LabBackupBackend", vault: Vault, lifecycle: lifecycles.Lifecycle | None) -> str | None:
    """Return why *vault* takes no recovery point with *lifecycle*, or None: its lock, or its key."""
    outside = lifecycles.outside_lock(lifecycle, vault.min_retention_days, vault.max_retention_days) if vault.locked else None
    return outside or why_unusable(backend.account_id, backend.region_name, vault.encryption_key_arn)


def _described(backend: "LabBackupBackend", vault: Vault) -> dict[str, Any]:
    return {
        **vault.to_list_dict(),
        "NumberOfRecoveryPoints": len(backend.points_of(vault.backup_vault_name)),
        "VaultType": "BACKUP_VAULT",
        "VaultState": "AVAILABLE",
        "EncryptionKeyType": "CUSTOMER_MANAGED_KMS_KEY",
    }


def _is_policy(text: str) -> bool:
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return isinstance(document, dict) and "Statement" in document


def _known_events() -> set[str]:
    return set(get_service_model("backup").shape_for("BackupVaultEvent").enum)
