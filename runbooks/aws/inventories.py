"""S3: the daily lists of a bucket, as they were delivered (the S3 user guide, "Locating your inventory list")."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any

from runbooks.aws.session import Door
from runbooks.errors import BackupBroken, NotFound

DELIVERED = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\dZ")
WAY_OUT = "wait for tomorrow's list, or verify with --live"


@dataclass(frozen=True, slots=True)
class File:
    """One gzipped CSV file of a list; ``md5`` is of the file as it lies there, in hexadecimal."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """A complete list. ``created`` is when S3 began to look; ``fields`` are the columns of its files."""

    name: str
    created: datetime
    fields: tuple[str, ...]
    files: tuple[File, ...]


def newest(door: Door, bucket: str, prefix: str) -> Inventory | None:
    """Return the newest list under *prefix* (which ends in ``/``) that has both its manifest and the manifest's checksum, or None.

    Raises :class:`BackupBroken` when the manifest is not what its checksum says.
    """
    found = door.pages("s3", "list_objects_v2", "CommonPrefixes", Bucket=bucket, Prefix=prefix, Delimiter="/")
    names = sorted((entry["Prefix"].removeprefix(prefix).rstrip("/") for entry in found), reverse=True)
    for name in filter(DELIVERED.fullmatch, names):
        where = f"{prefix}{name}"
        manifest, checksum = _read(door, bucket, f"{where}/manifest.json"), _read(door, bucket, f"{where}/manifest.checksum")
        if manifest is None or checksum is None:
            continue  # S3 is still delivering it
        if md5(manifest, usedforsecurity=False).hexdigest() != checksum.decode(errors="replace").strip():
            raise BackupBroken(f"s3://{bucket}/{where}/manifest.json does not have the MD5 that its manifest.checksum names", WAY_OUT)
        return _inventory(name, f"s3://{bucket}/{where}/manifest.json", manifest)
    return None


def fetch(door: Door, bucket: str, file: File, to: Path) -> None:
    """Write one file of a list to *to*; raise :class:`BackupBroken` when it is not what the manifest says."""
    body = door.call("s3", "get_object", Bucket=bucket, Key=file.key)["Body"]
    counted = md5(usedforsecurity=False)
    with to.open("wb") as written:
        for chunk in door.chunks(body, f"s3://{bucket}/{file.key}"):
            counted.update(chunk)
            written.write(chunk)
    if counted.hexdigest() != file.md5:
        raise BackupBroken(f"s3://{bucket}/{file.key} does not have the MD5 that its manifest names", WAY_OUT)


def _inventory(name: str, where: str, manifest: bytes) -> Inventory:
    try:
        content: dict[str, Any] = json.loads(manifest)
        created = datetime.fromtimestamp(int(content["creationTimestamp"]) / 1000, UTC)
        fields = tuple(field.strip() for field in content["fileSchema"].split(","))
        files = tuple(File(each["key"], each["size"], each["MD5checksum"]) for each in content["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise BackupBroken(f"{where} cannot be read: {error!r}", WAY_OUT) from error
    if content.get("fileFormat") != "CSV":
        raise BackupBroken(f"{where} is of files in {content.get('fileFormat')}, and CSV is what is read", "deploy the program again")
    return Inventory(name, created, fields, files)


def _read(door: Door, bucket: str, key: str) -> bytes | None:
    try:
        body = door.call("s3", "get_object", Bucket=bucket, Key=key)["Body"]
    except NotFound as error:
        if error.code == "NoSuchBucket":
            raise
        return None
    return b"".join(door.chunks(body, f"s3://{bucket}/{key}"))
