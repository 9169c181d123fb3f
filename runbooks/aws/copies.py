"""S3: one version copied by S3 itself, and archived versions thawed."""

import re
from dataclasses import dataclass
from typing import Any

from runbooks.aws.session import Door
from runbooks.errors import Rejected

LARGEST = 5 * 1024**3
"""Bytes that S3 copies in one request; what is larger is copied in parts (the S3 API reference, "CopyObject")."""

PART = 1024**3
CARRIED = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")


@dataclass(frozen=True, slots=True)
class From:
    """One version to copy, from a bucket that may be in another region."""

    bucket: str
    key: str
    version: str
    size: int

    @property
    def named(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.key, "VersionId": self.version}


def copy(door: Door, source: From, bucket: str, key: str, largest: int = LARGEST, part: int = PART) -> None:
    """Copy *source* to *key* of *bucket*, which is in the door's region, as a new version there.

    Its metadata and tags come along (of one that is copied in parts, its metadata), and S3 adds a SHA-256 of its own. It is encrypted as
    *bucket* says. No byte passes through here.
    """
    if source.size <= largest:
        door.call("s3", "copy_object", Bucket=bucket, Key=key, CopySource=source.named, ChecksumAlgorithm="SHA256")
        return
    _in_parts(door, source, bucket, key, part)


def _in_parts(door: Door, source: From, bucket: str, key: str, part: int) -> None:
    about = door.call("s3", "head_object", **source.named)
    kept = {
        name: about[name] for name in ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentType", "Metadata") if name in about
    }
    upload: str = door.call("s3", "create_multipart_upload", Bucket=bucket, Key=key, **kept)["UploadId"]
    to = {"Bucket": bucket, "Key": key, "UploadId": upload}
    parts = []
    for number, start in enumerate(range(0, source.size, part), start=1):
        span = f"bytes={start}-{min(start + part, source.size) - 1}"
        made = door.call("s3", "upload_part_copy", **to, PartNumber=number, CopySource=source.named, CopySourceRange=span)
        parts.append({"PartNumber": number, "ETag": made["CopyPartResult"]["ETag"]})
    door.call("s3", "complete_multipart_upload", **to, MultipartUpload={"Parts": parts})


@dataclass(frozen=True, slots=True)
class Thawing:
    """How an archived version stands: ``ready`` to be read, or being thawed, or neither."""

    ready: bool
    under_way: bool


def thawing(door: Door, source: From) -> Thawing:
    """Return how an archived version stands. Source of the header: the S3 API reference, "HeadObject", ``x-amz-restore``."""
    said = str(door.call("s3", "head_object", **source.named).get("Restore") or "")
    under_way = bool(re.search(r'ongoing-request="true"', said))
    return Thawing(bool(said) and not under_way, under_way)


def thaw(door: Door, source: From, days: int, tier: str) -> None:
    """Ask for a readable copy of an archived version for so many days; one that is asked for already stays as it is."""
    asked: dict[str, Any] = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
    try:
        door.call("s3", "restore_object", **source.named, RestoreRequest=asked)
    except Rejected as error:
        if error.code != "RestoreAlreadyInProgress":
            raise
