"""Which versions are to come back, and what of them is there already: streams over S3's own lists, and decisions on single versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from runbooks.aws import versions
from runbooks.aws.session import Door
from runbooks.aws.versions import Version
from runbooks.files.bucket import latest_at
from runbooks.files.pairs import key_of, side_by_side

ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
"""Classes that must be thawed before a version can be read; GLACIER_IR is read at once."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What of a bucket is wanted: one *key*, all that begins with *prefix*, or all; as it was at *moment*."""

    moment: datetime
    prefix: str = ""
    key: str = ""

    @property
    def listed(self) -> str:
        return self.key or self.prefix

    def holds(self, key: str) -> bool:
        return key == self.key if self.key else key.startswith(self.prefix)

    def spoken(self) -> str:
        what = self.key or (f"what begins with {self.prefix}" if self.prefix else "everything")
        return f"{what} as of {self.moment:%FT%TZ}"


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, and what comes before each key in it."""

    bucket: str
    before: str = ""

    def key(self, key: str) -> str:
        return f"{self.before}{key}"

    def spoken(self) -> str:
        return f"s3://{self.bucket}/{self.before}"


@dataclass(slots=True)
class Survey:
    """What one look counted: what is wanted, what of it is there already, what is archived by class, and what came after the moment."""

    objects: int = 0
    bytes: int = 0
    there: int = 0
    later: int = 0
    archived: dict[str, int] = field(default_factory=dict)


def wanted(door: Door, bucket: str, scope: Scope) -> Iterator[Version]:
    """Yield, in the order of keys, the versions that were the latest at the moment; a key that was deleted then has none."""
    found = (each for each in versions.versions(door, bucket, scope.listed) if scope.holds(each.key))
    return latest_at(found, scope.moment)


def present(door: Door, place: Place, scope: Scope) -> Iterator[Version]:
    """Yield, in the order of keys, what is in *place* now under the keys of *scope*."""
    found = versions.versions(door, place.bucket, place.key(scope.listed))
    return (each for each in found if each.latest and not each.marker and scope.holds(each.key.removeprefix(place.before)))


def pairs(sought: Iterable[Version], there: Iterable[Version], place: Place) -> Iterator[tuple[Version | None, Version | None]]:
    """Yield each wanted version beside what is in its place; both are ordered by key, and so is what comes after one common beginning."""

    def order(each: tuple[bool, Version]) -> bytes:
        is_there, version = each
        return key_of(version)[len(place.before.encode()) :] if is_there else key_of(version)

    for left, right in side_by_side(((False, each) for each in sought), ((True, each) for each in there), order):
        yield left[1] if left else None, right[1] if right else None


def is_there(version: Version, found: Version | None, since: datetime, *, in_place: bool) -> bool:
    """Tell whether *found* is what would be copied: the wanted version itself, or a copy of its size made since the run began.

    That it has the same bytes is found out afterwards, of all at once.
    """
    if found is None:
        return False
    if in_place and found.id == version.id:
        return True
    return found.size == version.size and found.modified >= since.replace(microsecond=0)


def survey(source: Iterable[Version], there: Iterable[Version], place: Place, *, in_place: bool) -> Survey:
    """Count what a restore would meet; nothing is kept of single objects."""
    counted = Survey()
    for version, found in pairs(source, there, place):
        if version is None:
            counted.later += 1
            continue
        counted.objects += 1
        counted.bytes += version.size
        if in_place and found is not None and found.id == version.id:
            counted.there += 1
        elif version.storage in ARCHIVED:
            counted.archived[version.storage] = counted.archived.get(version.storage, 0) + 1
    return counted
