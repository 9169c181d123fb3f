"""S3: one version copied by S3 itself, archived versions thawed, and keys hidden behind a delete marker."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from runbooks.aws import answers
from runbooks.aws.session import Door
from runbooks.errors import AwsError, Rejected

LARGEST = 5 * 1024**3
"""Bytes that S3 copies in one request; what is larger is copied in parts (the S3 API reference, "CopyObject")."""

PART = 1024**3
HIDDEN_AT_ONCE = 1000
"""Keys that S3 takes in one request (the S3 API reference, "DeleteObjects")."""

CARRIED = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Metadata")
WHOLE = ("CRC64NVME", "CRC32", "CRC32C")
"""Checksums that S3 puts together of parts into that of the whole object."""


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

    Its metadata and tags come along, and its checksum, of the same algorithm, so that both can be compared without reading either. It is
    encrypted as *bucket* says. No byte passes through here.
    """
    if source.size <= largest:
        door.call("s3", "copy_object", Bucket=bucket, Key=key, CopySource=source.named)
        return
    about = door.call("s3", "head_object", **source.named, ChecksumMode="ENABLED")
    tags = door.call("s3", "get_object_tagging", **source.named)["TagSet"]
    upload: str = door.call(
        "s3",
        "create_multipart_upload",
        Bucket=bucket,
        Key=key,
        Tagging=urlencode([(tag["Key"], tag["Value"]) for tag in tags]) or None,
        ChecksumAlgorithm=next((name for name in WHOLE if f"Checksum{name}" in about), WHOLE[0]),
        ChecksumType="FULL_OBJECT",
        **{name: about[name] for name in CARRIED if name in about},
    )["UploadId"]
    to = {"Bucket": bucket, "Key": key, "UploadId": upload}
    try:
        door.call("s3", "complete_multipart_upload", **to, MultipartUpload={"Parts": _parts(door, source, to, part)})
    except AwsError:
        with suppress(AwsError):  # what is left is taken away by the bucket's lifecycle
            door.call("s3", "abort_multipart_upload", **to)
        raise


def _parts(door: Door, source: From, to: dict[str, str], part: int) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for number, start in enumerate(range(0, source.size, part), start=1):
        span = f"bytes={start}-{min(start + part, source.size) - 1}"
        copied = door.call("s3", "upload_part_copy", **to, PartNumber=number, CopySource=source.named, CopySourceRange=span)
        made.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    return made


def thaw(door: Door, source: From, days: int, tier: str) -> None:
    """Ask for a readable copy of an archived version for so many days; one that is asked for already stays as it is."""
    asked: dict[str, Any] = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
    try:
        door.call("s3", "restore_object", **source.named, RestoreRequest=asked)
    except Rejected as error:
        if error.code != "RestoreAlreadyInProgress":
            raise


def hide(door: Door, bucket: str, keys: Sequence[str]) -> None:
    """Put a delete marker over each of at most :data:`HIDDEN_AT_ONCE` *keys*; every version under it stays."""
    wanted: dict[str, Any] = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    for refused in door.call("s3", "delete_objects", Bucket=bucket, Delete=wanted).get("Errors", []):
        raise answers.translated(f"s3 delete-objects in {door.region}, {refused.get('Key')}", {"Error": refused})


def remove(door: Door, bucket: str, named: Sequence[tuple[str, str]]) -> None:
    """Delete at most :data:`HIDDEN_AT_ONCE` versions, each by its key and id, for good."""
    wanted: dict[str, Any] = {"Objects": [{"Key": key, "VersionId": version} for key, version in named], "Quiet": True}
    for refused in door.call("s3", "delete_objects", Bucket=bucket, Delete=wanted).get("Errors", []):
        raise answers.translated(f"s3 delete-objects in {door.region}, {refused.get('Key')}", {"Error": refused})
