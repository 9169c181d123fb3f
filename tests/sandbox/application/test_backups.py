"""The application, kept and brought back as an operator does it: a real repository, real git, and the AWS of the sandbox."""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runbooks.signed import signed
from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.kept import MAIN, PAYMENT_KEY, SHOP, TOKEN, Shop, kept_shop, run_storefront, tampered
from tests.sandbox.parts import EAST, WEST, client, until
from tests.sandbox.registries import PASSWORD, USER, basic
from tests.sandbox.registries import TOKEN as HUB_TOKEN
from tests.sandbox.repositories import commit, contents, git


@pytest.fixture
def shop(serving: Lab, tmp_path: Path) -> Iterator[Shop]:
    with kept_shop(serving, tmp_path, 200) as made:
        yield made


def test_a_full_a_differential_and_an_incremental_backup_restore_identically(shop: Shop) -> None:
    """Refs and objects of a repository of hundreds of commits, at each moment that it was kept, across a rewritten branch."""
    shots: dict[str, tuple[dict[str, str], set[str]]] = {}

    def keep(kind: str) -> dict[str, Any]:
        made: dict[str, Any] = shop.backup(kind)["manifest"]
        shots[made["created"]] = contents(shop.source)
        return made

    full = keep("full")
    commit(shop.source, "main", *(f"more {number}" for number in range(50)))
    git(shop.source, "tag", "--annotate", "--message=one", "v1", "main~60")
    first = keep("incremental")
    commit(shop.source, "sale/spring", "banner", since=MAIN)
    git(shop.source, "branch", "old", "main~100")
    git(shop.source, "update-ref", MAIN, f"{MAIN}~10")
    second = keep("incremental")
    git(shop.source, "branch", "-D", "sale/spring")
    git(shop.source, "branch", "sale", "old")
    third = keep("incremental")
    commit(shop.source, "main", "rewritten")
    since_full = keep("differential")

    assert [each["kind"] for each in (full, first, second, third, since_full)] == ["full", *["incremental"] * 3, "differential"]
    assert [len(each["chain"]) for each in (full, first, second, third, since_full)] == [0, 1, 2, 3, 1]
    for number, (created, shot) in enumerate(shots.items()):
        to = shop.restored(created, f"restored-{number}")
        assert contents(to / "repositories" / f"{SHOP}.git") == shot
        assert git(to / "repositories" / f"{SHOP}.git", "symbolic-ref", "HEAD").strip() == MAIN
    code, out, _ = shop.invoke("verify", "--json")
    assert code == 0
    assert f"{len(shots[since_full['created']][0])} refs rebuilt, checked out" in [each["says"] for each in json.loads(out)]


def test_a_restore_takes_the_backup_at_or_before_the_moment(shop: Shop) -> None:
    """A second earlier there was none, which is said."""
    made = shop.backup("full")["manifest"]
    created = datetime.fromisoformat(made["created"])
    later = (created + timedelta(hours=5)).isoformat()
    assert json.loads((shop.restored(later, "after") / "manifest.json").read_text())["name"] == made["name"]
    code, _, err = shop.invoke("restore", "--at", (created - timedelta(seconds=1)).isoformat(), "--to", str(shop.folder / "before"))
    assert (code, "has no backup of the application at" in err, f"Try: the oldest is {made['name']}" in err) == (1, True, True)
    assert not (shop.folder / "before").exists()


def test_an_incremental_backup_of_nothing_new_says_so_and_is_recorded(shop: Shop) -> None:
    """It can be restored like any other."""
    shop.backup("full")
    shop.next_second()
    code, out, _ = shop.invoke("backup", "--type", "incremental")
    assert (code, "nothing new since its basis" in out) == (0, True)
    to = shop.restored(datetime.now(UTC).isoformat(), "to")
    assert json.loads((to / "manifest.json").read_text())["kind"] == "incremental"
    assert contents(to / "repositories" / f"{SHOP}.git") == contents(shop.source)


def test_without_a_basis_a_backup_is_a_full_one_and_says_so(shop: Shop) -> None:
    """What it was asked for stays on record."""
    made = shop.backup("incremental")["manifest"]
    assert (made["kind"], made["asked"], made["why"]) == ("full", "incremental", "there is no backup yet")


def test_a_repeated_call_makes_one_backup(shop: Shop) -> None:
    """The second finds the first; once something has changed, it makes another."""
    first, again = shop.backup("full"), shop.backup("full")
    assert (first["there"], again["there"], again["manifest"]) == (False, True, first["manifest"])
    assert len([key for key in shop.stored() if key.endswith("/manifest.json")]) == 1
    commit(shop.source, "main", "news")
    assert not shop.backup("full")["there"]


