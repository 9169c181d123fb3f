"""What a restore of files was decided to be, how it is told, and the streams that follow from it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal, TypeVar

from names import Names
from runbooks.aws.versions import Version
from runbooks.files.bucket import difference
from runbooks.files.points import FromPoint
from runbooks.files.wanted import Place, Scope, Sought, Survey, is_there, of_backup, of_landing, of_versions, pairs, present
from runbooks.reach import Reach
from runbooks.watch import patiently
from sections import FileKind

T = TypeVar("T")
R = TypeVar("R")
SourceWord = Literal["versions", "region", "kept", "backup"]
SOURCES: tuple[SourceWord, ...] = ("versions", "region", "kept", "backup")

AT_ONCE = 16
BATCH = 500
PATIENCE = timedelta(minutes=2)
"""With one object, while S3 is busy."""

THAWED_FOR = 7
"""Days that a thawed version stays readable: for longer than any restore takes, and no more is paid for."""

TIERS = {"standard": "Standard", "bulk": "Bulk", "expedited": "Expedited"}
TIMES = {
    ("GLACIER", "expedited"): "1 to 5 minutes, the dearest way",
    ("GLACIER", "standard"): "3 to 5 hours, paid by the GB",
    ("GLACIER", "bulk"): "5 to 12 hours, at no charge for the retrieval",
    ("DEEP_ARCHIVE", "standard"): "within 12 hours, paid by the GB",
    ("DEEP_ARCHIVE", "bulk"): "within 48 hours, the cheapest way",
}
"""How long S3 takes, and what it costs. Source: the S3 API reference, "RestoreObject"; the S3 user guide, "Understanding archive retrieval
options".
"""

MANY = 1_000_000
"""Objects from which on S3 Batch Operations does it sooner: a request for each is sent from here."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes back from which bucket of which region into which place of *region*; ``tier`` is how archived versions are thawed.

    ``source``: the versions of the bucket itself or of the other region's, backups on demand, or AWS Backup's recovery ``point``, which
    is restored into ``source_bucket`` first. ``exact`` hides what came after the moment. ``since`` is S3's time when the run was decided,
    and ``note`` why the source is not the one that is usual.
    """

    kind: FileKind
    scope: Scope
    source: SourceWord
    source_region: str
    source_bucket: str
    region: str
    place: Place
    in_place: bool
    exact: bool
    tier: str
    since: datetime
    loss: timedelta = timedelta(0)
    point: FromPoint | None = None
    note: str = ""

    def spoken(self) -> str:
        where = "where it was, as new versions" if self.in_place else f"into {self.place.spoken()}"
        return f"{self.scope.spoken()}, from {self._origin()}, {where}"

    def _origin(self) -> str:
        if self.point:
            return f"{self.point.spoken()}, by way of {self.source_bucket}"
        what = "backups on demand" if self.source == "kept" else "versions"
        return f"the {what} in {self.source_bucket} ({self.source_region})"


def told(decision: Decision, seen: Survey, names: Names) -> str:
    """Return in a sentence what would be done, and what it takes."""
    parts = [f"{decision.note}: {decision.spoken()}" if decision.note else decision.spoken()]
    parts[0] += (
        f"; the whole backup has {decision.point.size:,} bytes" if decision.point else f": {seen.objects:,} objects, {seen.bytes:,} bytes"
    )
    if seen.there:
        parts.append(f"{seen.there:,} of them unchanged since and left alone")
    if seen.later and decision.in_place and not decision.point:
        parts.append(f"{seen.later:,} that came after the moment {'get a delete marker' if decision.exact else 'stay'}")
    for kind, count in sorted(seen.archived.items()):
        parts.append(f"{count:,} must be thawed from {kind} first, {TIMES[kind, decision.tier]} ({decision.tier})")
    if seen.archived:
        parts.append(f"{seen.archived_bytes:,} thawed bytes are stored twice for {THAWED_FOR} days")
    if seen.objects > MANY:
        parts.append("so many go sooner as an S3 Batch Operations job (Copy, with these keys and versions as its manifest)")
    if why := incomplete(decision, names):
        parts.append(why)
    return "; ".join(parts)


def incomplete(decision: Decision, names: Names) -> str:
    """Return why something of the moment may be missing among the versions, or nothing."""
    kept = names.settings.files.retention
    if decision.source not in ("versions", "region") or decision.scope.moment >= decision.since - kept:
        return ""
    return f"versions that were replaced more than {kept.days} days ago are gone, so some of that moment may be missing"


def sought(reach: Reach, decision: Decision, *, thawing: bool = False) -> Iterator[Sought]:
    """Yield what is to come back, by key."""
    door = reach.door(decision.source_region)
    match decision.source:
        case "kept":
            return of_backup(reach, decision.kind, decision.source_region, decision.scope)
        case "backup":
            return of_landing(door, decision.source_bucket, decision.scope)
        case _:
            return of_versions(door, decision.source_bucket, decision.scope, thawing=thawing)


def beside(reach: Reach, decision: Decision, *, thawing: bool = False) -> Iterator[tuple[Sought | None, Version | None]]:
    """Yield what is to come back beside what is in its place."""
    there = present(reach.door(decision.region), decision.place, decision.scope)
    return pairs(sought(reach, decision, thawing=thawing), there, decision.place)


def needed(reach: Reach, decision: Decision, *, thawing: bool = False) -> Iterator[Sought]:
    """Yield what is not in its place yet. What the lists alone do not tell is looked at, many at a time."""
    source = (reach.door(decision.source_region), decision.source_bucket)
    there = (reach.door(decision.region), decision.place.bucket)

    def settled(pair: tuple[Sought, Version | None]) -> bool:
        each, found = pair
        known = is_there(each, found, decision.since, in_place=decision.in_place)
        if known is not None or found is None:
            return bool(known)
        return not patiently(lambda: difference(there, found, source, each.kept), reach.clock, PATIENCE)

    wanted = ((each, found) for each, found in beside(reach, decision, thawing=thawing) if each is not None)
    for some in batches(wanted):
        yield from (each for (each, _), done in zip(some, many(settled, some), strict=True) if not done)


def batches(entries: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    rest = iter(entries)
    while some := list(islice(rest, size)):
        yield some


def many(act: Callable[[T], R], entries: list[T]) -> Iterator[R]:
    """Do *act* with all *entries*, some at a time, and yield what each returned; raise what the first of them raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(act, entries)
