"""What one backup says of each object, in files of one line an object sorted by key, and how such files are compared.

Everything here is a stream: of a million objects one or two are in memory at a time.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Literal

from runbooks.errors import BackupBroken

State = Literal["kept", "deleted", "left"]
"""Copied; no longer there; or there and not copied, since S3 copies no such object."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as a backup saw it: ``version``, ``size`` in bytes and ``etag`` are the source's.

    ``copy`` is the version of its copy, empty until that is there and for what has none.
    """

    key: str
    version: str
    size: int
    etag: str
    state: State = "kept"
    copy: str = ""


def write(to: Path, entries: Iterable[Entry]) -> Path:
    """Write *entries* to the gzip file *to*, one JSON array a line."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=0) as file:
        for each in entries:
            line = json.dumps((each.key, each.version, each.size, each.etag, each.state, each.copy), separators=(",", ":"))
            file.write(line.encode() + b"\n")
    return to


def read(file: Path) -> Iterator[Entry]:
    """Yield the entries of *file*; raise :class:`BackupBroken` where it is not sorted by key."""
    with gzip.open(file, "rt", encoding="ascii") as lines:
        yield from in_order(Entry(*json.loads(line)) for line in lines)


def in_order(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield *entries* as they come; raise :class:`BackupBroken` at the first that does not follow the one before it.

    Code points of Python and UTF-8 bytes of S3 sort alike.
    """
    before: str | None = None
    for each in entries:
        if before is not None and each.key <= before:
            raise BackupBroken(f"the list of objects is not sorted: {each.key!r} comes after {before!r}", "nothing was written; try again")
        before = each.key
        yield each


def changes(now: Iterable[Entry], basis: Iterable[Entry]) -> Iterator[Entry]:
    """Yield what *now* has and *basis* has not, or in another version; and what is gone, as deleted. Both are sorted by key."""
    both = merge(((each.key, 0, each) for each in basis), ((each.key, 1, each) for each in now), key=itemgetter(0, 1))
    for _, group in groupby(both, key=itemgetter(0)):
        found = {side: each for _, side, each in group}
        before, after = found.get(0), found.get(1)
        if after is None and before is not None:
            yield Entry(before.key, "", 0, "", "deleted")
        elif after is not None and (before is None or before.version != after.version):
            yield after


def resolved(layers: Sequence[Iterable[Entry]]) -> Iterator[tuple[int, Entry]]:
    """Yield each object that is kept after the last of *layers*, with the number of the layer that holds its copy.

    Of several layers that know a key the last one decides.
    """
    sources = [_numbered(number, layer) for number, layer in enumerate(layers)]
    for _, group in groupby(merge(*sources, key=itemgetter(0, 1)), key=itemgetter(0)):
        *_, (_, number, last) = group
        if last.state == "kept":
            yield number, last


def _numbered(number: int, layer: Iterable[Entry]) -> Iterator[tuple[str, int, Entry]]:
    return ((each.key, number, each) for each in layer)


def copied(entries: Iterable[Entry], copies: Iterable[Entry], missing: list[str]) -> Iterator[Entry]:
    """Yield *entries* with the versions of their *copies*. The keys of those that have none, or one of another size, go to *missing*."""
    both = merge(((each.key, 0, each) for each in entries), ((each.key, 1, each) for each in copies), key=itemgetter(0, 1))
    for key, group in groupby(both, key=itemgetter(0)):
        found = {side: each for _, side, each in group}
        wanted, copy = found.get(0), found.get(1)
        if wanted is None:
            continue
        if wanted.state != "kept":
            yield wanted
        elif copy is None or copy.size != wanted.size:
            missing.append(key)
        else:
            yield replace(wanted, copy=copy.version)
