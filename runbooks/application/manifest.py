"""A manifest says what one backup is: a backup without one does not exist. It is signed over its canonical bytes."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal

from runbooks.errors import BackupBroken
from runbooks.signed import Kind, Link

SCHEMA = 3
SINCE = {"images": 2, "locks": 2, "lacks": 2, "files": 3}
"""What earlier schemas did not know; what was kept under them is read as ever."""

PREFIX = "application/"
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.pem"
CONFIGURATION = "configuration.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: its place in S3, its size in bytes and its SHA-256 in hexadecimal."""

    name: str
    key: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: the refs as they were, and those of the basis. ``bundle`` names its part, and is empty when nothing was new."""

    name: str
    head: str
    refs: Mapping[str, str]
    basis: Mapping[str, str]
    bundle: str


@dataclass(frozen=True, slots=True)
class Image:
    """One image: what its tag led to (a manifest, or an index of them), and every blob that it takes, by digest, that one first."""

    name: str
    digest: str
    media_type: str
    size: int
    blobs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """One file of a package: the lock's own name for what it is of (``httpx==0.28.1``), the lock's hash of it, and its blob."""

    of: str
    file: str
    proof: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock file of a repository's default branch: git's name of it as it was, and the files that are kept of what it pins."""

    repository: str
    path: str
    kind: Literal["pip", "npm"]
    git: str
    packages: tuple[Package, ...]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One object of a bucket of the shop's, as it was: S3's tag of it, and the blob that holds its bytes."""

    kind: Literal["bundle", "config"]
    bucket: str
    key: str
    tag: str
    digest: str
    size: int

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Lack:
    """What the settings or a lock ask for and the backup has not, why, and what to do about it."""

    what: str
    why: str
    hint: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. ``chain`` is what it needs, the full one first; ``asked`` the kind that was wished for, ``why`` the reason for another.

    ``configuration`` is the state of what is in the part of that name, empty when none is kept. ``key`` is the signing key's ARN.
    """

    name: str
    created: str
    kind: Kind
    asked: Kind
    why: str
    environment: str
    region: str
    key: str
    chain: tuple[Link, ...]
    repositories: tuple[Repository, ...]
    configuration: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    locks: tuple[Lock, ...] = ()
    lacks: tuple[Lack, ...] = ()
    files: tuple[StoredFile, ...] = ()
    schema: int = field(default=SCHEMA)

    @property
    def body(self) -> bytes:
        """The canonical bytes: sorted keys, no blanks, ASCII."""
        written = {name: value for name, value in asdict(self).items() if SINCE.get(name, 1) <= self.schema}
        return json.dumps(written, sort_keys=True, separators=(",", ":")).encode()

    @property
    def link(self) -> Link:
        return Link(self.name, sha256(self.body).hexdigest())

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.created)

    @property
    def nothing_new(self) -> bool:
        """Whether it holds no object of any repository, no layer, no package and no file beyond its basis."""
        return self.kind != "full" and all(each.name == CONFIGURATION for each in self.parts)

    def part(self, name: str) -> Part:
        found = next((part for part in self.parts if part.name == name), None)
        if found is None:
            raise BackupBroken(f"the manifest of {self.name} lists no part {name}", OLDER)
        return found

    def repository(self, name: str) -> Repository | None:
        return next((each for each in self.repositories if each.name == name), None)


OLDER = "keep the bucket as it is and use an older backup: --at TIME"


def parsed(body: bytes, name: str) -> Manifest:
    """Return the manifest in *body*; raise :class:`BackupBroken` when it is not one, not the one of *name*, or of another schema."""
    try:
        content = json.loads(body)
        if content["schema"] not in range(1, SCHEMA + 1):
            raise BackupBroken(f"the manifest of {name} has schema {content['schema']}, this is {SCHEMA}", "use the program that wrote it")
        made = Manifest(
            **{
                **content,
                "chain": tuple(Link(**each) for each in content["chain"]),
                "repositories": tuple(Repository(**each) for each in content["repositories"]),
                "parts": tuple(Part(**each) for each in content["parts"]),
                "notes": tuple(content["notes"]),
                "images": tuple(Image(**{**each, "blobs": tuple(each["blobs"])}) for each in content.get("images", ())),
                "locks": tuple(_lock(each) for each in content.get("locks", ())),
                "lacks": tuple(Lack(**each) for each in content.get("lacks", ())),
                "files": tuple(StoredFile(**each) for each in content.get("files", ())),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BackupBroken(f"the manifest of {name} cannot be read: {type(error).__name__}", OLDER) from None
    if made.body != body or made.name != name:
        raise BackupBroken(f"the manifest of {name} is not in the form it was written in", OLDER)
    return made


def _lock(content: Mapping[str, Any]) -> Lock:
    return Lock(**{**content, "packages": tuple(Package(**each) for each in content["packages"])})


def key_of(name: str, part: str) -> str:
    return f"{PREFIX}{name}/{part}"
