"""Which services AWS Backup may protect in a region."""

from typing import TYPE_CHECKING

from sandbox.backup.errors import InvalidParameterValueException, MissingParameterValueException
from sandbox.backup.operations import Parameters, operation

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend


@operation
def describe_region_settings(backend: "LabBackupBackend", _: Parameters) -> object:
    return {"ResourceTypeOptInPreference": backend.opt_in, "ResourceTypeManagementPreference": backend.full_management}


@operation
def update_region_settings(backend: "LabBackupBackend", parameters: Parameters) -> object:
    opt_in, management = (parameters.get(f"ResourceType{name}Preference", {}) for name in ("OptIn", "Management"))
    if not opt_in and not management:
        raise MissingParameterValueException("ResourceTypeOptInPreference is missing")
    if unknown := set(opt_in) - set(backend.opt_in):
        raise InvalidParameterValueException(f"Unknown resource types: {', '.join(sorted(unknown))}")
    backend.opt_in |= opt_in
    backend.full_management |= management
    return None


@operation
def get_supported_resource_types(backend: "LabBackupBackend", _: Parameters) -> object:
    return {"ResourceTypes": sorted(backend.opt_in)}
