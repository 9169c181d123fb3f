"""`invoke restore --target files` as an operator types it: what was deleted, overwritten or lost with its region comes back to the byte."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbooks import commands
from runbooks.aws import copies, versions
from runbooks.aws.session import CALM, Door
from runbooks.errors import Denied, Refused
from runbooks.files import prepare
from runbooks.files.prepare import Wish
from sandbox import kms, s3
from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, emptied, running
from tests.sandbox.restoring import Shop, opened

ODD = ("Größe 42/ä+b &%.txt", "with space.jpg", "plus+sign.jpg", "empty")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def shop(served: Lab, tmp_path: Path) -> Shop:
    made = opened(emptied(served), tmp_path)
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
    shop.delete(*[key for key in before if key.startswith("shoes/")][3:])
    shop.put("shoes/later.jpg", b"came later")
    said = shop.put_back("--prefix", "shoes/")
    assert shop.contents() == before | {"shoes/later.jpg": b"came later"}
    api = client(shop.lab, "s3")
    head = api.head_object(Bucket=shop.bucket(), Key="shoes/07.jpg")
    assert (head["ContentType"], head["Metadata"]) == ("image/jpeg", {"sku": "7"})
    assert api.get_object_tagging(Bucket=shop.bucket(), Key="shoes/07.jpg")["TagSet"] == [{"Key": "k", "Value": "v"}]
    assert re.search(r"20 objects, .* 3 of them unchanged since and left alone; 1 that came after the moment stay", said)
    assert re.search(r"copy: done .*objects 17, bytes", said)


def test_everything_is_exactly_as_it_was(shop: Shop) -> None:
    """What ransomware wrote over every one of 600 objects stays as a version, odd names and empty ones too, and what came later is
    hidden, with its versions kept.
    """
    shop.fill({f"many/{number:04}": f"object {number}".encode() for number in range(576)})
    before = shop.all_is_well()
    assert len(before) == 600
    shop.fill(dict.fromkeys(before, b"pay us"))
    shop.fill({"README.ransom": b"pay us", "many/0007.locked": b"pay us"})
    said = shop.put_back("--exact")
    assert "2 that came after the moment get a delete marker" in said
    assert shop.contents() == before
    found = client(shop.lab, "s3").list_object_versions(Bucket=shop.bucket(), Prefix="many/0007")
    assert (len(found["Versions"]), [each["Key"] for each in found["DeleteMarkers"]]) == (4, ["many/0007.locked"])
    copied = shop.facts("copy")
    assert (copied["objects"], copied["bytes"], shop.facts("hide")["hidden"]) == (600, sum(map(len, before.values())), 2)


def test_one_object_comes_back_beside(shop: Shop) -> None:
    """Under the moment's own prefix; the bucket's own copy stays as it is now, and what is there is not written over a second time."""
    before = shop.all_is_well()
    shop.put("shoes/01.jpg", b"spoilt")
    asked = ("--at", shop.at, "--key", "shoes/01.jpg", "--yes", EAST)
    code, out, err = shop.restores(*asked)
    assert code == 0, err
    assert shop.contents("restored/") == {f"{shop.beside}shoes/01.jpg": before["shoes/01.jpg"]}
    assert shop.contents("shoes/01.jpg") == {"shoes/01.jpg": b"spoilt"}
    assert "repeat the command with --replace" in out
    says, way_out = shop.refused(*asked)
    assert says == f"s3://{shop.bucket()}/{shop.beside} holds 1 of these objects already"
    assert way_out == "choose another place with --to, or --replace to put them where they were"


def test_with_its_versions_gone_it_comes_from_the_other_region(shop: Shop) -> None:
    """Replication never carries the deletion of a version: what somebody destroyed for good is still there, and is found without a word."""
    before = shop.all_is_well()
    shop.replicated()
    api = client(shop.lab, "s3")
    for entry in api.list_object_versions(Bucket=shop.bucket())["Versions"]:
        api.delete_object(Bucket=shop.bucket(), Key=entry["Key"], VersionId=entry["VersionId"])
    says, way_out = shop.refused("--at", shop.at, "--replace", "--source", "versions")
    assert says == f"{shop.bucket()} held nothing of that: everything as of {shop.at}"
    assert "--source versions or region or kept or backup" in way_out
    said = shop.put_back()
    assert f"{shop.bucket()} holds no version of that any more: everything as of {shop.at}, from the versions in " in said
    assert shop.contents() == before


def test_while_a_region_is_dark_its_files_come_back_in_the_other(shop: Shop) -> None:
    """From the replicas' own versions, in the region that answers; who asks the dark one is told so."""
    before = shop.all_is_well()
    shop.replicated()
    shop.lab.regions.break_region(EAST, "refuse")
    says, way_out = shop.refused("--at", shop.at, "--prefix", "shoes/")
    code, _, err = shop.restores("--at", shop.at, "--region", WEST, "--prefix", "shoes/", "--yes", WEST)
    shop.lab.regions.heal_region(EAST)
    assert code == 0, err
    assert shop.contents("restored/", WEST) == {f"{shop.beside}{key}": body for key, body in before.items() if key.startswith("shoes/")}
    assert says.startswith(f"{EAST} gives no answer, and nothing can be written there: ")
    assert way_out == f"restore in the other region, whose bucket has the same files: --region {WEST}"


