"""The backups of one kind of files in one region's bucket: what is there, and what of it can be believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from names import Names
from runbooks.aws import signing
from runbooks.aws.objects import Shelf
from runbooks.aws.session import STEADY, Door
from runbooks.errors import BackupBroken, NotFound, Refused
from runbooks.files import entries
from runbooks.files.entries import Entry
from runbooks.files.manifest import DRAFT, FAILED, LISTS, MANIFEST, OLDER, SIGNATURE, Manifest, Part, key_of, parsed
from runbooks.signed import Link, named, pem, signed
from sections import FileKind


@dataclass(frozen=True, slots=True)
class Listing:
    """The names of the backups, oldest first; of those ``begun`` that no manifest ends yet; and of those that are given up."""

    backups: tuple[str, ...]
    begun: tuple[str, ...]
    given_up: tuple[str, ...]


@dataclass
class Archive:
    """Reads lists and manifests, and believes neither before its checksum or signature fits: the key is KMS's in the bucket's region."""

    names: Names
    region: str
    files: FileKind
    doors: dict[str, Door] = field(default_factory=dict)

    @cached_property
    def door(self) -> Door:
        return self.door_to(self.region)

    def door_to(self, region: str) -> Door:
        return self.doors.setdefault(region, Door(region, pace=STEADY))

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.door, self.names.file_backups_bucket(self.region))

    @cached_property
    def signer(self) -> signing.Key:
        return signing.signing_key(self.door, self.names.key_alias("signing"))

    def listing(self) -> Listing:
        prefix = f"{LISTS}{self.files}/"
        parts: dict[str, set[str]] = {}
        for key in self.shelf.keys(prefix):
            name, _, part = key.removeprefix(prefix).partition("/")
            parts.setdefault(name, set()).add(part)
        whole = tuple(name for name, found in sorted(parts.items()) if MANIFEST in found)
        newest = whole[-1] if whole else ""  # what is older than a finished backup is not finished any more
        begun = tuple(name for name, found in sorted(parts.items()) if name > newest and DRAFT in found and FAILED not in found)
        return Listing(whole, begun, tuple(name for name in sorted(parts) if name not in whole + begun))

    def at(self, moment: datetime | None) -> Manifest:
        """Return the newest backup that was made at or before *moment*; raise :class:`Refused` when there is none."""
        names = self.listing().backups
        found = [name for name in names if moment is None or name <= named(moment)]
        if not found:
            make = f"make one: invoke backup --target files --kind {self.files}"
            when = f" at {moment:%FT%TZ}" if moment else ""
            raise Refused(f"{self.shelf.where} has no backup of {self.files}{when}", f"the oldest is {names[0]}" if names else make)
        return self.manifest(found[-1])

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of *name*; raise :class:`BackupBroken` when it is missing, or its signature does not fit."""
        body, signature = (self.shelf.read(key_of(self.files, name, part)) for part in (MANIFEST, SIGNATURE))
        if body is None or signature is None:
            raise BackupBroken(f"the backup {name} has no {MANIFEST if body is None else SIGNATURE}", OLDER)
        made = parsed(body, name)
        if made.files != self.files or not signed(body, signature, pem(self.signer.public)):
            raise BackupBroken(f"the signature of {name} does not fit its manifest", OLDER)
        return made

    def draft(self, name: str) -> Manifest:
        body = self.shelf.read(key_of(self.files, name, DRAFT))
        if body is None:
            raise BackupBroken(f"the backup {name} has no {DRAFT}", "repeat the command: it begins another")
        return parsed(body, name)

    def chain(self, newest: Manifest) -> tuple[Manifest, ...]:
        """Return all that *newest* needs, the full one first and itself last; raise :class:`BackupBroken` naming what is missing."""
        return (*(self._linked(link, newest) for link in newest.chain), newest)

    def _linked(self, link: Link, newest: Manifest) -> Manifest:
        try:
            made = self.manifest(link.name)
        except BackupBroken as error:
            raise BackupBroken(f"the chain of {newest.name} is broken: {error.message}", OLDER) from None
        if sha256(made.body).hexdigest() != link.sha256:
            raise BackupBroken(f"the chain of {newest.name} is broken: {link.name} is not the backup it was made on", OLDER)
        return made

    def fetch(self, backup: str, part: Part, to: Path) -> Path:
        """Write *part* of *backup* to the file *to*; raise :class:`BackupBroken` when it is gone or not what the manifest says."""
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            found = self.shelf.fetch(part.key, part.version, to)
        except NotFound:
            raise BackupBroken(f"the list of {backup} is missing: {part.key}", OLDER) from None
        if found != part.sha256:
            raise BackupBroken(f"the list of {backup} was altered: {part.key}", OLDER)
        return to

    @contextmanager
    def state(self, chain: tuple[Manifest, ...]) -> Iterator[Iterator[tuple[Manifest, Entry]]]:
        """Lend what is kept after the last of *chain*, object by object, with the backup that holds the copy. Lists are checked first."""
        with TemporaryDirectory(prefix="solemate-") as scratch:
            layers = [entries.read(self.fetch(each.name, each.objects, Path(scratch) / each.name)) for each in chain]
            yield ((chain[number], entry) for number, entry in entries.resolved(layers))
