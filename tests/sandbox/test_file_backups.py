"""Files backed up on demand as an operator does it, and read back from the copies: real bytes, and S3's own jobs."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from runbooks.errors import BackupBroken, Refused
from runbooks.files import kept
from sandbox import kms, s3
from sandbox.lab import Lab
from tests.sandbox.kept_files import Files, made_at, prepared
from tests.sandbox.parts import WEST, client, emptied, running, until
from tests.sandbox.s3.buckets import make_bucket

ODD = {
    "a b+c%2B&d.jpg": b"1",
    "bücher/ß/😀.png": b"2",
    "quote\"',comma.txt": b"3",
    "a": b"4",
    "a/": b"",
    "a-": b"5",
    "~": b"6",
    "z%": b"7",
}


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def files(serving: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    environment = {"AWS_ENDPOINT_URL": serving.endpoint, "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return prepared(emptied(serving), tmp_path)


def test_what_was_kept_comes_back_where_it_was(files: Files) -> None:
    """With every version of the bucket destroyed, a full backup and what changed since give it back to the byte."""
    for region in files.names.settings.regions:
        make_bucket(client(files.lab, "s3", region), files.names.journal_bucket(region))
        client(files.lab, "sns", region).create_topic(Name=files.names.topic)
    files.write({**ODD, "gone": b"soon"}, ContentType="image/png")
    files.backup("full")
    files.put(a=b"new", more=b"m")
    files.delete("gone")
    moment, there = made_at(files.backup("incremental")), files.there()
    east = client(files.lab, "s3")
    found = east.list_object_versions(Bucket=files.source)
    for entry in (*found["Versions"], *found["DeleteMarkers"]):
        east.delete_object(Bucket=files.source, Key=entry["Key"], VersionId=entry["VersionId"])
    at = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    command = ("restore", "--target", "files", "--kind", "uploads", "--source", "kept", "--at", at, "--replace", "--yes", files.source)
    ended = files.command(of=command).ends()
    assert ended.code == 0, ended
    assert f"from the backups on demand in {files.bucket}" in ended.out.replace("\n", " ")
    assert files.there() == there
    assert east.head_object(Bucket=files.source, Key="a")["ContentType"] == "binary/octet-stream"
    assert east.head_object(Bucket=files.source, Key="z%")["ContentType"] == "image/png"


def test_each_moment_of_a_chain_is_as_the_bucket_was(files: Files) -> None:
    """Full, two incremental ones, a differential: overwritten, deleted and odd keys, byte for byte."""
    shots = []

    def keep(kind: str) -> dict[str, object]:
        made = files.backup(kind)
        shots.append((made_at(made), files.there()))
        manifest: dict[str, object] = made["manifest"]
        return manifest

    files.write({**ODD, "gone": b"soon", "same": b"same"}, ContentType="image/png", Metadata={"by": "us"}, Tagging="kind=photo")
    full = keep("full")
    files.put(a=b"new", more=b"m")
    files.delete("gone")
    first = keep("incremental")
    files.put(gone=b"back", late=b"l")
    files.delete("~", "more")
    second = keep("incremental")
    files.put(more=b"again")
    since_full = keep("differential")

    assert [(each["kind"], each["copied"], each["deleted"]) for each in (full, first, second, since_full)] == [
        ("full", 10, 0),
        ("incremental", 2, 1),
        ("incremental", 2, 2),
        ("differential", 4, 1),
    ]
    chains = [[link["name"] for link in each["chain"]] for each in (full, first, second, since_full)]  # type: ignore[attr-defined]
    assert chains == [[], [full["name"]], [full["name"], first["name"]], [full["name"]]]
    for moment, there in shots:
        assert files.kept(moment) == there
    copy = client(files.lab, "s3", WEST).head_object(Bucket=files.bucket, Key=f"copies/uploads/{full['name']}/same")
    assert (copy["StorageClass"], copy["Metadata"], copy["ContentType"]) == ("GLACIER_IR", {"by": "us"}, "image/png")
    assert (copy["ObjectLockMode"], copy["ServerSideEncryption"]) == ("GOVERNANCE", "aws:kms")
    tags = client(files.lab, "s3", WEST).get_object_tagging(Bucket=files.bucket, Key=f"copies/uploads/{full['name']}/same")
    assert tags["TagSet"] == [{"Key": "kind", "Value": "photo"}]
    with pytest.raises(Refused, match="has no backup of uploads at"):
        files.kept(shots[0][0] - timedelta(seconds=1))
    code, out, _ = files.invoke("--list", "--json")
    assert (code, [each["kind"] for each in json.loads(out)]) == (0, ["differential", "incremental", "incremental", "full"])


def test_a_repeated_command_makes_one_backup(files: Files) -> None:
    """Within the hour and with nothing changed; what changed makes another."""
    files.put(a=b"1")
    first, again = files.backup("full"), files.backup("full")
    assert (again["there"], again["manifest"]["name"]) == (True, first["manifest"]["name"])
    files.put(a=b"2")
    assert files.backup("full")["manifest"]["name"] != first["manifest"]["name"]


def test_without_a_basis_an_incremental_backup_is_a_full_one_and_says_so(files: Files) -> None:
    """Of an empty bucket, too; and the next one builds on it."""
    made = files.backup("incremental")
    assert (made["manifest"]["kind"], made["manifest"]["why"], made["manifest"]["copied"]) == ("full", "there is no backup yet", 0)
    assert files.kept() == {}
    files.put(a=b"1")
    assert files.backup("differential")["manifest"]["chain"][0]["name"] == made["manifest"]["name"]
    assert files.kept() == {"a": b"1"}


def test_a_broken_chain_is_refused_by_name(files: Files) -> None:
    """A list or manifest that was altered, a signature of another, and a manifest that is gone; nothing builds on it any more."""
    files.put(a=b"1")
    full = files.backup("full")["manifest"]["name"]
    files.put(b=b"2")
    second = files.backup("incremental")["manifest"]["name"]
    place = f"backups/uploads/{full}"

    def broken(part: str, says: str) -> None:
        kept = bytearray()

        def change(body: bytes) -> bytes:
            kept[:] = body
            return body.replace(b'"copied":1', b'"copied":2') if part == "manifest.json" else body[:-1] + bytes([body[-1] ^ 1])

        files.tampered(f"{place}/{part}", change)
        with pytest.raises(BackupBroken, match=f"{says}.*{full}|{full}.*{says}"):
            files.kept()
        files.tampered(f"{place}/{part}", lambda _: bytes(kept))
        assert files.kept() == {"a": b"1", "b": b"2"}

    broken("manifest.json", "signature")
    broken("manifest.sig", "signature")
    broken("objects.jsonl.gz", "was altered")
    west = client(files.lab, "s3", WEST)
    assert west.head_object(Bucket=files.bucket, Key=f"backups/uploads/{second}/objects.jsonl.gz", ChecksumMode="ENABLED")["ChecksumSHA256"]
    files.tampered(f"backups/uploads/{second}/objects.jsonl.gz", lambda body: body + b"x", checksum_fits=False)
    with pytest.raises(BackupBroken, match=f"the list of {second} was altered"):
        files.kept()
    files.tampered(f"backups/uploads/{second}/objects.jsonl.gz", lambda body: body[:-1])
    files.lost(f"{place}/manifest.json")
    with pytest.raises(BackupBroken, match=f"the chain of {second} is broken: the backup {full} has no manifest.json"):
        files.kept()
    files.put(c=b"3")
    later = files.backup("incremental")["manifest"]
    assert (later["kind"], full in later["why"]) == ("full", True)
    assert files.kept() == {"a": b"1", "b": b"2", "c": b"3"}


def test_a_killed_command_is_picked_up_and_1500_objects_are_kept(files: Files) -> None:
    """kill -9 while S3 copies: the same backup is finished by the next command; meanwhile it is none."""
    files.fill({f"{number:04}": str(number).encode() for number in range(1500)})
    process = files.command("--type", "full")
    until(lambda: any(key.endswith("draft.json") for key in files.lists()), within=30)
    process.kill()
    with pytest.raises(Refused, match="has no backup of uploads"):
        files.kept()
    files.put(later=b"l")
    code, _, err = files.invoke("--type", "differential")
    assert (code, "is not finished" in err, "Try: finish it first" in err) == (1, True, True)
    made = files.backup("full")
    assert (made["finished"], made["there"], made["manifest"]["copied"]) == (True, False, 1500)
    assert sorted(key.rpartition("/")[2] for key in files.lists() if key.endswith("manifest.json")) == ["manifest.json"]
    assert sum(1 for _ in kept.kept_at(files.reach, "uploads", None)) == 1500


def test_a_backup_that_is_left_is_picked_up(files: Files) -> None:
    """--no-wait says the job; a later command finishes it."""
    files.put(a=b"1")
    left = files.backup("full", "--no-wait")
    assert (left["finished"], left["job"]["status"]) == (False, "New")
    code, out, _ = files.invoke("--list")
    assert (code, "under way" in out) == (0, True)
    time.sleep(0.5)
    made = files.backup("full")
    assert (made["finished"], made["manifest"]["name"]) == (True, left["manifest"]["name"])
    assert files.kept() == {"a": b"1"}


def test_a_backup_with_a_failed_copy_does_not_count(files: Files) -> None:
    """The version that was to be copied is gone: exit 1, the report says so, and the next command makes another backup."""
    files.put(a=b"1", b=b"2")
    west = client(files.lab, "s3", WEST)
    key = client(files.lab, "kms", WEST)
    alias = key.describe_key(KeyId=files.names.key_alias("data"))["KeyMetadata"]["KeyId"]
    key.disable_key(KeyId=alias)
    failed = files.backup("full", code=1)
    assert "2 of 2 failed" in failed["failure"]
    lists = files.names.inventory_bucket(WEST)
    [report] = [each["Key"] for each in west.list_objects_v2(Bucket=lists)["Contents"] if "/results/" in each["Key"]]
    assert b"failed,KMS.DisabledException,400" in west.get_object(Bucket=lists, Key=report)["Body"].read()
    with pytest.raises(Refused, match="has no backup of uploads"):
        files.kept()
    key.enable_key(KeyId=alias)
    made = files.backup("full")
    assert made["manifest"]["name"] != failed["manifest"]["name"]
    assert [failed["manifest"]["name"] in note for note in made["notes"]] == [True]
    assert files.kept() == {"a": b"1", "b": b"2"}


def test_what_s3_does_not_copy_is_named(files: Files) -> None:
    """An archived object and a key too long beside its backup's prefix: exit 1, and all else is kept."""
    files.put(a=b"1")
    files.write({"cold": b"c"}, StorageClass="DEEP_ARCHIVE")
    files.write({"x" * 1010: b"long"})
    made = files.backup("full", code=1)
    assert (made["finished"], made["manifest"]["left"], made["manifest"]["examples"]) == (True, 2, ["cold", "x" * 1010])
    assert files.kept() == {"a": b"1"}
