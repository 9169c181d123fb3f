"""One kind of files, compared as they are now: both regions' versions listed side by side, a thousand to a call."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from runbooks.aws import versions
from runbooks.aws.session import Door
from runbooks.aws.versions import Version
from runbooks.errors import BackupBroken, NotFound
from runbooks.files.bucket import told_apart
from runbooks.files.differences import Differences
from runbooks.files.pairs import key_of, side_by_side

SLACK = timedelta(minutes=15)
"""What replication may take."""

DOUBTS = 1000
"""Objects of unequal ETags whose stored checksums are asked for, two calls each; the others are counted."""


@dataclass(frozen=True, slots=True)
class Here:
    region: str
    bucket: str
    door: Door


@dataclass(slots=True)
class Seen:
    """What was compared: ``read`` by its bytes, ``doubtful`` by its size alone, ``young`` not at all."""

    objects: int = 0
    size: int = 0
    read: int = 0
    asked: int = 0
    doubtful: int = 0
    young: int = 0


def compare(left: Here, right: Here, now: datetime, differences: Differences, *, content: bool) -> Seen:
    """Compare the latest versions of two buckets; with *content* every object is read on both sides."""
    seen = Seen()
    for mine, theirs in side_by_side(_latest(left), _latest(right), key_of):
        one = mine or theirs
        if one is None or (mine and mine.marker and theirs and theirs.marker):
            continue
        if any(each and each.modified > now - SLACK for each in (mine, theirs)) and not _same(mine, theirs):
            seen.young += 1
        elif mine is None or theirs is None or mine.marker or theirs.marker:
            _alone(mine, theirs, left, right, differences)
        else:
            seen.objects += 1
            seen.size += mine.size
            for what in _between(mine, theirs, left, right, seen, content=content):
                differences.add(mine.key, mine.id, what)
    return seen


def _latest(here: Here) -> Iterator[Version]:
    return (each for each in versions.versions(here.door, here.bucket) if each.latest)


def _same(mine: Version | None, theirs: Version | None) -> bool:
    return bool(mine and theirs and mine.id == theirs.id)


def _alone(mine: Version | None, theirs: Version | None, left: Here, right: Here, differences: Differences) -> None:
    """Tell of an object that is on one side only; a delete marker alone hides nothing."""
    for one, where in ((mine, right), (theirs, left)):
        if one and not one.marker:
            differences.add(one.key, one.id, f"missing in {where.region}")


def _between(mine: Version, theirs: Version, left: Here, right: Here, seen: Seen, *, content: bool) -> Iterator[str]:
    if mine.id != theirs.id:
        yield "another version"
    if mine.size != theirs.size:
        yield "another size"
        return
    try:
        if content:
            seen.read += 1
            yield from _bytes(mine, theirs, left, right)
        elif mine.etag != theirs.etag:
            yield from _stored(mine, theirs, left, right, seen)
    except NotFound:
        seen.young += 1  # it was deleted while it was looked at


def _stored(mine: Version, theirs: Version, left: Here, right: Here, seen: Seen) -> Iterator[str]:
    told = None
    if seen.asked < DOUBTS:
        seen.asked += 1
        told = told_apart(
            versions.stored(left.door, left.bucket, mine.key, mine.id), versions.stored(right.door, right.bucket, theirs.key, theirs.id)
        )
    if told is None:
        seen.doubtful += 1
    elif told:
        yield told.removeprefix("with ")


def _bytes(mine: Version, theirs: Version, left: Here, right: Here) -> Iterator[str]:
    """Read both sides: against each other, and each against the checksum that S3 has stored of it, where it has one."""
    digests = set()
    for one, here in ((mine, left), (theirs, right)):
        try:
            digests.add(versions.digest(here.door, here.bucket, one.key, one.id))
        except BackupBroken:
            yield f"not the bytes of its checksum in {here.region}"
    if len(digests) == 2:
        yield "other bytes"
