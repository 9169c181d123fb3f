"""Rows of any number, in any order, put where those with the same key of both regions meet: on disk, so that memory stays flat.

S3 promises no order between the files of a list. Each row goes to the shelf that its key's checksum names; then a shelf of one region is
compared with the same shelf of the other, a few thousand rows at a time.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from runbooks.files.rows import Reader

ON_A_SHELF = 500_000
"""Bytes of gzipped lists for a shelf, about ten thousand rows."""

MOST = 4096
IN_HAND = 20_000
"""Rows that are held before they are written."""


def shelves_for(size: int) -> int:
    """Return how many shelves *size* bytes of gzipped lists take: beyond a hundred million rows they grow longer, not more."""
    return min(MOST, size // ON_A_SHELF + 1)


def put_away(file: Path, read: Reader, folder: Path, shelves: int) -> None:
    """Read a gzipped CSV file and append its records to the shelves in *folder*."""
    waiting: list[list[bytes]] = [[] for _ in range(shelves)]
    held = 0
    with gzip.open(file, "rb") as lines:
        for line in lines:
            found = read(line)
            if found is None:
                continue
            waiting[crc32(found[0]) % shelves].append(b"\t".join(found))
            held += 1
            if held >= IN_HAND:
                _write(waiting, folder)
                held = 0
    _write(waiting, folder)


def of(folder: Path, number: int) -> list[bytes]:
    """Return the records of one shelf, key first."""
    shelf = folder / f"{number}"
    return shelf.read_bytes().splitlines() if shelf.exists() else []


def differing(left: list[bytes], right: list[bytes]) -> Iterator[tuple[bytes, bytes | None, bytes | None]]:
    """Yield each key whose record is not the same in both: the key, and what either side has of it."""
    lefts, rights = set(left), set(right)
    here = dict(_cut(record) for record in lefts - rights)
    there = dict(_cut(record) for record in rights - lefts)
    for key in sorted(here.keys() | there.keys()):
        yield key, here.get(key), there.get(key)


def _cut(record: bytes) -> tuple[bytes, bytes]:
    key, _, rest = record.partition(b"\t")
    return key, rest


def _write(waiting: list[list[bytes]], folder: Path) -> None:
    for number, records in enumerate(waiting):
        if records:
            with (folder / f"{number}").open("ab") as shelf:
                shelf.write(b"\n".join(records) + b"\n")
            records.clear()
