"""`invoke restore --target files` as an operator types it: what was deleted, overwritten or lost with its region comes back to the byte."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.s3.models import s3_backends

from names import Names
from runbooks.files.restore import AT_ONCE
from sandbox import kms, s3
from sandbox.client import Client
from sandbox.lab import Lab
from settings import HERE
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until
from tests.sandbox.s3.buckets import make_bucket, replicate, rule

ODD = ("Größe 42/ä+b &%.txt", "with space.jpg", "plus+sign.jpg", "empty")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@dataclass
class Shop:
    """Two regions' media, replicated both ways, and an operator."""

    lab: Lab
    names: Names
    home: Path
    well: datetime = field(default_factory=lambda: datetime.now(UTC))

    def bucket(self, region: str = EAST) -> str:
        return self.names.file_bucket("media", region)

    def put(self, key: str, body: bytes, region: str = EAST, **more: object) -> None:
        client(self.lab, "s3", region).put_object(Bucket=self.bucket(region), Key=key, Body=body, **more)

    def contents(self, prefix: str = "", region: str = EAST) -> dict[str, bytes]:
        s3_, bucket = client(self.lab, "s3", region), self.bucket(region)
        pages = s3_.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key: s3_.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def all_is_well(self) -> dict[str, bytes]:
        """Let a second pass, so that what comes now comes after it; return what there is."""
        time.sleep(1.01 - time.time() % 1)
        self.well = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
        time.sleep(1.0)
        return self.contents()

    @property
    def at(self) -> str:
        return f"{self.well:%Y-%m-%dT%H:%M:%SZ}"

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "AWS_ENDPOINT_URL": self.lab.endpoint,
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "PULUMI_CONFIG_FILE": str(self.lab.root / "Pulumi.sandbox.yaml"),
            "XDG_STATE_HOME": str(self.home),
        }

    def begins(self, *words: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", "invoke", "restore", "--target", "files", *words]
        return subprocess.Popen(argv, cwd=HERE, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def restores(self, *words: str) -> tuple[int, str, str]:
        process = self.begins("--kind", "media", *words)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def put_back(self, *words: str) -> str:
        code, out, err = self.restores("--at", self.at, "--replace", "--yes", self.bucket(), *words)
        assert code == 0, err
        return out


@pytest.fixture
def shop(served: Lab, tmp_path: Path) -> Shop:
    lab = emptied(served)
    made = Shop(lab, Names(lab.settings), tmp_path)
    for region in (EAST, WEST):
        key = client(lab, "kms", region).create_key()["KeyMetadata"]["KeyId"]
        client(lab, "kms", region).create_alias(AliasName=made.names.key_alias("data"), TargetKeyId=key)
        make_bucket(client(lab, "s3", region), made.bucket(region))
        make_bucket(client(lab, "s3", region), made.names.journal_bucket(region))
        client(lab, "sns", region).create_topic(Name=made.names.topic)
    replicate(client(lab, "s3"), made.bucket(EAST), rule(made.bucket(WEST)))
    for number in range(20):
        made.put(
            f"shoes/{number:02}.jpg", f"shoe {number}".encode() * 50, ContentType="image/jpeg", Metadata={"sku": str(number)}, Tagging="k=v"
        )
    for key in ODD:
        made.put(key, b"" if key == "empty" else key.encode())
    return made


def test_a_deleted_prefix_comes_back_where_it_was(shop: Shop) -> None:
    """Every object under it, with bytes, metadata and tags; nothing else is touched, and what was unchanged is not copied."""
    before = shop.all_is_well()
    api = client(shop.lab, "s3")
    for key in [key for key in before if key.startswith("shoes/")][3:]:
        api.delete_object(Bucket=shop.bucket(), Key=key)
    shop.put("shoes/later.jpg", b"came later")
    said = shop.put_back("--prefix", "shoes/")
    assert shop.contents() == before | {"shoes/later.jpg": b"came later"}
    head = api.head_object(Bucket=shop.bucket(), Key="shoes/07.jpg")
    assert (head["ContentType"], head["Metadata"]) == ("image/jpeg", {"sku": "7"})
    assert api.get_object_tagging(Bucket=shop.bucket(), Key="shoes/07.jpg")["TagSet"] == [{"Key": "k", "Value": "v"}]
    assert re.search(r"20 objects, .* 3 of them unchanged since and left alone; 1 that came after the moment stay", said.replace("\n", " "))
    assert re.search(r"copy: done .*objects 17, bytes", said.replace("\n", " "))


def test_what_ransomware_wrote_over_comes_back_and_stays_as_a_version(shop: Shop) -> None:
    """Every object of the bucket, odd names and empty ones too; what it wrote can still be looked at."""
    before = shop.all_is_well()
    for key in before:
        shop.put(key, b"pay us")
    assert set(shop.contents().values()) == {b"pay us"}
    shop.put_back()
    assert shop.contents() == before
    found = client(shop.lab, "s3").list_object_versions(Bucket=shop.bucket(), Prefix="shoes/00.jpg")["Versions"]
    assert len(found) == 3


def test_one_object_comes_back_beside(shop: Shop) -> None:
    """Under the moment's own prefix; the bucket's own copy stays as it is now."""
    before = shop.all_is_well()
    shop.put("shoes/01.jpg", b"spoilt")
    code, out, err = shop.restores("--at", shop.at, "--key", "shoes/01.jpg", "--yes", EAST)
    assert code == 0, err
    place = f"restored/{shop.well:%Y%m%dT%H%M%SZ}/"
    assert shop.contents("restored/") == {f"{place}shoes/01.jpg": before["shoes/01.jpg"]}
    assert shop.contents("shoes/01.jpg") == {"shoes/01.jpg": b"spoilt"}
    assert "repeat the command with --replace" in out.replace("\n", " ")


def test_with_its_versions_gone_it_comes_from_the_other_region(shop: Shop) -> None:
    """Replication never carries the deletion of a version: what somebody destroyed for good is still there."""
    before = shop.all_is_well()
    until(lambda: shop.contents(region=WEST) == before)
    shop.well = datetime.now(UTC).replace(microsecond=0)
    api = client(shop.lab, "s3")
    for entry in api.list_object_versions(Bucket=shop.bucket())["Versions"]:
        api.delete_object(Bucket=shop.bucket(), Key=entry["Key"], VersionId=entry["VersionId"])
    code, _, err = shop.restores("--at", shop.at, "--replace", "--yes", shop.bucket())
    assert (code, "held nothing of that" in err, "--source region" in err) == (1, True, True)
    shop.put_back("--source", "region")
    assert shop.contents() == before


def test_while_a_region_is_dark_its_files_come_back_in_the_other(shop: Shop) -> None:
    """From the replicas' own versions, in the region that answers; the dark one is not asked."""
    before = shop.all_is_well()
    until(lambda: shop.contents(region=WEST) == before)
    shop.well = datetime.now(UTC).replace(microsecond=0)
    shop.lab.regions.break_region(EAST, "refuse")
    code, out, err = shop.restores("--at", shop.at, "--region", WEST, "--prefix", "shoes/", "--yes", WEST)
    shop.lab.regions.heal_region(EAST)
    assert code == 0, err
    place = f"restored/{shop.well:%Y%m%dT%H%M%SZ}/"
    restored = shop.contents("restored/", WEST)
    assert restored == {f"{place}{key}": body for key, body in before.items() if key.startswith("shoes/")}
    assert WEST in out


def test_killed_anywhere_a_restore_is_resumed_and_copies_nothing_twice(shop: Shop) -> None:
    """Some of 200 objects are copied when the operator dies; the resumed run copies the others, and all are as they were."""
    keys = [f"many/{number:04}" for number in range(200)]
    for key in keys:
        shop.put(key, key.encode())
    shop.all_is_well()
    for key in keys:
        shop.put(key, b"gone")
    process = shop.begins("--kind", "media", "--at", shop.at, "--replace", "--yes", shop.bucket(), "--prefix", "many/")
    until(lambda: _versions(shop) > 2 * len(keys) + 40)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert _versions(shop) < 3 * len(keys)
    again = shop.begins("--resume", "--yes", shop.bucket())
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert shop.contents("many/") == {key: key.encode() for key in keys}
    # The original, what was written over it, and the copy; what was on its way when the operator died may have arrived after the look.
    assert 3 * len(keys) <= _versions(shop) <= 3 * len(keys) + 2 * AT_ONCE


def test_a_storm_of_refusals_is_weathered(shop: Shop) -> None:
    """With every third call throttled, all comes back."""
    before = shop.all_is_well()
    for key in before:
        client(shop.lab, "s3").delete_object(Bucket=shop.bucket(), Key=key)
    asked = Client(shop.lab.endpoint)
    asked.fault("throttle", service="s3", rate=0.3)
    try:
        shop.put_back()
    finally:
        asked.clear_faults()
    assert shop.contents() == before


REFUSED = (
    (("--at", "2126-01-01T00:00:00Z"), "2126-01-01T00:00:00Z is in the future", "give a moment that has passed"),
    ((), "say when all was well", "--at 2026-11-22T10:04:59Z"),
    (("--at", "{at}", "--key", "a", "--prefix", "b"), "--key is one object, and --prefix many", "give one of them"),
    (("--at", "{at}", "--replace", "--to", "there"), "--replace puts them where they were", "give one of them"),
    (("--at", "{at}", "--key", "nowhere"), "held nothing of that: nowhere as of {at}", "name an earlier moment"),
    (("--at", "{at}", "--source", "tape"), "--source tape is unknown", "choose versions, region or kept"),
    (("--at", "{at}", "--thaw", "microwave"), "--thaw microwave is unknown", "choose standard, bulk, expedited"),
    (("--at", "{at}", "--region", "eu-west-1"), "eu-west-1 is not a region of this stack", "choose us-east-1 or us-west-2"),
    (("--at", "{at}", "--replace"), "all 24 objects are as they were at {at}", "nothing is to be done"),
    (("--at", "{at}", "--prefix", "shoes/", "--yes", "another"), "not confirmed: another is not us-east-1", "repeat and type us-east-1"),
    (("--before", "a deploy"), "a deploy", "invoke marks"),
)


def test_what_cannot_be_restored_is_refused_and_nothing_is_written(shop: Shop) -> None:
    """One sentence with one way out each, and not a version more than before."""
    shop.all_is_well()
    count = _versions(shop)
    for words, says, way_out in REFUSED:
        code, _, err = shop.restores(*(word.format(at=shop.at) for word in words))
        assert code == 1, (words, err)
        found = re.fullmatch(r"Error: (.+)\nTry: (.+)\n", err)
        assert found, err
        assert says.format(at=shop.at) in found[1], err
        assert way_out in found[2], err
    process = shop.begins("--kind", "uploads", "--at", shop.at)
    assert "NoSuchBucket" in process.communicate(timeout=60)[1]
    assert _versions(shop) == count


def test_a_disabled_key_is_named_before_anything_is_written(shop: Shop) -> None:
    """What is copied could not be encrypted."""
    shop.all_is_well()
    client(shop.lab, "kms").disable_key(
        KeyId=client(shop.lab, "kms").describe_key(KeyId=shop.names.key_alias("data"))["KeyMetadata"]["KeyId"]
    )
    code, _, err = shop.restores("--at", shop.at, "--yes", EAST)
    assert (code, "is Disabled, and nothing can be written under it" in err) == (1, True), err


def test_a_dry_run_shows_the_plan_and_changes_nothing(shop: Shop) -> None:
    """As people read it, and as JSON."""
    shop.all_is_well()
    code, out, _ = shop.restores("--at", shop.at, "--dry-run", "--json")
    assert code == 0
    assert [step["name"] for step in json.loads(out)["plan"]] == ["copy", "compare", "announce"]
    assert shop.contents("restored/") == {}


def _versions(shop: Shop) -> int:
    """Count the versions of what a restore is about; the sandbox's own bucket is asked, which is quicker than S3's listing."""
    bucket = s3_backends["123456789012"]["aws"].buckets[shop.bucket()]
    return sum(len(bucket.keys.getlist(key)) for key in list(bucket.keys) if key.startswith(("many/", "restored/", "shoes/")))
