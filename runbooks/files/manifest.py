"""The manifest of one backup of files: a backup without one does not exist. It is signed over its canonical bytes."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256

from runbooks.errors import BackupBroken
from runbooks.signed import Kind, Link
from sections import FileKind

SCHEMA = 1
MANIFEST, SIGNATURE, OBJECTS = "manifest.json", "manifest.sig", "objects.jsonl.gz"
DRAFT, CHANGES, FAILED = "draft.json", "changes.jsonl.gz", "failed.json"
LISTS = "backups/"
OLDER = "keep the bucket as it is and use an older backup: --at TIME"


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a backup: its place in S3, its size in bytes and its SHA-256 in hexadecimal."""

    key: str
    version: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup of ``files`` out of ``source``. ``chain`` is what it needs, the full one first.

    ``asked`` is the kind that was wished for and ``why`` the reason for another. ``objects`` lists each object and where its copy is;
    ``copied`` counts them, of ``size`` bytes together, ``deleted`` what is gone since the basis, and ``left`` what S3 does not copy,
    of which ``examples`` names some. ``tasks`` is the list that the job copied by; there is none where nothing was to be copied. ``key``
    is the signing key's ARN; a draft, which nobody signed, has none and lists the objects without their copies.
    """

    name: str
    created: str
    kind: Kind
    asked: Kind
    why: str
    environment: str
    files: FileKind
    source: str
    region: str
    chain: tuple[Link, ...]
    objects: Part
    copied: int
    size: int
    deleted: int
    left: int
    examples: tuple[str, ...]
    tasks: Part | None
    key: str = ""
    schema: int = field(default=SCHEMA)

    @property
    def body(self) -> bytes:
        """The canonical bytes: sorted keys, no blanks, ASCII."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @property
    def link(self) -> Link:
        return Link(self.name, sha256(self.body).hexdigest())

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.created)

    @property
    def copies(self) -> str:
        """The prefix of its copies, after which comes each object's own key."""
        return copies_of(self.files, self.name)


def parsed(body: bytes, name: str) -> Manifest:
    """Return the manifest in *body*; raise :class:`BackupBroken` when it is not one, not the one of *name*, or of another schema."""
    try:
        content = json.loads(body)
        if content["schema"] != SCHEMA:
            raise BackupBroken(f"the manifest of {name} has schema {content['schema']}, this is {SCHEMA}", "use the program that wrote it")
        made = Manifest(
            **{
                **content,
                "chain": tuple(Link(**each) for each in content["chain"]),
                "objects": Part(**content["objects"]),
                "tasks": Part(**content["tasks"]) if content["tasks"] else None,
                "examples": tuple(content["examples"]),
            }
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BackupBroken(f"the manifest of {name} cannot be read: {type(error).__name__}", OLDER) from None
    if made.body != body or made.name != name:
        raise BackupBroken(f"the manifest of {name} is not in the form it was written in", OLDER)
    return made


def key_of(files: FileKind, name: str, part: str) -> str:
    return f"{LISTS}{files}/{name}/{part}"


def copies_of(files: FileKind, name: str) -> str:
    return f"copies/{files}/{name}/"