def test_a_storm_of_refusals_is_weathered(shop: Shop) -> None:
    """With every third call throttled, all comes back."""
    before = shop.all_is_well()
    shop.delete(*before)
    asked = Client(shop.lab.endpoint)
    asked.fault("throttle", service="s3", rate=0.3)
    try:
        shop.put_back()
    finally:
        asked.clear_faults()
    assert shop.contents() == before


def test_what_somebody_else_wrote_meanwhile_is_no_copy_of_ours(shop: Shop) -> None:
    """Of the very size, within the run: it is compared with what was wanted, not believed."""
    before = shop.all_is_well()
    shop.fill({key: bytes(len(body)) for key, body in before.items() if key.startswith("shoes/")})
    asked = Client(shop.lab.endpoint)
    asked.fault("deny", service="s3", operation="CopyObject", after=5)
    code, _, err = shop.restores("--at", shop.at, "--prefix", "shoes/", "--replace", "--yes", shop.bucket())
    asked.clear_faults()
    assert (code, "AccessDenied" in err, "invoke restore --target files --resume" in err) == (3, True, True), err
    missing = [key for key, body in shop.contents("shoes/").items() if body != before[key]]
    shop.fill({missing[0]: b"x" * len(before[missing[0]])})
    code, _, err = shop.ends("--resume", "--yes", shop.bucket())
    assert code == 0, err
    assert shop.contents() == before


USUAL: dict[str, Any] = {"kind": "media"}
REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"at": datetime(2126, 1, 1, tzinfo=UTC)}, "2126-01-01T00:00:00Z is in the future", "it is .* now; give a moment that has passed, .*"),
    ({"at": None}, "say when all was well", "--at 2026-11-22T10:04:59Z, or --before with a marker's text"),
    ({"key": "a", "prefix": "b"}, "--key is one object, and --prefix many", "give one of them"),
    ({"replace": True, "to": "there"}, "--replace puts them where they were, and --to elsewhere", "give one of them"),
    ({"exact": True}, "--exact hides what came after the moment, which only --replace can", "add --replace, or leave out --exact"),
    ({"key": "nowhere"}, "{bucket} held nothing of that: nowhere as of {at}", "name another moment, or another source: .* for 120 days"),
    (
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        "{bucket} held nothing of that: everything as of 2020-01-01T00:00:00Z",
        "name another moment, .*",
    ),
    ({"source": "tape"}, "--source tape is unknown", "choose versions, region, kept or backup"),
    ({"tier": "microwave"}, "--thaw microwave is unknown", "choose standard, bulk, expedited"),
    ({"region": "eu-west-1"}, "eu-west-1 is not a region of this stack", "choose us-east-1 or us-west-2"),
    ({"kind": "videos"}, "videos is no kind of files that this stack protects", "choose from .*media.*"),
    ({"kind": ""}, "say which files", "--kind media or .*"),
    ({"replace": True}, "all 24 objects are as they were at {at}", "nothing is to be done"),
    (
        {"source": "region", "point": "arn:aws:backup:x"},
        "--point is a recovery point of AWS Backup, and --source region another source",
        "give one of them",
    ),
)


