"""S3: the few conditional reads and writes that leases and write-once records are made of."""

from dataclasses import dataclass
from datetime import datetime

from runbooks.aws.session import Door, answered_at
from runbooks.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Stored:
    """An object, and the server's own two times: when it was written and when it answered."""

    body: bytes
    version: str
    written_at: datetime
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket as a store of small write-once and compare-and-set objects."""

    door: Door
    name: str

    @property
    def where(self) -> str:
        return f"s3://{self.name}"

    def read(self, key: str) -> Stored | None:
        try:
            answer = self.door.call("s3", "get_object", Bucket=self.name, Key=key)
        except NotFound as error:
            if error.code == "NoSuchBucket":
                raise
            return None
        return Stored(answer["Body"].read(), answer["ETag"], answer["LastModified"], answered_at(answer))

    def write_new(self, key: str, body: bytes) -> None:
        """Write an object that must not exist; raise :class:`Conflict` when another body is there already."""
        self._put(key, body, IfNoneMatch="*")

    def swap(self, key: str, body: bytes, version: str | None) -> str:
        """Write over exactly *version* (None: over nothing) and return the new version; raise :class:`Conflict` otherwise."""
        return self._put(key, body, IfMatch=version) if version else self._put(key, body, IfNoneMatch="*")

    def _put(self, key: str, body: bytes, **condition: str | None) -> str:
        try:
            version: str = self.door.call(
                "s3", "put_object", Bucket=self.name, Key=key, Body=body, ContentType="application/json", **condition
            )["ETag"]
            return version
        except Conflict:
            # A retried request may collide with its own first attempt, whose answer was lost.
            stored = self.read(key)
            if stored is None or stored.body != body:
                raise
            return stored.version

    def keys(self, prefix: str) -> list[str]:
        """Return the key of every version under *prefix*, sorted: one that was written over comes twice, and deleted ones are there too."""
        found = self.door.pages("s3", "list_object_versions", "Versions", Bucket=self.name, Prefix=prefix)
        return sorted(entry["Key"] for entry in found)

    def folders(self, prefix: str) -> list[str]:
        """Return the names directly under *prefix* (which ends in ``/``), sorted; what is in them may be deleted."""
        found = self.door.pages("s3", "list_object_versions", "CommonPrefixes", Bucket=self.name, Prefix=prefix, Delimiter="/")
        return sorted(entry["Prefix"].removeprefix(prefix).rstrip("/") for entry in found)


def buckets(door: Door) -> tuple[str, ...]:
    """Return the names of the account's buckets, whichever region they are in: a bucket's name has none."""
    return tuple(entry["Name"] for entry in door.pages("s3", "list_buckets", "Buckets"))
