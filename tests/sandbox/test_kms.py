"""KMS: keys by any name, and keys that are switched off."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sandbox import kms
from tests.sandbox.parts import EAST, WEST, client, running


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, BaseClient]]:
    folder: Path = tmp_path_factory.mktemp("kms")
    with running(folder, kms) as lab:
        yield {region: client(lab, "kms", region) for region in (EAST, WEST)}


def make_key(keys: BaseClient) -> dict[str, Any]:
    made: dict[str, Any] = keys.create_key()["KeyMetadata"]
    return made


def state(keys: BaseClient, key: str) -> str:
    return str(keys.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


def test_one_alias_leads_to_another_key_in_each_region(clients: dict[str, BaseClient]) -> None:
    """The same alias names a key of its own in both regions, and describing it says which and how it is."""
    made = {region: make_key(keys) for region, keys in clients.items()}
    for region, keys in clients.items():
        keys.create_alias(AliasName="alias/data", TargetKeyId=made[region]["KeyId"])
    found = {region: keys.describe_key(KeyId="alias/data")["KeyMetadata"] for region, keys in clients.items()}
    assert {region: key["Arn"] for region, key in found.items()} == {region: key["Arn"] for region, key in made.items()}
    assert {key["KeyState"] for key in found.values()} == {"Enabled"}


@pytest.mark.parametrize("name", ["KeyId", "Arn"])
def test_a_key_is_switched_off_and_on_by_id_or_arn(clients: dict[str, BaseClient], name: str) -> None:
    """Each state shows at once."""
    keys = clients[EAST]
    key = make_key(keys)[name]
    keys.disable_key(KeyId=key)
    disabled = state(keys, key)
    keys.enable_key(KeyId=key)
    enabled = state(keys, key)
    keys.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (disabled, enabled, state(keys, key)) == ("Disabled", "Enabled", "PendingDeletion")


def test_a_key_that_is_off_does_no_work(clients: dict[str, BaseClient]) -> None:
    """A disabled key neither encrypts nor decrypts nor makes data keys; one that is to be deleted says so."""
    keys = clients[EAST]
    key = make_key(keys)["KeyId"]
    secret = keys.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    keys.disable_key(KeyId=key)
    with pytest.raises(ClientError, match="DisabledException"):
        keys.encrypt(KeyId=key, Plaintext=b"secret")
    with pytest.raises(ClientError, match="DisabledException"):
        keys.decrypt(CiphertextBlob=secret)
    with pytest.raises(ClientError, match="DisabledException"):
        keys.generate_data_key(KeyId=key, KeySpec="AES_256")
    keys.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with pytest.raises(ClientError, match="KMSInvalidStateException"):
        keys.encrypt(KeyId=key, Plaintext=b"secret")
