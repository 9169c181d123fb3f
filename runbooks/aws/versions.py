"""S3: every version of every object as S3 lists it, what S3 has stored about one, and the bytes of one, read to their end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from runbooks.aws.session import Door, answered_at

PLAIN = ("", "AES256")
"""Encryptions under which the ETag of an object written in one part is the MD5 of its bytes (the S3 API reference, "Object")."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object, or a delete marker (which has no size and no ETag).

    ``thaw`` is how an archived one stands, if that was asked: ``under way``, ``ready`` to be read, or neither.
    """

    key: str
    id: str
    latest: bool
    marker: bool
    size: int
    etag: str
    modified: datetime
    storage: str = "STANDARD"
    thaw: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """What S3 says of one version without sending it. ``checksums`` are of the whole object, in base64, by their algorithm."""

    size: int
    etag: str
    encryption: str
    checksums: dict[str, str]

    @property
    def md5(self) -> str:
        """The MD5 of the bytes where the ETag is one, else nothing."""
        return self.etag if self.encryption in PLAIN and "-" not in self.etag else ""


def now(door: Door, bucket: str) -> datetime:
    """Return S3's own time, in whole seconds, which is the one that it gives to what is written."""
    return answered_at(door.call("s3", "list_object_versions", Bucket=bucket, MaxKeys=1))


def versions(door: Door, bucket: str, prefix: str = "", *, thawing: bool = False) -> Iterator[Version]:
    """Yield all versions of keys that begin with *prefix*, in the order of their keys (as UTF-8), the newest of a key first.

    One call in a thousand versions; with *thawing*, how the archived ones stand is asked for, too.
    """
    marks: dict[str, str | None] = {}
    besides = ["RestoreStatus"] if thawing else None
    while True:
        page = door.call("s3", "list_object_versions", Bucket=bucket, Prefix=prefix or None, OptionalObjectAttributes=besides, **marks)
        found = [_version(entry, marker=False) for entry in page.get("Versions", [])]
        found += [_version(entry, marker=True) for entry in page.get("DeleteMarkers", [])]
        # S3 sends the two kinds apart; within a key the latest comes first, and the others by their time.
        yield from sorted(found, key=lambda each: (each.key.encode(), not each.latest, -each.modified.timestamp()))
        if not page.get("IsTruncated"):
            return
        marks = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page.get("NextVersionIdMarker")}


def stored(door: Door, bucket: str, key: str, version: str) -> Stored:
    """Return what S3 has stored about one version; raise :class:`NotFound` when it is gone."""
    answer = door.call("s3", "head_object", Bucket=bucket, Key=key, VersionId=version, ChecksumMode="ENABLED")
    whole = answer.get("ChecksumType", "FULL_OBJECT") == "FULL_OBJECT"
    sums = {name.removeprefix("Checksum"): str(value) for name, value in answer.items() if name.startswith("Checksum")}
    sums.pop("Type", None)
    # A checksum of checksums depends on how the object was cut in parts.
    checksums = {name: value for name, value in sums.items() if whole and "-" not in value}
    return Stored(answer["ContentLength"], answer["ETag"].strip('"'), answer.get("ServerSideEncryption", ""), checksums)


def digest(door: Door, bucket: str, key: str, version: str) -> str:
    """Return the SHA-256 in hexadecimal of the bytes of one version, a megabyte of them in memory at a time.

    Raises :class:`BackupBroken` when they are not those of the checksum that S3 has stored: botocore computes it while it reads.
    """
    body = door.call("s3", "get_object", Bucket=bucket, Key=key, VersionId=version)["Body"]
    counted = sha256()
    for chunk in door.chunks(body, f"s3://{bucket}/{key}"):
        counted.update(chunk)
    return counted.hexdigest()


def _version(entry: dict[str, Any], *, marker: bool) -> Version:
    etag = "" if marker else entry["ETag"].strip('"')
    return Version(
        entry["Key"],
        entry["VersionId"],
        entry["IsLatest"],
        marker,
        entry.get("Size", 0),
        etag,
        entry["LastModified"],
        entry.get("StorageClass", "STANDARD"),
        _thaw(entry.get("RestoreStatus") or {}),
    )


def _thaw(status: dict[str, Any]) -> str:
    return "under way" if status.get("IsRestoreInProgress") else "ready" if status.get("RestoreExpiryDate") else ""
