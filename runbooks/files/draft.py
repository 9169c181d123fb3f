"""What a backup of files would be: its kind and basis decided, the bucket compared with it, and the list that S3 copies by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from runbooks.aws.current import Current, current
from runbooks.aws.objects import LARGEST, Shelf
from runbooks.errors import BackupBroken
from runbooks.files import entries
from runbooks.files.archive import Archive
from runbooks.files.entries import Entry, changes, in_order
from runbooks.files.manifest import CHANGES, DRAFT, Manifest, Part, copies_of, key_of
from runbooks.signed import Kind, named

REPEATED = timedelta(hours=1)
LONGEST_KEY = 1024
"""Bytes of a key in S3, which a copy shares with the prefix of its backup."""

COLD = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes that nothing is copied from before it is restored. Source: the S3 user guide, "Copy objects"."""

NAMED = 20
"""How many of the objects that are not copied a manifest names; the list of objects has them all."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a backup builds on: its ``kind``, why that is not the kind that was asked for, and the chain, empty for a full one."""

    kind: Kind
    why: str
    chain: tuple[Manifest, ...] = ()


def decided(archive: Archive, names: Sequence[str], kind: Kind, now: datetime, retention: timedelta) -> Basis:
    """Return what to build on. Whatever speaks against a basis makes the backup a full one, which says why.

    A full backup past half its retention is no basis any more: what builds on it can be restored only as long as it is there.
    """
    if kind == "full":
        return Basis("full", "")
    if not names:
        return Basis("full", "there is no backup yet")
    try:
        chain = archive.chain(archive.manifest(names[-1]))
    except BackupBroken as error:
        return Basis("full", error.message)
    if now - chain[0].at > retention / 2:
        return Basis("full", f"{chain[0].name} has passed half of its retention")
    return Basis(kind, "", chain if kind == "incremental" else chain[:1])


@dataclass(slots=True)
class Tally:
    """What was counted while a list went by; of keys it remembers a few."""

    copied: int = 0
    size: int = 0
    deleted: int = 0
    left: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, each: Entry) -> None:
        match each.state:
            case "kept":
                self.copied, self.size = self.copied + 1, self.size + each.size
            case "deleted":
                self.deleted += 1
            case "left":
                self.left += 1
                if len(self.examples) < NAMED:
                    self.examples.append(each.key)


def seen(archive: Archive, source: str, region: str, copies: str) -> Iterator[Entry]:
    """Yield every object of *source* as it is now; what S3 would not copy to *copies* is left."""
    for each in current(archive.door_to(region), source):
        yield Entry(each.key, each.version, each.size, each.etag, "kept" if may_be_copied(each, copies) else "left")


def may_be_copied(each: Current, copies: str) -> bool:
    return each.size <= LARGEST and each.storage_class not in COLD and len(f"{copies}{each.key}".encode()) <= LONGEST_KEY


def repeated(archive: Archive, names: Sequence[str], kind: Kind, now: datetime, source: str) -> Manifest | None:
    """Return the newest backup if it is of this hour and *kind*, and nothing has changed since."""
    if not names or names[-1] < named(now - REPEATED):
        return None
    try:
        newest = archive.manifest(names[-1])
        chain = archive.chain(newest)
    except BackupBroken:
        return None
    if newest.asked != kind or newest.source != source or newest.left:
        return None
    with archive.state(chain) as kept:
        now_there = seen(archive, source, newest.region, newest.copies)
        return newest if next(changes(now_there, (entry for _, entry in kept)), None) is None else None


def write(archive: Archive, asked: Kind, basis: Basis, now: datetime, scratch: Path) -> Manifest:
    """Compare the active region's bucket with *basis*, write the lists, and the draft last: from then on it can be picked up."""
    settings, files = archive.names.settings, archive.files
    source, name = archive.names.file_bucket(files, settings.active_region), named(now)
    listed, tasks, tally = scratch / name / CHANGES, scratch / name / "tasks.csv", Tally()
    tasks.parent.mkdir(parents=True)
    with archive.state(basis.chain) as kept, tasks.open("w", newline="", encoding="ascii") as file:
        there = in_order(seen(archive, source, settings.active_region, copies_of(files, name)))
        found = changes(there, (entry for _, entry in kept))
        entries.write(listed, _told(found, tally, file, source))
    tags = {"type": basis.kind, "environment": settings.environment, "created": named(now)}
    made = Manifest(
        name=name,
        created=now.replace(microsecond=0).isoformat(),
        kind=basis.kind,
        asked=asked,
        why=basis.why,
        environment=settings.environment,
        files=files,
        source=source,
        region=settings.active_region,
        chain=tuple(each.link for each in basis.chain),
        objects=put(archive.shelf, key_of(files, name, CHANGES), listed, tags),
        copied=tally.copied,
        size=tally.size,
        deleted=tally.deleted,
        left=tally.left,
        examples=tuple(tally.examples),
        tasks=put(lists(archive), f"on-demand/{files}/{name}.csv", tasks, tags) if tally.copied else None,
    )
    draft = scratch / name / DRAFT
    draft.write_bytes(made.body)
    put(archive.shelf, key_of(files, name, DRAFT), draft, tags)
    return made


def lists(archive: Archive) -> Shelf:
    """The bucket of what S3 Batch Operations reads and reports: it delivers no report under a lock, so it is not the backups' own."""
    return Shelf(archive.door, archive.names.inventory_bucket(archive.region))


def put(shelf: Shelf, key: str, file: Path, tags: dict[str, str]) -> Part:
    written = shelf.put(key, file, tags)
    return Part(written.key, written.version, written.size, written.sha256)


def _told(found: Iterator[Entry], tally: Tally, tasks: TextIO, source: str) -> Iterator[Entry]:
    """Pass *found* on, count it, and write down what is to be copied, as a batch job reads it: keys are URL-encoded."""
    for each in found:
        tally.add(each)
        if each.state == "kept":
            tasks.write(f"{source},{quote(each.key)},{each.version}\n")
        yield each
