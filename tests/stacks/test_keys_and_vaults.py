"""Keys and vaults: the same in both regions, each on its own."""

from itertools import product

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region


def test_both_regions_have_the_same_rotating_keys_under_the_same_aliases(prod: Declared, names: Names) -> None:
    """A runbook finds a key by its alias, wherever it runs."""
    aliases = prod.of("kms/alias:Alias")
    assert set(aliases) == {f"{purpose}-{where}" for purpose, where in product(("data", "vault", "topic"), (EAST, WEST))}
    for name, alias in aliases.items():
        purpose, _, where = name.partition("-")
        assert alias.inputs["name"] == names.key_alias(purpose)
        assert region(alias) == where
        assert f":{where}:" in alias.inputs["targetKeyId"]
    assert all(key.inputs["enableKeyRotation"] for key in prod.of("kms/key:Key").values())


def test_each_vault_has_the_key_of_its_own_region(prod: Declared, names: Names) -> None:
    """A vault under the lost region's key would hold nothing that can be restored."""
    vaults = prod.of("backup/vault:Vault")
    assert {region(vault): vault.inputs["name"] for vault in vaults.values()} == {where: names.vault(where) for where in (EAST, WEST)}
    assert all(f":{region(vault)}:123456789012:vault-" in vault.inputs["kmsKeyArn"] for vault in vaults.values())
