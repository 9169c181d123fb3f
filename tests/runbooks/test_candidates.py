"""What a moment can be restored from, decided from what a region keeps."""

from datetime import UTC, datetime, timedelta

import pytest

from runbooks.aws.rds import Instance
from runbooks.aws.recovery_points import Kind, Point
from runbooks.aws.restores import Log, Placed
from runbooks.databases import restore
from runbooks.databases.candidates import Kept, fitting, nearest
from runbooks.databases.restore import Place, Wish
from runbooks.errors import Refused
from tests.runbooks.pictures import EAST, NAMES, WEST, instance

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PREFIX = NAMES.restored_databases.rstrip("*")


def ago(**units: float) -> datetime:
    return NOON - timedelta(**units)


def point(name: str, created: datetime, kind: Kind = "snapshot", state: str = "COMPLETED") -> Point:
    return Point(f"arn:{name}", "database", kind, state, created, None, 0, "warm", EAST, "vault", NAMES.database_arn(EAST), "")


def log(earliest: datetime | None, latest: datetime | None, region: str = EAST) -> Log:
    return Log(NAMES.database_arn(EAST), f"arn:log-{region}", "db-1", region, "active", earliest, latest)


def kept(*points: Point, logs: tuple[Log, ...] = (), broken: str = "") -> Kept:
    return Kept(EAST, logs, points, {f"arn:{broken}": "orders lacks 3 rows"} if broken else {})


LOG = log(ago(days=7), ago(minutes=5))
POINTS = (point("old", ago(days=20)), point("new", ago(hours=7)), point("copied", ago(days=2), "copy"), point("later", ago(hours=1)))


@pytest.mark.parametrize(
    ("seen", "moment", "expected"),
    [
        (kept(*POINTS, logs=(LOG,)), ago(hours=2), [("log", 0), ("snapshot", 5 * 3600), ("copy", 46 * 3600), ("snapshot", 478 * 3600)]),
        (kept(*POINTS, logs=(LOG,)), ago(days=10), [("snapshot", 10 * 86400)]),
        (kept(*POINTS, broken="new"), ago(hours=2), [("copy", 46 * 3600), ("snapshot", 478 * 3600)]),
        (kept(logs=(LOG,)), ago(minutes=1), [("log", 241)]),
        (kept(logs=(log(None, None),)), ago(minutes=1), []),
        (kept(logs=(log(ago(days=7), ago(minutes=5), WEST),)), ago(hours=1), [("replicated log", 0)]),
        (kept(point("making", ago(hours=3), state="CREATING"), point("log", ago(hours=3), "continuous")), ago(hours=2), []),
    ],
    ids=["all, least loss first", "before the log", "without the broken", "beyond the log", "no window", "replicated", "unusable"],
)
def test_what_fits_loses_least_first(seen: Kept, moment: datetime, expected: list[tuple[str, float]]) -> None:
    """Nothing that is later than the moment, unusable or known to be broken; RDS restores to before its latest moment, by the second."""
    assert [(found.kind, found.loss.total_seconds()) for found in fitting(seen, moment)] == expected


def test_a_log_begins_with_its_first_whole_second() -> None:
    """A moment within the second in which the log begins is not restorable, the next second is."""
    begun = kept(logs=(log(NOON - timedelta(seconds=1.5), NOON + timedelta(hours=1)),))
    assert fitting(begun, NOON - timedelta(seconds=1.2)) == ()
    assert [found.moment for found in fitting(begun, NOON)] == [NOON]


def test_the_nearest_is_before_or_else_the_first_after() -> None:
    """What comes after the asked moment may hold what was to be undone, and says so."""
    assert nearest(kept(*POINTS, logs=(LOG,)), ago(days=10), NOON)[0].moment == ago(days=20)
    [after] = nearest(kept(logs=(LOG,)), ago(days=10), NOON)
    assert (after.moment, after.loss) == (ago(days=7), -timedelta(days=3))
    assert "72 h after what was asked for" in after.spoken()
    assert nearest(kept(), ago(days=10), NOON) == ()


