"""The archive of backups in one region's bucket: what is there, and what of it can be believed."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from runbooks.application.manifest import MANIFEST, OLDER, PREFIX, PUBLIC_KEY, SIGNATURE, Manifest, Part, key_of, parsed
from runbooks.application.place import Place
from runbooks.aws import signing
from runbooks.errors import BackupBroken, NotFound, Refused, Unreachable
from runbooks.signed import Link, named, pem, signed


@dataclass(frozen=True, slots=True)
class Listing:
    """The names of the backups, oldest first; and under ``unlisted`` the parts of those that have no manifest."""

    backups: tuple[str, ...]
    unlisted: dict[str, int]


@dataclass(slots=True)
class Archive:
    """Reads manifests and parts, and believes neither before its signature or checksum fits.

    The signature is checked here, with the public key that KMS gives. Where KMS of the signing region does not answer, the key that
    was saved beside the manifest has to do, and ``offline`` holds the backups for which it had to: it proves only that nothing was
    altered by whoever could not replace both. A lock keeps both from being replaced.
    """

    place: Place
    offline: set[str] = field(default_factory=set)
    _keys: dict[str, bytes | None] = field(default_factory=dict)

    def listing(self) -> Listing:
        keys = [key.removeprefix(PREFIX).split("/", 1) for key in self.place.shelf.keys(PREFIX)]
        whole = sorted(name for name, part in keys if part == MANIFEST)
        rest = [name for name, _ in keys if name not in whole]
        return Listing(tuple(whole), {name: rest.count(name) for name in sorted(set(rest))})

    def at(self, moment: datetime | None) -> Manifest:
        """Return the newest backup that was made at or before *moment*; raise :class:`Refused` when there is none."""
        names = self.listing().backups
        found = [name for name in names if moment is None or name <= named(moment)]
        if not found:
            oldest = f"the oldest is {names[0]}" if names else "make one: invoke backup --target application"
            raise Refused(f"{self.place.shelf.where} has no backup of the application" + (f" at {moment:%FT%TZ}" if moment else ""), oldest)
        return self.manifest(found[-1])

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of *name*; raise :class:`BackupBroken` when it is missing, or its signature does not fit."""
        body, signature, saved = (self.place.shelf.read(key_of(name, part)) for part in (MANIFEST, SIGNATURE, PUBLIC_KEY))
        if body is None or signature is None or saved is None:
            missing = MANIFEST if body is None else SIGNATURE if signature is None else PUBLIC_KEY
            raise BackupBroken(f"the backup {name} has no {missing}", OLDER)
        made = parsed(body, name)
        if not signed(body, signature, self._trusted(made, saved)):
            raise BackupBroken(f"the signature of {name} does not fit its manifest", OLDER)
        return made

    def _trusted(self, made: Manifest, saved: bytes) -> bytes:
        """Return the public key to believe: the key is one of ours by its ARN, and what is saved must be it."""
        ours = self._key(made)
        if ours is None:
            self.offline.add(made.name)
        elif ours != saved:
            raise BackupBroken(f"the public key beside {made.name} is not that of {made.key}", OLDER)
        return saved

    def _key(self, made: Manifest) -> bytes | None:
        """Return the key as KMS has it, asked once, by the alias of the region that made the backup: a manifest chooses no key."""
        if made.region not in self._keys:
            if made.region not in self.place.names.settings.regions:
                raise BackupBroken(f"{made.name} says it was made in {made.region}, which is no region of this stack", OLDER)
            alias = self.place.names.key_alias("signing")
            try:
                self._keys[made.region] = pem(signing.signing_key(self.place.door_to(made.region), alias).public)
            except Unreachable:
                self._keys[made.region] = None
        return self._keys[made.region]

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
            found = self.place.shelf.fetch(part.key, part.version, to)
        except NotFound:
            raise BackupBroken(f"the part {part.name} of {backup} is missing", OLDER) from None
        if found != part.sha256:
            raise BackupBroken(f"the part {part.name} of {backup} was altered", OLDER)
        return to