def test_what_cannot_be_restored_is_refused_and_nothing_is_written(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with one way out each, and not a version more than before."""
    shop.all_is_well()
    for name, value in shop.environment().items():
        monkeypatch.setenv(name, value)
    count, desk = shop.versions(), commands.desk(shop.lab.settings)
    for changes, says, way_out in REFUSED:
        with pytest.raises(Refused) as refused:
            prepare.prepare(desk, Wish(**{**USUAL, "at": shop.well, **changes}))
        assert refused.value.message == says.format(bucket=shop.bucket(), at=shop.at)
        assert re.fullmatch(way_out, refused.value.hint), refused.value.hint
    says, way_out = shop.refused("--at", shop.at, "--prefix", "shoes/", "--yes", "another")
    assert (says, way_out) == ("not confirmed: another is not us-east-1; nothing was changed", "repeat and type us-east-1")
    keys = client(shop.lab, "kms")
    keys.disable_key(KeyId=keys.describe_key(KeyId=shop.names.key_alias("data"))["KeyMetadata"]["KeyId"])
    says, way_out = shop.refused("--at", shop.at)
    assert says == f"the key {shop.names.key_alias('data')} of {EAST} is Disabled, and nothing can be written under it"
    assert way_out == "enable it with the break-glass role"
    assert shop.versions() == count


def test_a_dry_run_shows_the_plan_and_changes_nothing(shop: Shop) -> None:
    """The same plan, as JSON."""
    shop.all_is_well()
    code, out, _ = shop.restores("--at", shop.at, "--dry-run", "--json")
    assert code == 0
    assert [step["name"] for step in json.loads(out)["plan"]] == ["copy", "compare", "announce"]
    assert shop.contents("restored/") == {}


def test_a_large_object_is_copied_in_parts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its metadata and tags; where a part is refused, nothing is left half made."""
    for name, value in shop.environment().items():
        monkeypatch.setenv(name, value)
    api, body = client(shop.lab, "s3"), bytes(range(256)) * 4096 * 6
    shop.put("big.mov", body, ContentType="video/quicktime", Metadata={"sku": "1"}, Tagging="k=a%20b")
    [was] = versions.versions(Door(EAST, pace=CALM), shop.bucket(), "big.mov")
    source = copies.From(shop.bucket(), was.key, was.id, was.size)
    asked = Client(shop.lab.endpoint)
    asked.fault("deny", service="s3", operation="UploadPartCopy", after=1)
    with pytest.raises(Denied, match="AccessDenied"):
        copies.copy(Door(EAST, pace=CALM), source, shop.bucket(), "copy.mov", largest=1, part=5 * 1024**2)
    asked.clear_faults()
    assert api.list_multipart_uploads(Bucket=shop.bucket()).get("Uploads", []) == []
    copies.copy(Door(EAST, pace=CALM), source, shop.bucket(), "copy.mov", largest=1, part=5 * 1024**2)
    found = api.get_object(Bucket=shop.bucket(), Key="copy.mov")
    assert (found["Body"].read() == body, found["ContentType"], found["Metadata"]) == (True, "video/quicktime", {"sku": "1"})
    assert api.get_object_tagging(Bucket=shop.bucket(), Key="copy.mov")["TagSet"] == [{"Key": "k", "Value": "a b"}]
