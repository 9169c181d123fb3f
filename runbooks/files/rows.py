"""A list's rows, cut down to what must be alike in both regions, so that two of them are compared as they stand.

S3 writes every field in quotation marks, and keys URL-encoded, so that no field holds a mark or a comma. What follows is bytes: a million
rows are read twice.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from runbooks.errors import BackupBroken

PLAIN = (b"SSE-S3", b"NOT-SSE", b"")
"""Under these the ETag of an object that was written in one part is its MD5, in every region. An ETag under a KMS key is not comparable,
and one of several parts depends on how they were cut. Sources: the S3 API reference, "Object"; the S3 user guide, "Reducing the cost of
SSE-KMS with Amazon S3 Bucket Keys".
"""

NEEDED = (
    *("Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate", "ETag", "IsMultipartUploaded"),
    *("ReplicationStatus", "EncryptionStatus", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"),
    "ChecksumAlgorithm",
)

YOUNG = b"young"
PARTS = ("version", "size", "ETag", "checksum algorithm", "lock")
"""What a record holds after the key."""


Fault = Callable[[bytes, bytes, str], None]
"""Told of a key, a version, and what is wrong with it by itself."""


@dataclass(slots=True)
class Counted:
    """What one region's list holds: latest objects, their bytes, those whose ETag tells nothing, and those too young to be in both."""

    objects: int = 0
    size: int = 0
    incomparable: int = 0
    young: int = 0


Reader = Callable[[bytes], tuple[bytes, bytes] | None]


def reader(fields: Sequence[str], horizon: datetime, counted: Counted, fault: Fault) -> Reader:
    """Return what turns a line into its key and its record, or into None for what is not the latest or is a delete marker.

    What was written after *horizon* may be in one list and not in the other yet: its record says only that it is young. A delete marker
    without a match is no difference: S3 clears away one that hides nothing, on each side in its own time.
    """
    missing = [name for name in NEEDED if name not in fields]
    if missing:
        raise BackupBroken(f"the list has no column {', '.join(missing)}", "deploy the program again: it says which columns there are")
    places = [fields.index(name) for name in NEEDED]
    width, edge = len(fields), horizon.strftime("%Y-%m-%dT%H:%M:%S").encode()
    key_at, version_at, latest_at, marker_at, size_at, time_at, etag_at, parts_at = places[:8]
    state_at, under_at, mode_at, until_at, hold_at, sum_at = places[8:]

    def read(line: bytes) -> tuple[bytes, bytes] | None:
        row = line.rstrip(b"\r\n")[1:-1].split(b'","')
        if len(row) != width:
            row = _by_the_book(line, width)
        if row[latest_at] != b"true":
            return None
        key = row[key_at]
        marker = row[marker_at] == b"true"
        if row[time_at] > edge:
            counted.young += 1
            return key, YOUNG
        if marker:
            return None
        size, under, state = row[size_at], row[under_at], row[state_at]
        counted.objects += 1
        counted.size += int(size or 0)
        etag = b""
        if under in PLAIN and row[parts_at] != b"true":
            etag = row[etag_at]
        else:
            counted.incomparable += 1
        if under == b"NOT-SSE":
            fault(key, row[version_at], "not encrypted")
        if state in (b"FAILED", b"PENDING"):
            fault(key, row[version_at], f"replication {state.decode()}")
        hold = row[hold_at]
        lock = row[mode_at] + row[until_at] + (b"" if hold == b"Off" else hold)
        return key, b"\t".join((row[version_at], size, etag, row[sum_at], lock))

    return read


def told_apart(left: bytes, right: bytes) -> list[str]:
    """Return how two records of one key differ; an ETag that one of them lacks is not compared."""
    return [
        name
        for name, a, b in zip(PARTS, left.split(b"\t"), right.split(b"\t"), strict=True)
        if a != b and not (name == "ETag" and not (a and b))
    ]


def as_written(key: bytes) -> str:
    """Return the key that a list has URL-encoded."""
    return unquote_plus(key.decode())


def _by_the_book(line: bytes, width: int) -> list[bytes]:
    [row] = csv.reader([line.decode()])
    if len(row) != width:
        raise BackupBroken(f"a row of the list has {len(row)} fields and not {width}", "verify with --live")
    return [each.encode() for each in row]
