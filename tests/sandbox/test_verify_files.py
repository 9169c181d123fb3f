"""`invoke verify --target files` as an operator types it, against two regions of the sandbox's S3 and the lists that it delivers."""

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.s3.models import FakeBucket, FakeKey, s3_backends

from names import Names
from sandbox import kms, s3
from sandbox.client import Client
from sandbox.lab import Lab
from stacks.inventories import FIELDS
from tests.commands import invoke, operator
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until
from tests.sandbox.s3.buckets import keys, make_bucket, replicate, rule

KEYS = ("shoe.jpg", "Größe 42/ä+b &%.txt", "empty", "boots/1", "boots/2")
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@dataclass
class Files:
    """Two regions' uploads, an hour old, replicated and listed."""

    lab: Lab
    names: Names
    folder: Path

    def bucket(self, region: str) -> str:
        return self.names.file_bucket("uploads", region)

    def stored(self, region: str, key: str) -> FakeKey:
        """The newest version itself, to be altered as no API lets anybody."""
        found = _bucket(self.bucket(region)).keys[key]
        assert isinstance(found, FakeKey)
        return found

    def alter(self, region: str, key: str, body: bytes) -> None:
        """Alter the newest version's bytes and nothing else."""
        _bucket(self.bucket(region)).keys[key].value = body

    def deliver(self, created: datetime | None = None) -> None:
        Client(self.lab.endpoint).deliver_inventories((created or datetime.now(UTC)).isoformat())

    def verify(self, *options: str) -> tuple[int, str]:
        """Return the exit code and what is said of the uploads."""
        environ = operator(self.lab.endpoint, self.lab.root / "Pulumi.sandbox.yaml", XDG_STATE_HOME=str(self.folder.parent / "state"))
        words = ("verify", "--target", "files", "--kind", "uploads", "--json", "--to", str(self.folder))
        done = invoke(*words, *options, environ=environ)
        assert done.out, done.err
        [found] = json.loads(done.out)
        assert found["well"] == (done.code == 0)
        return done.code, str(found["says"])

    def differences(self) -> list[tuple[str, str]]:
        with (self.folder / "uploads.csv").open(encoding="utf-8", newline="") as file:
            return sorted((row["key"], row["what differs"]) for row in csv.DictReader(file))


def _bucket(name: str) -> FakeBucket:
    found: FakeBucket = s3_backends["123456789012"]["aws"].buckets[name]
    return found


@pytest.fixture
def files(served: Lab, tmp_path: Path) -> Files:
    lab = emptied(served)
    made = Files(lab, Names(lab.settings), tmp_path / "differences")
    for region in (EAST, WEST):
        api, lists = client(lab, "s3", region), made.names.inventory_bucket(region)
        make_bucket(api, made.bucket(region))
        make_bucket(api, lists)
        configuration = {
            "Id": made.names.inventory,
            "IsEnabled": True,
            "IncludedObjectVersions": "All",
            "Schedule": {"Frequency": "Daily"},
            "OptionalFields": list(FIELDS),
            "Destination": {"S3BucketDestination": {"Bucket": f"arn:aws:s3:::{lists}", "Format": "CSV"}},
        }
        api.put_bucket_inventory_configuration(Bucket=made.bucket(region), Id=made.names.inventory, InventoryConfiguration=configuration)
    east = client(lab, "s3")
    replicate(east, made.bucket(EAST), rule(made.bucket(WEST)))
    for key in (*KEYS, "gone"):
        east.put_object(Bucket=made.bucket(EAST), Key=key, Body=b"" if key == "empty" else key.encode(), ChecksumAlgorithm="SHA256")
    east.put_object(Bucket=made.bucket(EAST), Key="boots/1", Body=b"newer", ChecksumAlgorithm="SHA256")
    east.delete_object(Bucket=made.bucket(EAST), Key="gone")
    until(lambda: len(keys(client(lab, "s3", WEST), made.bucket(WEST))) == len(KEYS) and _settled(made))
    _age(made, HOUR)
    made.deliver()
    return made


def _settled(made: Files) -> bool:
    listed = client(made.lab, "s3", WEST).list_object_versions(Bucket=made.bucket(WEST))
    return len(listed.get("Versions", [])) == len(KEYS) + 2 and len(listed.get("DeleteMarkers", [])) == 1


def _age(made: Files, by: timedelta) -> None:
    """Let everything be older: what is younger than replication may take is not compared."""
    for region in (EAST, WEST):
        bucket = _bucket(made.bucket(region))
        for name in bucket.keys:
            for version in bucket.keys.getlist(name):
                version.last_modified -= by


def test_regions_that_are_alike_are_well_by_their_lists_and_by_listing(files: Files) -> None:
    """Delete markers, old versions, empty objects and keys of any letters included; the bytes, too, where they are asked for."""
    code, says = files.verify()
    assert (code, f"{EAST} {len(KEYS)} objects" in says, f"{WEST} {len(KEYS)} objects" in says) == (0, True, True)
    assert files.verify("--live") == (0, f"{len(KEYS)} objects, 42 bytes in both regions now")
    assert files.verify("--content")[1].endswith(f"{len(KEYS)} read on both sides")
    assert list(files.folder.iterdir()) == []


