"""What backups on demand hold of files at a moment, and where each copy is; and which backups there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from runbooks.errors import BackupBroken, Refused
from runbooks.files.archive import Archive
from runbooks.files.manifest import Manifest
from runbooks.reach import Reach
from sections import FileKind


@dataclass(frozen=True, slots=True)
class Kept:
    """An object as it was: ``bucket``, ``copy`` (a key) and ``version`` are where its copy is; ``size`` and ``etag`` the original's."""

    key: str
    bucket: str
    copy: str
    version: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One backup in a list. ``state`` is finished, under way, or why it is none."""

    name: str
    files: FileKind
    region: str
    kind: str
    basis: str
    objects: int
    size: int
    state: str

    def spoken(self) -> str:
        on = f" on {self.basis}" if self.basis else ""
        return f"{self.name}  {self.files}  {self.region}  {self.kind}{on}  {self.objects:,} objects  {self.size:,} bytes  {self.state}"


def kept_at(reach: Reach, kind: FileKind, moment: datetime | None, region: str = "") -> Iterator[Kept]:
    """Return every object of *kind* as the newest backup at or before *moment* holds it, by key, from *region*'s bucket.

    Without a region it is the recovery region's. Signatures, chain and lists are checked before the first object: raises
    :class:`BackupBroken` naming what is missing or altered, and :class:`Refused` when there is no backup.
    """
    archive = Archive(reach.names, chosen(reach, region), kind)
    stream = _kept(archive, archive.chain(archive.at(moment)))
    first = next(stream, None)
    return iter(()) if first is None else _after(first, stream)


def chosen(reach: Reach, region: str) -> str:
    settings = reach.names.settings
    if region and region not in settings.regions:
        raise Refused(f"{region} is no region of this stack", f"choose {' or '.join(settings.regions)}")
    return region or settings.recovery_region


def _kept(archive: Archive, chain: tuple[Manifest, ...]) -> Iterator[Kept]:
    with archive.state(chain) as state:
        for holder, each in state:
            yield Kept(each.key, archive.shelf.bucket, f"{holder.copies}{each.key}", each.copy, each.size, each.etag)


def _after(first: Kept, rest: Iterator[Kept]) -> Iterator[Kept]:
    yield first
    yield from rest


def backups(archive: Archive) -> Iterator[Listed]:
    """Yield the backups of the archive, newest first, and what was begun and is none."""
    listing = archive.listing()
    for name in sorted({*listing.backups, *listing.begun, *listing.given_up}, reverse=True):
        yield _listed(archive, name, "under way" if name in listing.begun else "no backup: interrupted, or a copy failed")


def _listed(archive: Archive, name: str, otherwise: str) -> Listed:
    try:
        made, state = archive.manifest(name), "finished"
    except BackupBroken as error:
        try:
            made, state = archive.draft(name), otherwise if "has no manifest" in error.message else f"broken: {error.message}"
        except BackupBroken:
            return Listed(name, archive.files, archive.region, "not known", "", 0, 0, otherwise)
    basis = made.chain[-1].name if made.chain else ""
    return Listed(name, archive.files, archive.region, made.kind, basis, made.copied, made.size, state)
