"""Which versions are to come back, and what of them is there already: streams over S3's own lists, and decisions on single versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from names import DRILLED
from runbooks.aws import versions
from runbooks.aws.copies import From
from runbooks.aws.session import Door
from runbooks.aws.versions import Version
from runbooks.files.bucket import latest_at
from runbooks.files.kept import kept_at
from runbooks.files.pairs import key_of, side_by_side
from runbooks.reach import Reach
from sections import FileKind

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


@dataclass(frozen=True, slots=True)
class Sought:
    """One object that is to come back: what it was, and where S3 copies it from."""

    was: Version
    source: From

    @property
    def kept(self) -> Version:
        """What is copied, as a version of where it lies."""
        return replace(self.was, key=self.source.key, id=self.source.version)


@dataclass(slots=True)
class Survey:
    """What one look counted: what is wanted, what of it is there already, what is archived by class, what came after the moment, and
    what occupies the place in all.
    """

    objects: int = 0
    bytes: int = 0
    there: int = 0
    later: int = 0
    occupied: int = 0
    archived: dict[str, int] = field(default_factory=dict)
    archived_bytes: int = 0


def of_versions(door: Door, bucket: str, scope: Scope, *, thawing: bool = False) -> Iterator[Sought]:
    """Yield, in the order of keys, the versions that were the latest at the moment; a key that was deleted then has none."""
    found = (each for each in versions.versions(door, bucket, scope.listed, thawing=thawing) if scope.holds(each.key))
    for version in latest_at(found, scope.moment):
        yield Sought(version, From(bucket, version.key, version.id, version.size))


def of_backup(reach: Reach, kind: FileKind, region: str, scope: Scope) -> Iterator[Sought]:
    """Yield, in the order of keys, what the newest backup on demand at or before the moment holds in *region*."""
    for each in kept_at(reach, kind, scope.moment, region):
        if scope.holds(each.key):
            was = Version(each.key, each.version, latest=False, marker=False, size=each.size, etag=each.etag, modified=scope.moment)
            yield Sought(was, From(each.bucket, each.copy, each.version, each.size))


def of_landing(door: Door, bucket: str, scope: Scope) -> Iterator[Sought]:
    """Yield, in the order of keys, what AWS Backup has restored into *bucket*: all that is there now, but for a drill's."""
    there = (each for each in present(door, Place(bucket), scope) if not each.key.startswith(DRILLED))
    return (Sought(each, From(bucket, each.key, each.id, each.size)) for each in there)


def present(door: Door, place: Place, scope: Scope) -> Iterator[Version]:
    """Yield, in the order of keys, what is in *place* now under the keys of *scope*."""
    found = versions.versions(door, place.bucket, place.key(scope.listed))
    return (each for each in found if each.latest and not each.marker and scope.holds(each.key.removeprefix(place.before)))


def pairs(sought: Iterable[Sought], there: Iterable[Version], place: Place) -> Iterator[tuple[Sought | None, Version | None]]:
    """Yield each wanted object beside what is in its place; both are ordered by key, and so is what comes after one common beginning."""

    def order(each: Sought | Version) -> bytes:
        return key_of(each.was) if isinstance(each, Sought) else key_of(each)[len(place.before.encode()) :]

    lefts: Iterable[Sought | Version] = sought
    for left, right in side_by_side(lefts, there, order):
        yield (left if isinstance(left, Sought) else None), (right if isinstance(right, Version) else None)


def unchanged(sought: Sought, found: Version | None) -> bool:
    """Tell whether *found* is the wanted version itself, or another with its very ETag."""
    was = sought.was
    return found is not None and (found.id == was.id or (found.etag, found.size) == (was.etag, was.size))


def is_there(sought: Sought, found: Version | None, since: datetime, *, in_place: bool) -> bool | None:
    """Tell by the lists alone whether *found* is what would be copied; None where only a look at both can.

    That is what was written since the run began, in S3's time, and has the same size: a copy of the run, or somebody's own object.
    """
    if found is None:
        return False
    if in_place and unchanged(sought, found):
        return True
    if found.size != sought.was.size or found.modified < since:
        return False
    return True if found.etag == sought.was.etag else None


def survey(source: Iterable[Sought], there: Iterable[Version], place: Place, *, in_place: bool) -> Survey:
    """Count what a restore would meet; nothing is kept of single objects."""
    counted = Survey()
    for sought, found in pairs(source, there, place):
        counted.occupied += found is not None
        if sought is None:
            counted.later += 1
            continue
        was = sought.was
        counted.objects += 1
        counted.bytes += was.size
        if in_place and unchanged(sought, found):
            counted.there += 1
        elif was.storage in ARCHIVED:
            counted.archived[was.storage] = counted.archived.get(was.storage, 0) + 1
            counted.archived_bytes += was.size
    return counted
