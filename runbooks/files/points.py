"""What AWS Backup keeps of files in a region, and which of it fits a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from runbooks import verdicts
from runbooks.aws import recovery_points
from runbooks.aws.recovery_points import Point, Question
from runbooks.backups import ours
from runbooks.clock import spoken
from runbooks.errors import Refused
from runbooks.journal import Store
from runbooks.reach import Reach
from runbooks.watch import patiently
from sections import FileKind

USABLE = ("COMPLETED", "AVAILABLE")
LONGEST_CONTINUOUS = timedelta(days=35)
"""Source: the AWS Backup guide, "Creating Amazon S3 backups"."""

LOOKING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class FromPoint:
    """One recovery point to restore from: to ``moment``, any that was asked for if it is continuous, else when it was begun.

    ``size`` is in bytes.
    """

    arn: str
    kind: str
    region: str
    moment: datetime
    size: int

    @property
    def continuous(self) -> bool:
        return self.kind == "continuous"

    def spoken(self) -> str:
        what = {"continuous": "the continuous backup", "copy": "the copied backup"}.get(self.kind, "the backup")
        return f"{what} of {self.moment:%FT%TZ} in {self.region}"


@dataclass(frozen=True, slots=True)
class Kept:
    """What *region* keeps of one kind of files, as it was seen.

    ``broken`` are the points that a verification found broken, each with why; ``longest`` is how far back a continuous one reaches.
    """

    region: str
    points: tuple[Point, ...]
    broken: Mapping[str, str]
    longest: timedelta = LONGEST_CONTINUOUS


def look(reach: Reach, store: Store, region: str, kind: FileKind, now: datetime) -> Kept:
    """Photograph what *region*'s vaults keep of either region's bucket; raise ``AwsError`` when they cannot be seen."""
    names = reach.names
    mine = {names.bucket_arn(names.file_bucket(kind, each)) for each in names.settings.regions}
    points = [
        point
        for vault in ours(names, region)
        for point in patiently(lambda vault=vault: _points(reach, region, vault, now), reach.clock, LOOKING)  # type: ignore[misc]
        if point.resource in mine
    ]
    found = {backup: verdict.says for backup, verdict in verdicts.broken(store).items()}
    return Kept(region, tuple(points), found, min(LONGEST_CONTINUOUS, names.settings.files.retention))


def _points(reach: Reach, region: str, vault: str, now: datetime) -> list[Point]:
    asked, found, more = Question(vault, "S3", now.timestamp()), list[Point](), ""
    while True:
        page = recovery_points.page(reach.list_door(region), asked, (-inf, inf), more)
        found += [point for _, point in page.points]
        if not page.more:
            return found
        more = page.more


def fitting(kept: Kept, moment: datetime, now: datetime) -> tuple[FromPoint, ...]:
    """Return what restores *moment*, or what was nearest before it, the nearest first; none of what is known to be broken."""
    usable = (point for point in kept.points if point.state in USABLE and point.arn not in kept.broken and point.created <= moment)
    found = [each for point in usable if (each := _from(point, moment, now - kept.longest))]
    return tuple(sorted(found, key=lambda each: (moment - each.moment, each.kind != "continuous")))


def _from(point: Point, moment: datetime, earliest: datetime) -> FromPoint | None:
    if point.kind != "continuous":
        return FromPoint(point.arn, point.kind, point.region, point.created, point.size)
    return FromPoint(point.arn, point.kind, point.region, moment, point.size) if moment >= earliest else None


def choose(kept: Kept, arn: str, moment: datetime | None, kind: FileKind, now: datetime) -> FromPoint:
    """Return the point *arn*, or the one that is nearest to *moment*; raise :class:`Refused` when there is none."""
    if arn in kept.broken:
        raise Refused(f"{arn} was found broken: {kept.broken[arn]}", "choose another: invoke backups --target files")
    found = fitting(kept, moment or now, now)
    if not arn and found:
        return found[0]
    if not arn:
        raise Refused(
            f"AWS Backup keeps nothing of {kind} in {kept.region} that was made at or before {moment or now:%FT%TZ}",
            "see what there is: invoke backups --target files",
        )
    point = next((each for each in kept.points if each.arn == arn and each.state in USABLE), None)
    if point is None:
        raise Refused(
            f"{kept.region} has no usable recovery point {arn} of {kind}",
            "see invoke backups --target files, and give its --region and --kind",
        )
    if point.kind == "continuous" and moment is None:
        raise Refused(f"{arn} is continuous, and can be restored to any of its moments", "say which: --at MOMENT")
    chosen = next((each for each in found if each.arn == arn), None)
    if chosen is None:
        raise Refused(
            f"{arn} was begun at {point.created:%FT%TZ} and does not reach {moment:%FT%TZ}", "leave out --at, or choose an older point"
        )
    return chosen


def loses(point: FromPoint, moment: datetime) -> str:
    lost = moment - point.moment
    return f"loses what changed in {spoken(lost)}" if lost else "loses nothing"
