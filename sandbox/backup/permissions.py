"""What AWS Backup may use: roles it can assume, keys that can encrypt, and what a vault's policy denies."""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.iam.models import iam_backends
from moto.kms.models import kms_backends

from sandbox.backup.errors import AccessDeniedException, InvalidParameterValueException
from sandbox.kms import find_key

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

DEFAULT_KEY = "alias/aws/backup"


def check_role(account: str, role_arn: str) -> None:
    """Raise InvalidParameterValueException unless AWS Backup can assume the role."""
    roles = {role.arn: role for role in iam_backends[account]["aws"].get_roles()}
    role = roles.get(role_arn)
    if role is None or not _trusts_backup(role.assume_role_policy_document):
        raise InvalidParameterValueException(f"IAM Role {role_arn} cannot be assumed by AWS Backup")


def default_key(account: str, region: str) -> str:
    """Return the ARN of the key that AWS manages for vaults without one of their own; the first to ask gets it made."""
    kms = kms_backends[account][region]
    if not kms.alias_exists(DEFAULT_KEY):
        made = kms.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "The key that protects backups when no other is named", None)
        kms.create_alias(made.id, DEFAULT_KEY)
    return str(kms.describe_key(DEFAULT_KEY).arn)


def why_unusable(account: str, region: str, key_arn: str) -> str | None:
    """Return why the key cannot encrypt backups in *region*, or None."""
    key = find_key(account, region, key_arn)
    if key is None:
        return f"The specified key ID is not accessible: {key_arn} is not a key of {region}"
    return None if key.key_state == "Enabled" else f"The specified key ID is not accessible: {key_arn} is {key.key_state}"


def check_allowed(backend: "LabBackupBackend", vault_name: str, action: str) -> None:
    """Raise AccessDeniedException when *vault_name*'s policy denies *action* to everybody.

    Denials for some principals, or under conditions, are not evaluated: the sandbox does not know who calls.
    """
    policy = json.loads(backend.access_policies.get(vault_name, '{"Statement": []}'))
    for statement in _listed(policy["Statement"]):
        if statement["Effect"] == "Deny" and _for_everybody(statement) and _names(statement, action):
            raise AccessDeniedException(f"Insufficient privileges to perform this action: {action} is denied by the policy of {vault_name}")


def _trusts_backup(document: str | Mapping[str, Any]) -> bool:
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    services = (_listed(statement.get("Principal", {}).get("Service", [])) for statement in _listed(policy["Statement"]))
    return any("backup.amazonaws.com" in names for names in services)


def _for_everybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return "Condition" not in statement and (
        principal == "*" or (isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS", [])))
    )


def _names(statement: Mapping[str, Any], action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(statement.get("Action", [])))


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]