def test_no_object_is_read_to_compare_lists(files: Files) -> None:
    """Every call is about the lists' buckets."""
    before = len(Client(files.lab.endpoint).requests())
    assert files.verify()[0] == 0
    asked = Client(files.lab.endpoint).requests()[before:]
    assert {each["summary"]["Bucket"] for each in asked} == {files.names.inventory_bucket(region) for region in (EAST, WEST)}
    assert len(asked) == 10


def test_what_differs_is_listed_by_key(files: Files) -> None:
    """Another byte, another size, a missing replica, a surplus one, a failed replication: each with its key as it is written."""
    files.alter(WEST, "shoe.jpg", b"shoe.jpG")
    files.stored(WEST, "shoe.jpg")._etag = None
    files.alter(WEST, "boots/1", b"short"[:4])
    del _bucket(files.bucket(WEST)).keys["Größe 42/ä+b &%.txt"]
    client(files.lab, "s3", WEST).put_object(Bucket=files.bucket(WEST), Key="surplus", Body=b"x")
    files.stored(WEST, "surplus").last_modified -= HOUR
    client(files.lab, "s3", WEST).put_bucket_versioning(Bucket=files.bucket(WEST), VersioningConfiguration={"Status": "Suspended"})
    client(files.lab, "s3").put_object(Bucket=files.bucket(EAST), Key="boots/2", Body=b"boots/2", ChecksumAlgorithm="SHA256")
    until(lambda: client(files.lab, "s3").head_object(Bucket=files.bucket(EAST), Key="boots/2").get("ReplicationStatus") == "FAILED")
    files.stored(EAST, "boots/2").last_modified -= HOUR / 2
    files.deliver()
    code, says = files.verify()
    assert (code, "6 differences in" in says) == (1, True), says
    assert files.differences() == [
        ("Größe 42/ä+b &%.txt", f"missing in {WEST}"),
        ("boots/1", "another size"),
        ("boots/2", "another version"),
        ("boots/2", f"replication FAILED in {EAST}"),
        ("shoe.jpg", "another ETag"),
        ("surplus", f"missing in {EAST}"),
    ]


def test_listing_now_finds_the_same(files: Files) -> None:
    """Without lists, and at once."""
    files.alter(WEST, "shoe.jpg", b"shoe.jpG")
    files.stored(WEST, "shoe.jpg")._etag, files.stored(WEST, "shoe.jpg").checksum_value = None, "another"
    del _bucket(files.bucket(WEST)).keys["empty"]
    assert files.verify("--live")[0] == 1
    assert files.differences() == [("empty", f"missing in {WEST}"), ("shoe.jpg", "another SHA256")]


def test_bytes_that_rotted_in_place_are_found_by_reading_alone(files: Files) -> None:
    """Their size, ETag and stored checksum are what they were."""
    files.alter(WEST, "shoe.jpg", b"shoe.jpG")
    assert files.verify("--live")[0] == 0
    assert files.verify("--content")[0] == 1
    assert files.differences() == [("shoe.jpg", f"not the bytes of its checksum in {WEST}")]


def test_what_was_just_written_is_no_difference(files: Files) -> None:
    """Its replica may be on its way, and the lists are of different minutes; it is counted."""
    client(files.lab, "s3", WEST).put_object(Bucket=files.bucket(WEST), Key="boots/1", Body=b"just now")
    client(files.lab, "s3", WEST).put_object(Bucket=files.bucket(WEST), Key="new", Body=b"just now")
    files.deliver()
    assert (files.verify()[0], "2 too young to compare" in files.verify()[1]) == (0, True)
    assert "2 too young to compare" in files.verify("--live")[1]


def test_a_list_that_was_altered_is_named(files: Files) -> None:
    """A data file, and the manifest: neither has the MD5 that it should."""
    lists = _bucket(files.names.inventory_bucket(WEST)).keys
    [data, *_] = [name for name in lists if "/data/" in name]
    [manifest] = [name for name in lists if name.endswith("manifest.json")]
    for name in (data, manifest):
        lists[name].value = lists[name].value + b" "
        code, says = files.verify()
        assert (code, says.startswith("INCOMPLETE"), f"{name} does not have the MD5" in says) == (1, True, True)


def test_stale_and_missing_lists_are_incomplete(files: Files) -> None:
    """Two days old is too old; one that is still being delivered is none, and the one before it counts."""
    lists = _bucket(files.names.inventory_bucket(EAST)).keys
    [checksum] = [name for name in lists if name.endswith("manifest.checksum")]
    del lists[checksum]
    code, says = files.verify()
    assert (code, "has no complete list of" in says) == (1, True)
    files.deliver(datetime.now(UTC) - timedelta(hours=49))
    code, says = files.verify()
    assert (code, "older than 48 hours" in says) == (1, True)


@pytest.mark.parametrize("options", [(), ("--live",)])
def test_a_dark_region_is_incomplete(files: Files, options: tuple[str, ...]) -> None:
    """Never fewer rows that are well."""
    files.lab.regions.break_region(WEST, "refuse")
    code, says = files.verify(*options)
    assert (code, says.startswith("INCOMPLETE: s3")) == (1, True)
    assert list(files.folder.iterdir()) == []


def test_an_option_of_another_target_is_refused() -> None:
    """In one sentence, before anything is asked."""
    for target, option in (("application", "--live"), ("files", "--at=2026-11-22T10:00:00Z")):
        done = invoke("verify", "--target", target, option, "--stack", "sandbox", environ={"PATH": os.environ["PATH"]})
        assert f"{option.partition('=')[0]} means nothing for --target" in done.refusal()[0]
