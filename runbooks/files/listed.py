"""One kind of files, compared by the lists that S3 delivered of it in each region: no object is read, and none is asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from names import Names
from runbooks.aws import inventories
from runbooks.aws.inventories import Inventory
from runbooks.aws.session import Door
from runbooks.errors import BackupBroken, Refused
from runbooks.files import shelves
from runbooks.files.differences import Differences
from runbooks.files.rows import YOUNG, Counted, as_written, reader, told_apart
from sections import FileKind

STALE = timedelta(hours=48)
"""Lists are daily, and S3 delivers one within a day of its beginning."""

SLACK = timedelta(minutes=15)
"""What replication may take, and S3 to list what was just written."""


@dataclass(frozen=True, slots=True)
class Source:
    """One region's bucket of files, its list, and the door it is read through."""

    region: str
    bucket: str
    door: Door
    lists: str
    inventory: Inventory

    @property
    def size(self) -> int:
        return sum(file.size for file in self.inventory.files)


def source(door: Door, names: Names, kind: FileKind, region: str, now: datetime) -> Source:
    """Return what to compare in *region*; raise :class:`Refused` when its newest list is missing or stale."""
    bucket, lists = names.file_bucket(kind, region), names.inventory_bucket(region)
    found = inventories.newest(door, lists, f"{bucket}/{names.inventory}/")
    if found is None:
        raise Refused(f"{lists} has no complete list of {bucket}", inventories.WAY_OUT)
    if now - found.created > STALE:
        raise Refused(f"the newest list of {bucket} is of {found.created:%Y-%m-%dT%H:%MZ}, older than 48 hours", inventories.WAY_OUT)
    return Source(region, bucket, door, lists, found)


def compare(sources: tuple[Source, Source], folder: Path, differences: Differences) -> Mapping[str, Counted]:
    """Compare two lists and return what each holds, by region; *folder* is for the meantime."""
    horizon = min(each.inventory.created for each in sources) - SLACK
    count = shelves.shelves_for(max(each.size for each in sources))
    counted = {each.region: _put_away(each, horizon, folder, count, differences) for each in sources}
    left, right = sources
    for number in range(count):
        here, there = (shelves.of(folder / each.region, number) for each in sources)
        for key, mine, theirs in shelves.differing(here, there):
            for version, what in _what(mine, theirs, left.region, right.region):
                differences.add(as_written(key), version, what)
    return counted


def _put_away(each: Source, horizon: datetime, folder: Path, count: int, differences: Differences) -> Counted:
    counted, shelf = Counted(), folder / each.region
    shelf.mkdir()
    read = reader(
        each.inventory.fields,
        horizon,
        counted,
        lambda key, version, what: differences.add(as_written(key), version.decode(), f"{what} in {each.region}"),
    )
    for file in each.inventory.files:
        fetched = folder / "fetched.csv.gz"
        inventories.fetch(each.door, each.lists, file, fetched)
        try:
            shelves.put_away(fetched, read, shelf, count)
        except (OSError, EOFError) as error:
            raise BackupBroken(f"s3://{each.lists}/{file.key} cannot be unpacked: {error}", inventories.WAY_OUT) from error
        fetched.unlink()
    return counted


def _what(mine: bytes | None, theirs: bytes | None, left: str, right: str) -> Iterator[tuple[str, str]]:
    """Yield (version, what differs) of one key whose records are not the same."""
    if YOUNG in (mine, theirs):
        return
    if mine is None or theirs is None:
        record, where = (mine, right) if theirs is None else (theirs, left)
        yield (record or b"").partition(b"\t")[0].decode(), f"missing in {where}"
        return
    version = mine.partition(b"\t")[0].decode()
    for name in told_apart(mine, theirs):
        yield version, f"another {name}"
