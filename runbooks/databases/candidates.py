"""What the database can be restored from: to the asked moment, or to the nearest one before it, and what is lost either way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Literal, TypeVar

from runbooks import verdicts
from runbooks.aws import recovery_points, restores
from runbooks.aws.recovery_points import Point, Question
from runbooks.aws.restores import Log
from runbooks.clock import spoken
from runbooks.journal import Store
from runbooks.reach import Reach
from runbooks.watch import patiently

T = TypeVar("T")
Kind = Literal["log", "replicated log", "snapshot", "copy"]

USABLE = ("COMPLETED", "AVAILABLE")
LOOKING = timedelta(seconds=20)
SECOND = timedelta(seconds=1)

INSTANT = timedelta(microseconds=1)
"""RDS restores to moments before the latest one, not to it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What *region* keeps of the database, as it was seen; ``broken`` are the points that a verification found broken, each with why."""

    region: str
    logs: tuple[Log, ...]
    points: tuple[Point, ...]
    broken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to restore: ``origin`` is what AWS restores from, ``moment`` what it restores to, ``loss`` how long before the asked one.

    A negative loss is a moment after the asked one: it may hold what was to be undone.
    """

    kind: Kind
    region: str
    origin: str
    moment: datetime
    loss: timedelta

    def spoken(self) -> str:
        what = {"log": "continuous log", "replicated log": "replicated log"}.get(self.kind, self.kind)
        return f"{what} in {self.region}, to {told(self.moment)}, {self._loss()}"

    def _loss(self) -> str:
        if self.loss < timedelta(0):
            return f"{spoken(-self.loss)} after what was asked for"
        return f"which loses {spoken(self.loss)}" if self.loss else "which loses nothing"

    def words(self) -> str:
        """Return the options of `invoke restore` that choose it."""
        where = f"--region {self.region}"
        return f"--at {told(self.moment)} {where}" if self.kind.endswith("log") else f"--point {self.origin} {where}"


def candidates(reach: Reach, store: Store, now: datetime, region: str, moment: datetime | None) -> tuple[Candidate, ...]:
    """Return every way to restore in *region* to *moment* or before it (None: as late as possible), the one that loses least first."""
    return fitting(look(reach, store, region, now), moment or now)


def look(reach: Reach, store: Store, region: str, now: datetime) -> Kept:
    """Photograph what *region* keeps of the database; raise ``AwsError`` when it cannot be seen."""
    door, names = reach.door(region), reach.names
    ours = {names.database_arn(each) for each in names.settings.regions}

    def again(question: Callable[[], T]) -> T:
        return patiently(question, reach.clock, LOOKING)

    logs = again(lambda: restores.logs(door))
    points = again(lambda: _points(reach, region, now))
    found = {backup: verdict.says for backup, verdict in verdicts.broken(store).items()}
    return Kept(region, tuple(log for log in logs if log.source in ours), tuple(point for point in points if point.resource in ours), found)


def _points(reach: Reach, region: str, now: datetime) -> tuple[Point, ...]:
    asked, found, more = Question(reach.names.vault(region), "RDS", now.timestamp()), list[Point](), ""
    while True:
        page = recovery_points.page(reach.list_door(region), asked, (-inf, inf), more)
        found += [point for _, point in page.points]
        if not page.more:
            return tuple(found)
        more = page.more


def fitting(kept: Kept, moment: datetime) -> tuple[Candidate, ...]:
    """Return what *kept* allows for *moment*, the least loss first; none of what is known to be broken, nor what is later than *moment*."""
    logs = (_of_log(log, moment) for log in kept.logs)
    points = (_of_point(point, moment) for point in kept.points if point.arn not in kept.broken)
    found = [candidate for candidate in (*logs, *points) if candidate]
    return tuple(sorted(found, key=lambda candidate: (candidate.loss, candidate.kind)))


def nearest(kept: Kept, moment: datetime, now: datetime) -> tuple[Candidate, ...]:
    """Return the restorable moments nearest to *moment*: the last before it, and the first after it if nothing reaches back to it."""
    before = fitting(kept, moment)[:1]
    if before:
        return before
    begun = [(log, opens(log.earliest)) for log in kept.logs if log.earliest and log.latest]
    firsts = [_at(log, first, moment - first) for log, first in begun]
    later = [_as_point(point, moment - point.created) for point in kept.points if point.state in USABLE and point.arn not in kept.broken]
    after = [candidate for candidate in (*firsts, *later) if moment < candidate.moment <= now]
    return tuple(sorted(after, key=lambda candidate: candidate.moment)[:1])


def opens(earliest: datetime) -> datetime:
    """Return the first whole second that a log restores which begins with *earliest*: RDS documents moments to the second."""
    whole = earliest.replace(microsecond=0)
    return whole if whole == earliest else whole + SECOND


def _of_log(log: Log, moment: datetime) -> Candidate | None:
    if log.earliest is None or log.latest is None:
        return None
    to = min(moment, log.latest - INSTANT).replace(microsecond=0)
    return _at(log, to, moment - to) if opens(log.earliest) <= to else None


def _at(log: Log, moment: datetime, loss: timedelta) -> Candidate:
    return Candidate("replicated log" if log.replicated else "log", log.region, log.origin, moment, loss)


def _of_point(point: Point, moment: datetime) -> Candidate | None:
    """A continuous recovery point is the same log that RDS restores from by itself."""
    if point.state not in USABLE or point.kind == "continuous" or point.created > moment:
        return None
    return _as_point(point, moment - point.created)


def _as_point(point: Point, loss: timedelta) -> Candidate:
    return Candidate("copy" if point.kind == "copy" else "snapshot", point.region, point.arn, point.created, loss)


def told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