def wish(moment: datetime | None = None, **given: str) -> Wish:
    return Wish(EAST, moment, **given)


@pytest.mark.parametrize(
    ("asked", "seen", "says", "hint"),
    [
        (wish(), kept(logs=(LOG,)), "say what to restore to", "the newest is --at 2026-11-22T11:54:59Z --region us-east-1"),
        (wish(), kept(), "say what to restore to", "us-east-1 keeps nothing to restore from"),
        (wish(NOON + timedelta(1)), kept(), "2026-11-23T12:00:00Z is in the future", "it is 2026-11-22T12:00:00Z now"),
        (wish(ago(minutes=1)), kept(logs=(LOG,)), "11:59:00Z cannot be restored: the log of us-east-1", "--at 2026-11-22T11:54:59Z"),
        (wish(ago(days=8)), kept(*POINTS, logs=(LOG,)), "2026-11-14T12:00:00Z cannot", "--point arn:old --region us-east-1"),
        (wish(ago(hours=2)), kept(*POINTS), "us-east-1 has no log", "--point arn:new --region us-east-1"),
        (wish(ago(hours=2)), kept(), "us-east-1 has no log", "nothing else is kept"),
        (wish(point="arn:new"), kept(*POINTS, broken="new"), "arn:new was found broken: orders lacks 3 rows", "choose another"),
        (wish(point="arn:none"), kept(*POINTS), "us-east-1 has no usable recovery point arn:none", "invoke backups"),
    ],
)
def test_what_cannot_be_reached_is_refused_with_the_nearest(asked: Wish, seen: Kept, says: str, hint: str) -> None:
    """A moment is restored exactly or not at all; what comes nearest stands in the hint, as it is typed."""
    with pytest.raises(Refused) as refused:
        restore.choose(seen, asked, NOON)
    assert says in refused.value.message
    assert hint in refused.value.hint


def test_a_point_is_restored_to_its_own_moment() -> None:
    """Who names it has accepted what it is: nothing is lost against it."""
    chosen = restore.choose(kept(*POINTS, logs=(LOG,)), wish(point="arn:copied"), NOON)
    assert (chosen.kind, chosen.moment, chosen.loss) == ("copy", ago(days=2), timedelta(0))


def place(instances: dict[str, Instance], key: str = "Enabled") -> Place:
    return Place(EAST, instances, lambda group: group == "orders", key)


def there(name: str = NAMES.database) -> dict[str, Instance]:
    found = instance(EAST)
    return {name: Instance(name, found.arn, "available", "", 0, "", "", "fenced", "orders", ("sg-1",), "db.r6g.large", None)}


@pytest.mark.parametrize("name", [NAMES.database, f"{NAMES.database}-retired-3f9ca"])
def test_what_is_restored_stands_where_the_database_does(name: str) -> None:
    """Or where it did, if only a retired one is left; under the database's own parameters, which are not those of a retired one."""
    assert restore.place(NAMES, place(there(name)), wish(), f"{PREFIX}x") == Placed(
        "orders", ("sg-1",), NAMES.parameter_group, "db.r6g.large"
    )


@pytest.mark.parametrize(
    ("seen", "asked", "to", "says"),
    [
        (place(there()), wish(), NAMES.database, "is already in us-east-1 (available)"),
        (place(there()), wish(), "orders", f"--to orders does not begin with {PREFIX}"),
        (place({}), wish(), f"{PREFIX}x", f"us-east-1 has no instance {NAMES.database}"),
        (place(there()), wish(subnet_group="none"), f"{PREFIX}x", "the subnet group none is not in us-east-1"),
        (place(there(), "PendingDeletion"), wish(), f"{PREFIX}x", "us-east-1 is PendingDeletion, and nothing can be restored under it"),
    ],
)
def test_what_has_no_place_is_refused(seen: Place, asked: Wish, to: str, says: str) -> None:
    """Before anything is made."""
    with pytest.raises(Refused, match=says.replace("(", r"\(").replace(")", r"\)")):
        restore.place(NAMES, seen, asked, to)
