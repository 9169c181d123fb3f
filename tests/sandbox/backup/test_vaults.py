"""Vaults: keys, locks, policies, and what they keep."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.backup import lifecycles
from sandbox.clients import Clients
from sandbox.deploy.inputs import Inputs
from sandbox.deploy.registry import Wanted
from sandbox.deploy.resources import MAKERS
from sandbox.lab import Lab
from tests.sandbox.backup.asking import VAULT, Aws, backed_up, finished, start
from tests.sandbox.parts import EAST, WEST


def test_a_locked_vault_keeps_its_recovery_points(aws: Aws) -> None:
    """Backups outside its retention fail; recovery points are neither deleted nor shortened, and may be kept longer."""
    api = aws("backup")
    api.put_backup_vault_lock_configuration(BackupVaultName=VAULT, MinRetentionDays=7, MaxRetentionDays=35)
    for days in (1, 36):
        assert finished(api, start(api, Lifecycle={"DeleteAfterDays": days}))["State"] == "FAILED"
    point = backed_up(api, Lifecycle={"DeleteAfterDays": 10})["RecoveryPointArn"]
    named = {"BackupVaultName": VAULT, "RecoveryPointArn": point}
    with pytest.raises(ClientError, match="cannot be deleted"):
        api.delete_recovery_point(**named)
    with pytest.raises(ClientError, match="cannot end sooner"):
        api.update_recovery_point_lifecycle(**named, Lifecycle={"DeleteAfterDays": 7})
    longer = api.update_recovery_point_lifecycle(**named, Lifecycle={"DeleteAfterDays": 20})
    assert longer["Lifecycle"] == {"DeleteAfterDays": 20}


def test_a_vaults_policy_denies(aws: Aws) -> None:
    """A denial for everybody is enforced, read back as it was written, and gone when deleted."""
    api = aws("backup")
    point = backed_up(api)["RecoveryPointArn"]
    policy = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": ["backup:Delete*Point"], "Resource": "*"}]})
    api.put_backup_vault_access_policy(BackupVaultName=VAULT, Policy=policy)
    assert api.get_backup_vault_access_policy(BackupVaultName=VAULT)["Policy"] == policy
    with pytest.raises(ClientError, match="AccessDeniedException"):
        api.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)
    api.delete_backup_vault_access_policy(BackupVaultName=VAULT)
    api.delete_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.describe_recovery_point(BackupVaultName=VAULT, RecoveryPointArn=point)


def test_a_vault_goes_only_when_it_is_empty(aws: Aws) -> None:
    """With a recovery point it stays; a vault that is not there is not found."""
    api = aws("backup")
    backed_up(api)
    with pytest.raises(ClientError, match="contains recovery points"):
        api.delete_backup_vault(BackupVaultName=VAULT)
    for call in (api.delete_backup_vault, api.describe_backup_vault, api.get_backup_vault_access_policy):
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            call(BackupVaultName="missing")


def test_a_vault_needs_a_key_of_its_region(aws: Aws, keys: dict[str, str]) -> None:
    """A key of another region is refused; without a key the vault has the one that AWS manages."""
    api = aws("backup")
    with pytest.raises(ClientError, match="InvalidParameterValueException"):
        api.create_backup_vault(BackupVaultName="other", EncryptionKeyArn=keys[WEST])
    api.create_backup_vault(BackupVaultName="other")
    assert api.describe_backup_vault(BackupVaultName="other")["EncryptionKeyArn"].startswith(f"arn:aws:kms:{EAST}:")


@pytest.mark.parametrize(
    ("lifecycle", "shortest", "longest", "taken"),
    [({"DeleteAfterDays": 7}, 7, 35, True), ({"DeleteAfterDays": 6}, 7, None, False), (None, 7, None, True), (None, None, 35, False)],
)
def test_a_lock_bounds_retention(lifecycle: dict[str, int] | None, shortest: int | None, longest: int | None, *, taken: bool) -> None:
    """Both bounds are inclusive; what is kept for ever is longer than any maximum."""
    assert (lifecycles.outside_lock(lifecycle, shortest, longest) is None) is taken


def test_what_is_declared_of_a_vault_and_its_region_is_there(lab: Lab, aws: Aws) -> None:
    """The lock, the policy and the types that the region takes, each passed on whole."""
    declared: dict[str, dict[str, object]] = {
        "vaultLockConfiguration:VaultLockConfiguration": {"backupVaultName": VAULT, "minRetentionDays": 7, "maxRetentionDays": 90},
        "vaultPolicy:VaultPolicy": {"backupVaultName": VAULT, "policy": '{"Statement": []}'},
        "regionSettings:RegionSettings": {"resourceTypeOptInPreference": {"RDS": True, "EKS": True, "S3": False}},
    }
    for type_, inputs in declared.items():
        wanted = Wanted("v", EAST, Inputs(inputs), {}, Clients(lab.endpoint))
        MAKERS[f"aws:backup/{type_}"](wanted)
        assert wanted.inputs.unread() == []

    api = aws("backup")
    found = api.describe_backup_vault(BackupVaultName=VAULT)
    assert (found["Locked"], found["MinRetentionDays"], found["MaxRetentionDays"]) == (True, 7, 90)
    assert "LockDate" not in found
    assert api.get_backup_vault_access_policy(BackupVaultName=VAULT)["Policy"] == '{"Statement": []}'
    chosen = api.describe_region_settings()["ResourceTypeOptInPreference"]
    assert (chosen["RDS"], chosen["EKS"], chosen["S3"]) == (True, True, False)
