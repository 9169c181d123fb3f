"""Keys and vaults: the same in both regions, each on its own."""

import json
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from names import Names
from settings import SettingsError
from tests.stacks.declared import EAST, WEST, Declared, declare, region


def test_both_regions_have_the_same_rotating_keys_under_the_same_aliases(prod: Declared, names: Names) -> None:
    """A runbook finds a key by its alias, wherever it runs."""
    aliases = prod.of("kms/alias:Alias")
    assert set(aliases) == {f"{purpose}-{where}" for purpose, where in product(("data", "vault", "topic", "signing"), (EAST, WEST))}
    for name, alias in aliases.items():
        purpose, _, where = name.partition("-")
        assert alias.inputs["name"] == names.key_alias(purpose)
        assert region(alias) == where
        assert f":{where}:" in alias.inputs["targetKeyId"]
    assert all(key.inputs["enableKeyRotation"] for name, key in prod.of("kms/key:Key").items() if not name.startswith("signing-"))


@pytest.mark.parametrize("where", [EAST, WEST])
def test_what_is_kept_is_signed_by_a_key_that_does_nothing_else(prod: Declared, where: str) -> None:
    """KMS rotates no asymmetric key, and nobody encrypts with it."""
    key = prod.one("kms/key:Key", f"signing-{where}")
    assert (key["customerMasterKeySpec"], key["keyUsage"], key["enableKeyRotation"]) == ("ECC_NIST_P256", "SIGN_VERIFY", False)
    [_, use] = json.loads(key["policy"])["Statement"]
    assert use["Action"] == ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"]


def test_each_vault_has_the_key_of_its_own_region(prod: Declared, names: Names) -> None:
    """A vault under the lost region's key would hold nothing that can be restored."""
    vaults = prod.of("backup/vault:Vault")
    assert {region(vault): vault.inputs["name"] for vault in vaults.values()} == {where: names.vault(where) for where in (EAST, WEST)}
    assert all(f":{region(vault)}:123456789012:key/vault-" in vault.inputs["kmsKeyArn"] for vault in vaults.values())


def test_production_is_locked_in_governance(prod: Declared, names: Names) -> None:
    """Whoever may can lift it: days of grace, which would make it compliance, are not given."""
    locks = prod.of("backup/vaultLockConfiguration:VaultLockConfiguration")
    assert {region(lock): lock.inputs["backupVaultName"] for lock in locks.values()} == {
        where: names.vault(where) for where in (EAST, WEST)
    }
    for lock in locks.values():
        assert (lock.inputs["minRetentionDays"], lock.inputs["maxRetentionDays"]) == (7, 2555)
        assert "changeableForDays" not in lock.inputs


def test_a_compliance_lock_needs_the_words(tmp_path: Path) -> None:
    """Nobody can ever lift it, so nothing is declared before somebody has typed that."""
    with pytest.raises(SettingsError, match=r"vaults\.acknowledgement"):
        declare(tmp_path, change=lambda config: config["vaults"].update(lock="compliance"))

    words = "nobody can ever lift the lock of prod"
    sworn = declare(tmp_path, change=lambda config: config["vaults"].update(lock="compliance", acknowledgement=words, grace=5))
    locks = sworn.of("backup/vaultLockConfiguration:VaultLockConfiguration").values()
    assert [lock.inputs["changeableForDays"] for lock in locks] == [5, 5]


def test_a_vault_may_do_without_a_lock_but_not_without_its_policy(tmp_path: Path) -> None:
    """What is switched off is the lock alone."""
    unlocked = declare(tmp_path, change=lambda config: config["vaults"].update(lock="none"))
    assert unlocked.of("backup/vaultLockConfiguration:VaultLockConfiguration") == {}
    assert len(unlocked.of("backup/vaultPolicy:VaultPolicy")) == 2


def test_a_vault_is_locked_before_its_policy_denies_locking(prod: Declared) -> None:
    """And a changed lock is not taken along when its forerunner is deleted."""
    for name, lock in prod.of("backup/vaultLockConfiguration:VaultLockConfiguration").items():
        assert lock.urn in prod.of("backup/vaultPolicy:VaultPolicy")[name].depends_on
        assert lock.delete_before_replace


def test_the_lock_takes_what_the_plans_make(prod: Declared) -> None:
    """A locked vault refuses a job whose retention is out of its bounds, here and where the copy goes."""
    locks = prod.of("backup/vaultLockConfiguration:VaultLockConfiguration").values()
    rules = [rule for plan in prod.of("backup/plan:Plan").values() for rule in plan.inputs["rules"]]
    kept = [kept["lifecycle"]["deleteAfter"] for rule in rules for kept in (rule, *rule["copyActions"])]
    assert len(kept) == 2 * len(rules) == 16
    assert all(lock.inputs["minRetentionDays"] <= days <= lock.inputs["maxRetentionDays"] for days in kept for lock in locks)


def test_both_regions_take_every_type(prod: Declared) -> None:
    """A tag puts whatever carries it under a plan; a type that the account refuses would be left out without a word."""
    chosen = prod.of("backup/regionSettings:RegionSettings")
    assert {region(each) for each in chosen.values()} == {EAST, WEST}
    for each in chosen.values():
        assert {"RDS", "S3", "EFS"} <= set(each.inputs["resourceTypeOptInPreference"])
        assert all(each.inputs["resourceTypeOptInPreference"].values())


def test_the_air_gapped_vaults_are_there_when_they_are_wanted(prod: Declared, names: Names, tmp_path: Path) -> None:
    """Under a key of AWS's own, with the bounds of the lock, and in both regions, so that swapped roles take none away."""
    type_ = "backup/logicallyAirGappedVault:LogicallyAirGappedVault"
    assert prod.of(type_) == {}
    for active in (EAST, WEST):
        change = {"activeRegion": active, "vaults": {"lock": "none", "minRetention": 7, "maxRetention": 2555, "airGapped": True}}
        gapped = declare(tmp_path, change=partial(dict.update, **change))
        vaults = gapped.of(type_).values()
        assert {region(vault): vault.inputs["name"] for vault in vaults} == {where: names.air_gapped_vault(where) for where in (EAST, WEST)}
        for vault in vaults:
            assert (vault.inputs["minRetentionDays"], vault.inputs["maxRetentionDays"]) == (7, 2555)
            assert vault.protect
            assert "encryptionKeyArn" not in vault.inputs


def test_each_vault_tells_its_regions_topic_of_what_nothing_else_tells(prod: Declared) -> None:
    """A job whose copy failed, and single objects that could not be backed up or restored; the topic lets AWS Backup say it."""
    for where in (EAST, WEST):
        told = prod.one("backup/vaultNotifications:VaultNotifications", f"vault-{where}")
        assert told["backupVaultEvents"] == ["COPY_JOB_FAILED", "S3_BACKUP_OBJECT_FAILED", "S3_RESTORE_OBJECT_FAILED"]
        assert told["snsTopicArn"].split(":")[3] == where
        policy = json.loads(prod.one("sns/topicPolicy:TopicPolicy", f"topic-{where}")["policy"])
        assert {"Service": "backup.amazonaws.com"} in [statement["Principal"] for statement in policy["Statement"]]
