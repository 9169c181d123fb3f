"""Two regions' lists, row by row: what is compared, what is not, and what is said."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runbooks.aws.versions import Stored, Version
from runbooks.errors import BackupBroken
from runbooks.files import shelves
from runbooks.files.bucket import latest_at, told_apart
from runbooks.files.pairs import Tally, side_by_side
from runbooks.files.rows import NEEDED, YOUNG, Counted, as_written, reader
from runbooks.files.rows import told_apart as rows_told_apart

HORIZON = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ROW = {
    **dict.fromkeys(NEEDED, ""),
    "Key": "shoe+%C3%A4.jpg",
    "VersionId": "v1",
    "IsLatest": "true",
    "IsDeleteMarker": "false",
    "Size": "8",
    "LastModifiedDate": "2026-11-22T09:00:00.000Z",
    "ETag": "e1",
    "IsMultipartUploaded": "false",
    "ReplicationStatus": "COMPLETED",
    "EncryptionStatus": "SSE-S3",
    "ChecksumAlgorithm": "CRC64NVME",
}


def line(**changes: str) -> bytes:
    return (",".join(f'"{value}"' for value in {**ROW, **changes}.values()) + "\n").encode()


@pytest.mark.parametrize(
    ("changes", "record"),
    [
        ({}, b"v1\t8\te1\tCRC64NVME\t"),
        ({"EncryptionStatus": "SSE-KMS"}, b"v1\t8\t\tCRC64NVME\t"),
        ({"IsMultipartUploaded": "true"}, b"v1\t8\t\tCRC64NVME\t"),
        ({"ObjectLockMode": "GOVERNANCE", "ObjectLockLegalHoldStatus": "Off"}, b"v1\t8\te1\tCRC64NVME\tGOVERNANCE"),
        ({"LastModifiedDate": "2026-11-22T10:00:01.000Z"}, YOUNG),
        ({"LastModifiedDate": "2026-11-22T10:00:01.000Z", "IsDeleteMarker": "true", "Size": ""}, YOUNG),
        ({"IsLatest": "false"}, None),
        ({"IsDeleteMarker": "true", "Size": ""}, None),
    ],
)
def test_a_row_holds_what_must_be_alike(changes: dict[str, str], record: bytes | None) -> None:
    """No ETag that depends on a key or on parts, no old version; what is too young for one of the lists says only that."""
    found = reader(NEEDED, HORIZON, Counted(), lambda *_: None)(line(**changes))
    assert found == (None if record is None else (b"shoe+%C3%A4.jpg", record))


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ReplicationStatus": "FAILED"}, ["replication FAILED"]),
        ({"ReplicationStatus": "PENDING"}, ["replication PENDING"]),
        ({"ReplicationStatus": "PENDING", "LastModifiedDate": "2026-11-22T10:00:01.000Z"}, []),
        ({"EncryptionStatus": "NOT-SSE"}, ["not encrypted"]),
        ({"ReplicationStatus": "REPLICA"}, []),
    ],
)
def test_a_row_is_faulty_by_itself(changes: dict[str, str], fault: list[str]) -> None:
    """A replication that failed, or that still pends after fifteen minutes; an object in the clear."""
    told: list[str] = []
    reader(NEEDED, HORIZON, Counted(), lambda _key, _version, what: told.append(what))(line(**changes))
    assert told == fault


def test_a_list_without_what_is_compared_is_refused() -> None:
    """It would be well for lack of columns."""
    with pytest.raises(BackupBroken, match="no column ETag"):
        reader([name for name in NEEDED if name != "ETag"], HORIZON, Counted(), lambda *_: None)
    with pytest.raises(BackupBroken, match="has 2 fields and not 14"):
        reader(NEEDED, HORIZON, Counted(), lambda *_: None)(b'"a","b"\n')


@pytest.mark.parametrize(
    ("left", "right", "differs"),
    [
        (b"v1\t8\te1\tC\t", b"v1\t8\te1\tC\t", []),
        (b"v1\t8\te1\tC\t", b"v1\t8\t\tC\t", []),
        (b"v1\t8\te1\tC\t", b"v1\t8\te2\tC\t", ["ETag"]),
        (b"v1\t8\te1\tC\t", b"v2\t9\te1\tD\tCOMPLIANCE", ["version", "size", "checksum algorithm", "lock"]),
    ],
)
def test_two_records_differ_by_name(left: bytes, right: bytes, differs: list[str]) -> None:
    """An ETag is compared where both have one."""
    assert rows_told_apart(left, right) == differs


def test_a_key_is_told_as_it_was_written() -> None:
    """Lists have it URL-encoded."""
    assert as_written(b"Gr%C3%B6%C3%9Fe+42/a%2Bb%25.txt") == "Größe 42/a+b%.txt"


def test_rows_in_any_order_meet_on_their_shelf(tmp_path: Path) -> None:
    """However many shelves there are, the same keys differ."""
    keys = [f"key-{number}" for number in range(500)]
    read = reader(NEEDED, HORIZON, Counted(), lambda *_: None)
    for side, order in (("left", keys), ("right", [*keys[250:], *keys[:249], "surplus"])):
        (tmp_path / f"{side}.gz").write_bytes(gzip.compress(b"".join(line(Key=key) for key in order)))
        (tmp_path / side).mkdir()
        shelves.put_away(tmp_path / f"{side}.gz", read, tmp_path / side, 7)
    found = [
        (key, mine is None, theirs is None)
        for number in range(7)
        for key, mine, theirs in shelves.differing(shelves.of(tmp_path / "left", number), shelves.of(tmp_path / "right", number))
    ]
    assert sorted(found) == [(b"key-249", False, True), (b"surplus", True, False)]
    assert [shelves.shelves_for(size) for size in (0, 500_000, 50_000_000, 10**13)] == [1, 2, 101, 4096]


def version(key: str, ident: str, hour: int, *, marker: bool = False) -> Version:
    return Version(key, ident, latest=False, marker=marker, size=1, etag="e", modified=HORIZON.replace(hour=hour))


def test_what_was_the_latest_at_a_moment() -> None:
    """Of each key the newest by then, unless that was a deletion."""
    found = [version("a", "a3", 11), version("a", "a2", 9), version("a", "a1", 8)]
    found += [version("b", "b2", 9, marker=True), version("b", "b1", 8), version("c", "c1", 11)]
    assert [each.id for each in latest_at(found, HORIZON)] == ["a2"]


def test_two_sequences_meet_by_key() -> None:
    """In the order of bytes, as S3 lists: capitals first, umlauts last."""
    pairs = side_by_side(["B", "a", "ä"], ["a", "b", "ä"], str.encode)
    assert list(pairs) == [("B", None), ("a", "a"), (None, "b"), ("ä", "ä")]


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        (Stored(8, "e", "aws:kms", {"SHA256": "x"}), Stored(8, "f", "", {"SHA256": "x"}), ""),
        (Stored(8, "e", "", {"SHA256": "x"}), Stored(8, "e", "", {"SHA256": "y"}), "with another SHA256"),
        (Stored(8, "e", "AES256", {}), Stored(8, "f", "", {}), "with another ETag"),
        (Stored(8, "e", "aws:kms", {}), Stored(8, "f", "", {}), None),
        (Stored(8, "e-2", "", {"CRC32": "x"}), Stored(8, "f", "", {"SHA256": "x"}), None),
    ],
)
def test_what_is_stored_tells_or_does_not(left: Stored, right: Stored, told: str | None) -> None:
    """A checksum that both have decides; else an ETag, where it is an MD5 on both sides."""
    assert told_apart(left, right) == told


def test_a_tally_names_the_first_and_counts_all() -> None:
    """A million differences are one line."""
    tally = Tally()
    for key in "abcde":
        tally.add("missing", key)
    tally.add("surplus", "x")
    assert (tally.differences, tally.kinds()) == (6, "5 missing (a, b, c, and more); 1 surplus (x)")
