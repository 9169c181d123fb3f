"""Least privilege, read off the documents that the program really attaches."""

import json
from collections.abc import Iterator

import pytest

from names import Names
from sandbox.deploy.wire import Values
from stacks.policies.services import replication
from tests.stacks.declared import ACCOUNT, Declared


def statements(declared: Declared) -> Iterator[tuple[str, Values]]:
    for each in declared.all:
        for name in ("policy", "assumeRolePolicy"):
            if name in each.inputs:
                for statement in json.loads(each.inputs[name])["Statement"]:
                    yield f"{each.type} {each.name} {statement['Sid']}", statement


def allowed(declared: Declared) -> list[tuple[str, Values]]:
    return [(where, statement) for where, statement in statements(declared) if statement["Effect"] == "Allow"]


def test_no_allowed_action_is_a_wildcard(prod: Declared) -> None:
    """Every action is spelled out."""
    assert [where for where, statement in allowed(prod) if any("*" in action for action in statement["Action"])] == []


def test_nobody_may_delete_or_disable_a_key(prod: Declared) -> None:
    """A vault lock does not protect what its key's deletion would take along; a change of the policy comes first."""
    granted = {action for where, statement in allowed(prod) if where.startswith("aws:kms") for action in statement["Action"]}
    assert granted.isdisjoint({"kms:ScheduleKeyDeletion", "kms:DisableKey"})
    assert "kms:PutKeyPolicy" in granted


def test_the_account_alone_uses_its_keys(prod: Declared) -> None:
    """A service that uses a key or a topic of itself does so for this account only, except those that do not say for whom."""
    for type_ in ("kms/key:Key", "sns/topicPolicy:TopicPolicy"):
        for each in prod.of(type_).values():
            for statement in json.loads(each.inputs["policy"])["Statement"]:
                if statement["Principal"] in ({"Service": "backup.amazonaws.com"}, {"Service": "events.amazonaws.com"}):
                    assert "Condition" not in statement
                elif statement["Sid"] == "InventoriesEncrypted":
                    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
                elif statement["Effect"] == "Allow" and statement["Principal"] != {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}:
                    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_only_break_glass_harms_what_is_in_a_vault(prod: Declared, names: Names) -> None:
    """Everybody else, administrators included, is denied to end a backup early, to open the vault and to change who may."""
    policies_of_vaults = prod.of("backup/vaultPolicy:VaultPolicy")
    assert set(policies_of_vaults) == {"vault-us-east-1", "vault-us-west-2"}
    for each in policies_of_vaults.values():
        [harm] = [entry for entry in json.loads(each.inputs["policy"])["Statement"] if entry["Sid"] == "KeptFromHarm"]
        assert (harm["Effect"], harm["Principal"], harm["Resource"]) == ("Deny", "*", "*")
        assert harm["Condition"] == {"StringNotEquals": {"aws:PrincipalArn": names.role_arn("break-glass")}}
        assert set(harm["Action"]) == {
            "backup:DeleteBackupVault",
            "backup:DeleteBackupVaultAccessPolicy",
            "backup:DeleteBackupVaultLockConfiguration",
            "backup:DeleteRecoveryPoint",
            "backup:DisassociateRecoveryPoint",
            "backup:PutBackupVaultAccessPolicy",
            "backup:PutBackupVaultLockConfiguration",
            "backup:UpdateRecoveryPointLifecycle",
        }


def test_nothing_is_copied_out_of_the_account(prod: Declared) -> None:
    """Break-glass neither: a copy that another account holds cannot be called back."""
    for each in prod.of("backup/vaultPolicy:VaultPolicy").values():
        [copies] = [entry for entry in json.loads(each.inputs["policy"])["Statement"] if entry["Sid"] == "KeptInTheAccount"]
        assert (copies["Effect"], copies["Principal"], copies["Action"]) == ("Deny", "*", ["backup:CopyFromBackupVault"])
        ours = [f"arn:aws:backup:*:{ACCOUNT}:backup-vault:*"]
        assert copies["Condition"] == {"ForAnyValue:ArnNotLike": {"backup:CopyTargets": ours}}


def test_the_backup_role_copies_out_of_one_vault_and_into_the_other(prod: Declared, names: Names) -> None:
    """A copy needs both leaves; what it copies are recovery points, and snapshots of the database."""
    found = {entry["Sid"]: entry for entry in json.loads(prod.one("iam/rolePolicy:RolePolicy", "backup-vaults")["policy"])["Statement"]}
    assert all(vault.split(":")[-1] in str(found["IntoVaults"]["Resource"]) for vault in map(names.vault_arn, ("us-east-1", "us-west-2")))
    assert f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:awsbackup:*" in found["OutOfVaults"]["Resource"]
    assert f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:*" in found["OutOfVaults"]["Resource"]


@pytest.mark.parametrize(
    "service", ["backup", "batchoperations.s3", "codebuild", "ecr", "ecs-tasks", "events", "export.rds", "s3", "scheduler", "states"]
)
def test_a_services_role_is_taken_on_by_that_service_alone(prod: Declared, service: str) -> None:
    """No person and no other account can assume it."""
    trusted = [json.loads(each.inputs["assumeRolePolicy"])["Statement"] for each in prod.of("iam/role:Role").values()]
    its_own = [each for each in trusted if f'"{service}.amazonaws.com"' in json.dumps(each)]
    assert its_own
    assert all([entry["Principal"] for entry in each] == [{"Service": f"{service}.amazonaws.com"}] for each in its_own)


def test_replication_decrypts_only_what_it_replicates() -> None:
    """Whichever key the workload's objects have, they are decrypted through S3, for that bucket."""
    east, west = ("us-east-1", "arn:aws:s3:::media-east"), ("us-west-2", "arn:aws:s3:::media-west")
    found = json.loads(json.dumps(replication(east, west, ACCOUNT, "arn:key-west")))["Statement"]
    [decrypt] = [entry for entry in found if entry["Sid"] == "DecryptSource"]
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    of_the_bucket = {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::media-east", "arn:aws:s3:::media-east/*"]}
    assert decrypt["Condition"]["StringLike"] == of_the_bucket
