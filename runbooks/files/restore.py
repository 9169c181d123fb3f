"""Files brought back from S3's own versions: thawed if they must be, copied by S3, and compared with what they were."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from runbooks import traffic
from runbooks.aws import copies
from runbooks.aws.versions import Version
from runbooks.errors import StepFailed
from runbooks.files.bucket import difference
from runbooks.files.pairs import Tally
from runbooks.files.wanted import (
    ARCHIVED,
    Place,
    Scope,
    Sought,
    Survey,
    is_there,
    of_backup,
    of_versions,
    pairs,
    present,
    unchanged,
)
from runbooks.journal import Facts
from runbooks.objectives import Loss
from runbooks.plan import Plan, Step
from runbooks.reach import Reach
from runbooks.watch import patiently
from sections import FileKind

T = TypeVar("T")
R = TypeVar("R")

COMMAND = "restore-files"
AT_ONCE = 16
BATCH = 500
PATIENCE = timedelta(minutes=2)
"""With one object, while S3 is busy."""

THAWED_FOR = 7
"""Days that a thawed version stays readable: for longer than any restore takes, and no more is paid for."""

TIERS = {"standard": "Standard", "bulk": "Bulk", "expedited": "Expedited"}
TIMES = {
    ("GLACIER", "expedited"): "1 to 5 minutes",
    ("GLACIER", "standard"): "3 to 5 hours",
    ("GLACIER", "bulk"): "5 to 12 hours",
    ("DEEP_ARCHIVE", "standard"): "within 12 hours",
    ("DEEP_ARCHIVE", "bulk"): "within 48 hours",
}
"""How long S3 takes. Source: the S3 user guide, "Understanding archive retrieval options". Expedited costs most, bulk least or nothing."""

MANY = 1_000_000
"""Objects from which on S3 Batch Operations does it sooner: a request for each is sent from here."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes back from which bucket of which region into which place of *region*; ``tier`` is how archived versions are thawed.

    ``kept``: from the backups on demand in that bucket, and not from the versions of the files themselves.
    """

    kind: FileKind
    scope: Scope
    kept: bool
    source_region: str
    source_bucket: str
    region: str
    place: Place
    in_place: bool
    tier: str
    since: datetime

    def spoken(self) -> str:
        where = "where it was, as new versions" if self.in_place else f"into {self.place.spoken()}"
        what = "backups on demand" if self.kept else "versions"
        return f"{self.scope.spoken()}, from the {what} in {self.source_bucket} ({self.source_region}), {where}"


def plan(reach: Reach, decision: Decision, seen: Survey, run: str) -> Plan:
    """Return the steps; the same arguments give the same plan, so that any machine can resume it."""
    steps: list[Step] = []
    if seen.archived:
        steps.append(_thaw(reach, decision, seen))
    steps.append(_copy(reach, decision, seen, needs=("thaw",) if seen.archived else ()))
    steps.append(_compare(reach, decision))
    text = f"{seen.objects:,} files were restored: {decision.spoken()}"
    steps.append(traffic.announce(reach, decision.region, run, text, needs=("compare",)))
    return Plan(
        command=COMMAND,
        source=decision.source_region,
        target=decision.place.bucket if decision.in_place else decision.region,
        mode="restore",
        why=told(decision, seen),
        steps=tuple(steps),
        loss=Loss(0.0, None, "each as it was at the moment; what is there now stays as an older version"),
        green="compare",
        title=f"Restore {decision.kind} in {decision.region}",
        until="until they are restored and compared",
        again="invoke restore --target files",
        afterwards=_next(decision),
    )


def told(decision: Decision, seen: Survey) -> str:
    """Return in a sentence what would be done, and what it takes."""
    parts = [f"{decision.spoken()}: {seen.objects:,} objects, {seen.bytes:,} bytes"]
    if seen.there:
        parts.append(f"{seen.there:,} of them unchanged since and left alone")
    if seen.later and decision.in_place:
        parts.append(f"{seen.later:,} that came after the moment stay")
    for kind, count in sorted(seen.archived.items()):
        parts.append(f"{count:,} must be thawed from {kind} first, {TIMES[kind, decision.tier]} ({decision.tier})")
    if seen.objects > MANY:
        parts.append("so many go sooner with an S3 Batch Operations job")
    return "; ".join(parts)


def _next(decision: Decision) -> str:
    if decision.in_place:
        return "What was there before is an older version of each key, until files.retention is over."
    return f"They are under {decision.place.spoken()}. To put them where they were, repeat the command with --replace."


def sought(reach: Reach, decision: Decision) -> Iterator[Sought]:
    """Yield what is to come back, by key."""
    if decision.kept:
        return of_backup(reach, decision.kind, decision.source_region, decision.scope)
    return of_versions(reach.door(decision.source_region), decision.source_bucket, decision.scope)


def beside(reach: Reach, decision: Decision) -> Iterator[tuple[Sought | None, Version | None]]:
    """Yield what is to come back beside what is in its place."""
    there = present(reach.door(decision.region), decision.place, decision.scope)
    return pairs(sought(reach, decision), there, decision.place)


def _needed(reach: Reach, decision: Decision) -> Iterator[Sought]:
    """Yield what is not in its place yet."""
    for each, found in beside(reach, decision):
        if each is not None and not is_there(each, found, decision.since, in_place=decision.in_place):
            yield each


def _thaw(reach: Reach, decision: Decision, seen: Survey) -> Step:
    """Ask for every archived version, once each, and wait until all can be read."""
    door = reach.door(decision.source_region)

    def frozen(each: Sought) -> bool:
        state = patiently(lambda: copies.thawing(door, each.source), reach.clock, PATIENCE)
        if not state.ready and not state.under_way:
            patiently(lambda: copies.thaw(door, each.source, THAWED_FOR, TIERS[decision.tier]), reach.clock, PATIENCE)
        return not state.ready

    def left() -> int:
        archived = (each for each in _needed(reach, decision) if each.was.storage in ARCHIVED)
        return sum(sum(_many(frozen, some)) for some in _batches(archived))

    def act() -> Facts:
        while waiting := left():
            reach.clock.sleep(min(60.0, 1.0 + waiting / 100))
        return {"thawed": sum(seen.archived.values()), "readable_for_days": THAWED_FOR}

    return Step(
        name="thaw",
        says=f"Thaw {sum(seen.archived.values()):,} archived versions ({decision.tier})",
        region=decision.source_region,
        act=act,
        done=lambda: False,  # only the copy shows that all could be read
        estimate=timedelta(hours=12 if "DEEP_ARCHIVE" in seen.archived else 5),
        deadline=timedelta(hours=72),
    )


def _copy(reach: Reach, decision: Decision, seen: Survey, needs: tuple[str, ...]) -> Step:
    """Have S3 copy what is not there yet; a version that was copied is looked for before, so a repetition copies the rest."""
    door = reach.door(decision.region)

    def one(each: Sought) -> int:
        key = decision.place.key(each.was.key)
        patiently(lambda: copies.copy(door, each.source, decision.place.bucket, key), reach.clock, PATIENCE)
        return each.was.size

    def act() -> Facts:
        began, copied, size = reach.clock.ticks(), 0, 0
        for some in _batches(_needed(reach, decision)):
            sizes = _many(one, some)
            copied, size = copied + len(sizes), size + sum(sizes)
            reach.clock.sleep(0)  # a pause comes between two batches
        seconds = reach.clock.ticks() - began
        return {"objects": copied, "bytes": size, "objects_per_second": round(copied / seconds, 1) if copied and seconds else None}

    return Step(
        name="copy",
        says=f"Have S3 copy {seen.objects - seen.there:,} objects into {decision.place.spoken()}",
        region=decision.region,
        act=act,
        done=lambda: next(_needed(reach, decision), None) is None,
        needs=needs,
        estimate=timedelta(seconds=5 + seen.objects / 100),
        deadline=timedelta(hours=12),
    )


def _compare(reach: Reach, decision: Decision) -> Step:
    """Compare every object with the version it was copied from: its size, then what S3 has stored of both, and last their bytes."""
    source = (reach.door(decision.source_region), decision.source_bucket)
    there = (reach.door(decision.region), decision.place.bucket)

    def compared(pair: tuple[Sought, Version | None]) -> tuple[str, str]:
        each, found = pair
        if found is None:
            return "missing", each.was.key
        if decision.in_place and unchanged(each, found):
            return "", each.was.key
        return patiently(lambda: difference(there, found, source, each.kept), reach.clock, PATIENCE), each.was.key

    def act() -> Facts:
        tally = Tally()
        for some in _batches((each, found) for each, found in beside(reach, decision) if each is not None):
            tally.objects += len(some)
            tally.bytes += sum(each.was.size for each, _ in some)
            for kind, key in _many(compared, some):
                if kind:
                    tally.add(kind, key)
        if tally.differences:
            raise StepFailed(
                f"what was restored is not what it was: {tally.spoken()}",
                "somebody may have written there meanwhile: look, then repeat with --resume",
            )
        return {"compared": tally.objects, "bytes": tally.bytes, "differences": 0}

    return Step(
        name="compare",
        says="Compare each object with the version that it was copied from",
        region=decision.region,
        act=act,
        done=lambda: False,  # only looks
        needs=("copy",),
        estimate=timedelta(seconds=10),
        deadline=timedelta(hours=12),
    )


def _batches(entries: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(entries)
    while some := list(islice(rest, BATCH)):
        yield some


def _many(act: Callable[[T], R], entries: list[T]) -> list[R]:
    """Do *act* with all *entries*, some at a time; raise what the first of them raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(act, entries))
