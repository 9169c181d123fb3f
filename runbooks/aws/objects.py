"""S3: files that are written once, under a checksum, and read back by their version."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from urllib.parse import urlencode

from botocore.exceptions import FlexibleChecksumError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from runbooks.aws.session import Door
from runbooks.errors import BackupBroken, Conflict, FetchFailed, NotFound, Refused

LARGEST = 5 * 1024**3
"""Bytes that S3 takes in one request, which is what can be made conditional and checked as a whole."""

CHUNK = 1024**2

UNSOUND = "keep the bucket as it is and use an older backup: --at TIME"


@dataclass(frozen=True, slots=True)
class Written:
    """A version of an object; ``sha256`` is in hexadecimal."""

    key: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as a listing says it; ``tag`` is its ETag, which every upload changes unless the bytes are the same."""

    key: str
    tag: str
    size: int


def entries(door: Door, bucket: str, prefix: str) -> Iterator[Entry]:
    """Yield what is under *prefix* of *bucket* now, in the order of keys, a page at a time."""
    for each in door.pages("s3", "list_objects_v2", "Contents", Bucket=bucket, Prefix=prefix):
        yield Entry(each["Key"], each["ETag"], each["Size"])


def download(door: Door, bucket: str, entry: Entry, to: Path) -> str:
    """Write *entry*, as it was listed, to the file *to* and return its SHA-256 in hexadecimal.

    Raises :class:`Conflict` when it has become another since, and :class:`FetchFailed` when what arrived is not what S3 has.
    """
    body = door.call("s3", "get_object", Bucket=bucket, Key=entry.key, IfMatch=entry.tag)["Body"]
    try:
        with to.open("wb") as file:
            while chunk := body.read(CHUNK):
                file.write(chunk)
    except (FlexibleChecksumError, IncompleteReadError, ResponseStreamingError, ReadTimeoutError) as error:
        raise FetchFailed(f"s3://{bucket}/{entry.key} did not arrive whole: {type(error).__name__}", "repeat the command") from None
    return digest_of(to)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A bucket of files that nobody writes over: each key is written once."""

    door: Door
    bucket: str

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}"

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under *prefix* that are there now, sorted."""
        return sorted(entry["Key"] for entry in self.door.pages("s3", "list_objects_v2", "Contents", Bucket=self.bucket, Prefix=prefix))

    def put(self, key: str, file: Path, tags: Mapping[str, str]) -> Written:
        """Write *file* where nothing is; raise :class:`Conflict` when something else is there. S3 refuses what arrives altered."""
        size, digest = file.stat().st_size, digest_of(file)
        if size > LARGEST:
            raise Refused(f"{key} has {size:,} bytes, and S3 takes {LARGEST:,} at once", "divide the repository, or keep it elsewhere")
        try:
            with file.open("rb") as body:
                answer = self.door.call(
                    "s3",
                    "put_object",
                    Bucket=self.bucket,
                    Key=key,
                    Body=body,
                    IfNoneMatch="*",
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=b64encode(bytes.fromhex(digest)).decode(),
                    Metadata={"sha256": digest},
                    Tagging=urlencode(tags),
                )
        except Conflict:
            # A repeated request may collide with its own first attempt, whose answer was lost.
            answer = self.door.call("s3", "head_object", Bucket=self.bucket, Key=key)
            if answer["Metadata"].get("sha256") != digest:
                raise
        return Written(key, answer["VersionId"], size, digest)

    def read(self, key: str) -> bytes | None:
        """Return the newest version of a small object, or None."""
        try:
            body: bytes = self.door.call("s3", "get_object", Bucket=self.bucket, Key=key)["Body"].read()
        except FlexibleChecksumError:
            raise BackupBroken(f"{self.where}/{key} is not what was written: its checksum does not fit", UNSOUND) from None
        except NotFound as error:
            if error.code == "NoSuchBucket":
                raise
            return None
        return body

    def fetch(self, key: str, version: str, to: Path) -> str:
        """Write one version to the file *to* and return its SHA-256 in hexadecimal; raise :class:`NotFound` when it is gone."""
        body = self.door.call("s3", "get_object", Bucket=self.bucket, Key=key, VersionId=version)["Body"]
        # S3's own checksum is judged after the last piece; whether the bytes are those that were written, the digest says.
        with to.open("wb") as file, suppress(FlexibleChecksumError):
            while chunk := body.read(CHUNK):
                file.write(chunk)
        return digest_of(to)


def digest_of(file: Path) -> str:
    with file.open("rb") as body:
        return file_digest(body, "sha256").hexdigest()
