"""Parameters restored as a new set: every value as it was, secrets as secrets, and nothing written over without the word."""

import json

from tests.sandbox.kept import PAYMENT_KEY, Shop
from tests.sandbox.parts import EAST, WEST, client, until

FIRST = "/solemate-sandbox-restored/first"
CURRENCY, KEY = "/solemate/sandbox/currency", "/solemate/sandbox/payment/key"


def below(shop: Shop, path: str, region: str = EAST) -> dict[str, tuple[str, str]]:
    found = client(shop.lab, "ssm", region).get_parameters_by_path(Path=path, Recursive=True, WithDecryption=True)["Parameters"]
    return {entry["Name"]: (entry["Type"], entry["Value"]) for entry in found}


def test_parameters_come_back_beside_those_that_are_read(shop: Shop) -> None:
    """After all were changed: the values of the backup, and a repetition that overwrites what differs only when it is told to."""
    made = shop.backup("full")["manifest"]["created"]
    api = client(shop.lab, "ssm")
    api.put_parameter(Name=CURRENCY, Value="USD", Type="String", Overwrite=True)
    api.delete_parameter(Name=KEY)
    words = ("restore", "--at", made, "--parameters-to", FIRST)
    code, out, err = shop.invoke(*words, "--json")
    assert (code, json.loads(out)["written"]) == (0, [f"{FIRST}{CURRENCY}", f"{FIRST}{KEY}"]), err
    assert below(shop, FIRST) == {f"{FIRST}{CURRENCY}": ("String", "EUR"), f"{FIRST}{KEY}": ("SecureString", PAYMENT_KEY)}
    assert below(shop, "/solemate/sandbox")[CURRENCY] == ("String", "USD")

    code, _, err = shop.invoke(*words)
    assert (code, f"{FIRST} holds 1 of 2 parameters with another or a secret value: {FIRST}{KEY}" in err, "Try:" in err) == (1, True, True)
    api.put_parameter(Name=f"{FIRST}{CURRENCY}", Value="CHF", Type="String", Overwrite=True)
    assert f"{FIRST}{CURRENCY}, {FIRST}{KEY}" in shop.invoke(*words)[2]
    assert below(shop, FIRST)[f"{FIRST}{CURRENCY}"] == ("String", "CHF")
    assert shop.invoke(*words, "--replace")[0] == 0
    assert below(shop, FIRST)[f"{FIRST}{CURRENCY}"] == ("String", "EUR")
    assert [each for each in shop.said if PAYMENT_KEY[:30] in each] == []


def test_the_other_region_opens_and_writes_them_when_the_first_is_dark(shop: Shop) -> None:
    """From the replica of the backup, with the secrets as they were sealed for that region."""
    made = shop.backup("full")["manifest"]["created"]
    count, there = len(shop.stored()), client(shop.lab, "s3", WEST)
    until(lambda: len(there.list_objects_v2(Bucket=shop.names.artifacts_bucket(WEST)).get("Contents", [])) == count, within=20)
    shop.lab.regions.break_region(EAST, "refuse")
    code, _, err = shop.invoke("restore", "--at", made, "--parameters-to", FIRST, "--region", WEST)
    shop.lab.regions.heal_region(EAST)
    assert (code, err) == (0, "")
    assert below(shop, FIRST, WEST)[f"{FIRST}{KEY}"] == ("SecureString", PAYMENT_KEY)


def test_what_cannot_be_written_whole_is_not_begun(shop: Shop) -> None:
    """A path of anybody else's, a name too long, secrets that no key opens: each is one error, and no parameter is there."""
    made = shop.backup("full")["manifest"]["created"]
    deep = "/solemate-sandbox-restored" + "/x" * 12
    for path, says in (
        ("/solemate/sandbox", "--parameters-to /solemate/sandbox is no path below /solemate-sandbox-restored"),
        ("/solemate-sandbox-restored/../x y", "is no path below /solemate-sandbox-restored"),
        (deep, f"below {deep} the name of {CURRENCY}, {KEY} is longer than Parameter Store takes"),
    ):
        code, _, err = shop.invoke("restore", "--at", made, "--parameters-to", path)
        assert (code, says in err, err.count("Error:"), "Try:" in err) == (1, True, 1, True), err
    for region in (EAST, WEST):
        keys = client(shop.lab, "kms", region)
        keys.disable_key(KeyId=keys.describe_key(KeyId=shop.names.key_alias("data"))["KeyMetadata"]["KeyId"])
    code, _, err = shop.invoke("restore", "--at", made, "--parameters-to", FIRST)
    assert (code, f"KMS opens {KEY} in no region that it was sealed for" in err) == (1, True)
    assert below(shop, "/solemate-sandbox-restored") == {}