def test_every_object_carries_its_tags(shop: Shop) -> None:
    """Type, environment and time of the backup that it belongs to, on each of its parts and on the manifest."""
    made = shop.backup("full")["manifest"]
    for key in shop.stored():
        tags = client(shop.lab, "s3").get_object_tagging(Bucket=shop.names.artifacts_bucket(EAST), Key=key)["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"type": "full", "environment": "sandbox", "created": made["created"]}
    assert len(shop.stored()) == 5 + 5  # the image is a manifest, a config and three layers


def test_no_secret_is_in_any_output_or_in_anything_that_is_kept(shop: Shop) -> None:
    """Not the token, when it is refused either; not a secret parameter, which lies under the keys of both regions."""
    shop.backup("full")
    client(shop.lab, "ssm").put_parameter(
        Name="/solemate/sandbox/payment/key", Value=f"{PAYMENT_KEY}2", Type="SecureString", Overwrite=True
    )
    to = shop.restored(datetime.now(UTC).isoformat(), "to")
    shop.invoke("verify")
    git(shop.source.parent, "init", "--quiet", "--bare", "elsewhere.git")
    shop.source.rename(shop.source.with_name("gone.git"))
    code, _, err = shop.invoke("backup", "--type", "full")
    assert (code, f"{SHOP} could not be read from" in err, "Try:" in err) == (1, True, True)

    files = [file.read_text(errors="replace") for file in to.rglob("*") if file.is_file()]
    kept = [client(shop.lab, "s3").get_object(Bucket=shop.names.artifacts_bucket(EAST), Key=key)["Body"].read() for key in shop.stored()]
    everything = "\n".join([*shop.said, *files, *(body.decode(errors="replace") for body in kept)])
    planted = (TOKEN, PAYMENT_KEY[:30], PASSWORD, HUB_TOKEN, basic(USER, PASSWORD)[6:], "secret-of-the-storage")
    assert [secret for secret in planted if secret in everything] == []

    sealed = json.loads((to / "configuration/parameters.json").read_text())["/solemate/sandbox/payment/key"]
    assert set(sealed) == {"type", "version", "modified", "sealed"}
    for region in (EAST, WEST):
        pieces = sealed["sealed"][region]
        opened = "".join(
            client(shop.lab, "kms", region)
            .decrypt(
                CiphertextBlob=b64decode(piece),
                EncryptionContext={"parameter": "/solemate/sandbox/payment/key", "version": "1", "piece": f"{number}/{len(pieces)}"},
            )["Plaintext"]
            .decode()
            for number, piece in enumerate(pieces, start=1)
        )
        assert opened == PAYMENT_KEY


def test_a_restore_says_how_aws_differs_now_and_shows_no_value(shop: Shop) -> None:
    """By name and version; the files have the configuration as it was."""
    made = shop.backup("full")["manifest"]
    client(shop.lab, "ssm").put_parameter(Name="/solemate/sandbox/currency", Value="USD", Type="String", Overwrite=True)
    client(shop.lab, "ssm").put_parameter(Name="/solemate/sandbox/new", Value="on", Type="String")
    run_storefront(shop.lab, shop.names, "v2-of-the-theme")
    to = shop.restored(made["created"], "to")
    assert (to / "differences.txt").read_text().splitlines() == [
        "/solemate/sandbox/new is new",
        "/solemate/sandbox/currency is String version 2, was String version 1",
        "storefront runs storefront:2, ran storefront:1",
        "storefront: storefront/THEME has changed",
    ]
    [container] = json.loads((to / "configuration/task-definitions/storefront.json").read_text())["containerDefinitions"]
    assert container["environment"] == [{"name": "THEME", "value": "v1"}]
    assert container["secrets"] == [{"name": "PAYMENT_KEY", "valueFrom": "/solemate/sandbox/payment/key"}]


def test_a_restore_writes_over_nothing_but_an_earlier_restore(shop: Shop) -> None:
    """And over that only when it is told to."""
    made = shop.backup("full")["manifest"]
    to = shop.restored(made["created"], "to")
    again = ("restore", "--at", made["created"], "--to", str(to))
    assert "is not empty" in shop.invoke(*again)[2]
    (to / "mine.txt").write_text("mine")
    assert shop.invoke(*again, "--replace")[0] == 0
    assert sorted(entry.name for entry in to.iterdir()) == ["configuration", "differences.txt", "images", "manifest.json", "repositories"]
    (to / "manifest.json").unlink()
    assert "was not made by a restore" in shop.invoke(*again, "--replace")[2]
    assert [entry.name for entry in shop.folder.iterdir() if entry.name.startswith(".to-")] == []


def test_a_tampered_part_is_named(shop: Shop) -> None:
    """By verify, which exits with 1, and by restore, which leaves nothing behind."""
    made = shop.backup("full")["manifest"]
    part = f"code/{SHOP}.bundle"
    tampered(shop, f"application/{made['name']}/{part}", b"# v2 git bundle\n")
    code, out, _ = shop.invoke("verify", "--json")
    assert code == 1
    assert [each["says"] for each in json.loads(out) if not each["well"]] == [f"the part {part} of {made['name']} was altered"]
    code, _, err = shop.invoke("restore", "--at", made["created"], "--to", str(shop.folder / "to"))
    assert (code, f"Error: the part {part} of {made['name']} was altered" in err) == (1, True)
    assert not (shop.folder / "to").exists()


def test_a_manifest_that_was_altered_is_not_believed(shop: Shop) -> None:
    """Nor is a public key beside it that is not the one in KMS."""
    made = shop.backup("full")["manifest"]
    key = f"application/{made['name']}/manifest.json"
    body = client(shop.lab, "s3").get_object(Bucket=shop.names.artifacts_bucket(EAST), Key=key)["Body"].read()
    tampered(shop, key, body.replace(b'"asked":"full"', b'"asked":"incremental"'))
    assert f"the signature of {made['name']} does not fit its manifest" in shop.invoke("verify")[1]
    tampered(shop, key, body)
    tampered(shop, f"application/{made['name']}/public-key.pem", b"another")
    assert f"the public key beside {made['name']} is not that of" in shop.invoke("verify")[1]


def test_a_broken_chain_is_refused_by_name(shop: Shop) -> None:
    """The backup that is missing is named, and the next one builds on nothing that is broken."""
    shop.backup("full")
    commit(shop.source, "main", "news")
    middle = shop.backup("incremental")["manifest"]
    commit(shop.source, "main", "more news")
    newest = shop.backup("incremental")["manifest"]
    client(shop.lab, "s3").delete_object(Bucket=shop.names.artifacts_bucket(EAST), Key=f"application/{middle['name']}/manifest.json")
    reason = f"the chain of {newest['name']} is broken: the backup {middle['name']} has no manifest.json"
    assert f"Error: {reason}" in shop.invoke("restore", "--at", newest["created"], "--to", str(shop.folder / "to"))[2]
    code, out, _ = shop.invoke("verify")
    assert (code, reason in out) == (1, True)
    commit(shop.source, "main", "still more")
    made = shop.backup("incremental")["manifest"]
    assert (made["kind"], made["why"]) == ("full", reason)


def test_a_backup_that_was_killed_between_two_parts_does_not_exist(shop: Shop) -> None:
    """Its parts are reported by the next one."""
    shop.next_second()
    aws = Client(shop.lab.endpoint)
    aws.fault("hang", service="kms", operation="Sign")
    process = shop.command("backup")
    until(lambda: any(key.endswith("/public-key.pem") for key in shop.stored()))
    process.kill()
    aws.clear_faults()
    others = [key.partition("Z/")[2] for key in shop.stored() if "/blobs/" not in key]
    assert others == [f"code/{SHOP}.bundle", "configuration.json", "public-key.pem"]
    assert "has no backup of the application" in shop.invoke("verify")[2]
    assert "has 8 parts and no manifest: interrupted, or under way" in shop.backup("full")["notes"][0]


def test_the_other_region_restores_when_the_first_is_dark(shop: Shop) -> None:
    """From the replica, with the key saved beside it, which is said; openssl would come to the same."""
    made = shop.backup("full")["manifest"]
    bucket, there = shop.names.artifacts_bucket(WEST), client(shop.lab, "s3", WEST)
    prefix = f"application/{made['name']}"
    deadline = time.monotonic() + 20
    while len(there.list_objects_v2(Bucket=bucket).get("Contents", [])) < 10:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    shop.lab.regions.break_region(EAST, "refuse")
    code, out, err = shop.invoke("restore", "--at", made["created"], "--to", str(shop.folder / "to"), "--region", WEST)
    assert (code, err) == (0, "")
    assert f"{made['name']}: its signature fits the key saved beside it" in out
    assert contents(shop.folder / "to" / "repositories" / f"{SHOP}.git") == contents(shop.source)
    body, signature, key = (
        there.get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"].read()
        for name in ("manifest.json", "manifest.sig", "public-key.pem")
    )
    assert signed(body, signature, key)
    assert not signed(body + b" ", signature, key)
