"""S3: the current version of every object of a bucket, as S3 lists them, one page in memory at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Current:
    """The version of a key that is read by its name alone. ``size`` is in bytes; ``etag`` is without its quotes."""

    key: str
    version: str
    size: int
    etag: str
    storage_class: str


def current(door: Door, bucket: str, prefix: str = "") -> Iterator[Current]:
    """Yield what is there now under *prefix*, by key in the order of its UTF-8 bytes; what is deleted is not there.

    Versions are asked for, and older ones passed over: the list of objects alone says no version.
    """
    for each in door.pages("s3", "list_object_versions", "Versions", Bucket=bucket, Prefix=prefix):
        if each["IsLatest"]:
            yield Current(each["Key"], each["VersionId"], each["Size"], each["ETag"].strip('"'), each.get("StorageClass", "STANDARD"))


def etag(door: Door, bucket: str, key: str, version: str) -> str:
    """Return the ETag of one version, by which a batch job is told its manifest."""
    found: str = door.call("s3", "head_object", Bucket=bucket, Key=key, VersionId=version)["ETag"]
    return found.strip('"')
