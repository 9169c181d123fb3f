"""What a restore of files decides, as tables: which recovery point, what is there already, what is said beforehand, what is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runbooks.aws.copies import From
from runbooks.aws.recovery_points import Kind, Point
from runbooks.aws.restores import RestoreJob
from runbooks.aws.versions import Version
from runbooks.errors import Refused
from runbooks.files.decision import Decision, told
from runbooks.files.landing import items, why_not_brought
from runbooks.files.points import Kept, choose, fitting
from runbooks.files.prepare import why_not
from runbooks.files.sources import of_points, versions
from runbooks.files.wanted import Place, Scope, Sought, Survey, is_there
from tests.runbooks.pictures import EAST, NAMES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETENTION = NAMES.settings.files.retention


def ago(**units: float) -> datetime:
    return NOON - timedelta(**units)


def point(name: str, created: datetime, kind: Kind = "snapshot", state: str = "COMPLETED") -> Point:
    return Point(f"arn:{name}", "files", kind, state, created, None, 7, "warm", EAST, "vault", NAMES.bucket_arn("media"), "")


def kept(*points: Point, broken: str = "") -> Kept:
    return Kept(EAST, points, {f"arn:{broken}": "3 objects are missing"} if broken else {})


ALL = (point("old", ago(days=20)), point("new", ago(hours=7)), point("log", ago(days=50), "continuous"), point("later", ago(hours=1)))


@pytest.mark.parametrize(
    ("seen", "moment", "expected"),
    [
        (kept(*ALL), ago(hours=2), [("log", 0), ("new", 5), ("old", 478)]),
        (kept(*ALL), ago(hours=7), [("log", 0), ("new", 0), ("old", 473)]),
        (kept(*ALL, broken="log"), ago(hours=2), [("new", 5), ("old", 478)]),
        (kept(*ALL), ago(days=36), []),
        (kept(point("making", ago(hours=3), state="CREATING")), ago(hours=2), []),
    ],
    ids=["nearest first", "continuous first", "without the broken", "before the log reaches", "unusable"],
)
def test_what_fits_a_moment(seen: Kept, moment: datetime, expected: list[tuple[str, float]]) -> None:
    """A continuous backup reaches 35 days back and loses nothing; any other was begun at or before the moment."""
    found = fitting(seen, moment, NOON)
    assert [(each.arn.removeprefix("arn:"), (moment - each.moment).total_seconds() / 3600) for each in found] == expected


@pytest.mark.parametrize(
    ("arn", "moment", "says"),
    [
        ("arn:log", None, "arn:log is continuous, and can be restored to any of its moments"),
        ("arn:later", ago(hours=2), "arn:later was begun at 2026-11-22T11:00:00Z and does not reach 2026-11-22T10:00:00Z"),
        ("arn:other", None, "us-east-1 has no usable recovery point arn:other of media"),
        ("", ago(days=36), "AWS Backup keeps nothing of media in us-east-1 that was made at or before 2026-10-17T12:00:00Z"),
        ("arn:new", None, "arn:new was found broken: 3 objects are missing"),
    ],
)
def test_a_point_that_does_not_fit_is_refused(arn: str, moment: datetime | None, says: str) -> None:
    """With what is the matter."""
    with pytest.raises(Refused) as refused:
        choose(kept(*ALL, broken="new"), arn, moment, "media", NOON)
    assert refused.value.message == says


def test_each_way_back_says_what_it_loses() -> None:
    """Versions nothing, unless the moment is older than what is kept of them; a backup what changed since."""
    said = [each.spoken() for each in of_points(kept(*ALL), ago(hours=2), NOON)]
    assert said[:2] == [
        "the continuous backup of 2026-11-22T10:00:00Z in us-east-1, by AWS Backup: loses nothing",
        "the backup of 2026-11-22T05:00:00Z in us-east-1, by AWS Backup: loses what changed in 5 h",
    ]
    recent, old = (versions(NAMES, "media", EAST, moment, NOON)[0].spoken() for moment in (ago(hours=2), NOON - RETENTION - timedelta(1)))
    assert ("may be gone" in recent, "some of that moment may be gone" in old) == (False, True)


WANTED = Version("a", "v1", latest=False, marker=False, size=3, etag="e1", modified=ago(days=1))
SOUGHT = Sought(WANTED, From("media", "a", "v1", 3))
SINCE = ago(minutes=5)


@pytest.mark.parametrize(
    ("changes", "in_place", "there"),
    [
        (None, True, False),
        ({}, True, True),
        ({"id": "v2"}, True, True),
        ({"id": "v2"}, False, False),
        ({"id": "v2", "etag": "e2"}, True, False),
        ({"id": "v2", "modified": NOON}, False, True),
        ({"id": "v2", "etag": "e2", "modified": NOON}, False, None),
        ({"id": "v2", "etag": "e2", "modified": NOON}, True, None),
        ({"id": "v2", "etag": "e2", "modified": NOON, "size": 4}, True, False),
    ],
)
def test_whether_a_copy_is_there(changes: dict[str, object] | None, in_place: bool, there: bool | None) -> None:
    """By the lists alone where they tell; what was written since, of the same size and another ETag, must be looked at."""
    found = None if changes is None else replace(WANTED, **changes)  # type: ignore[arg-type]
    assert is_there(SOUGHT, found, SINCE, in_place=in_place) is there


def decided(**changes: object) -> Decision:
    usual = Decision(
        "media",
        Scope(ago(days=1)),
        "versions",
        EAST,
        "media",
        EAST,
        Place("media"),
        in_place=True,
        exact=False,
        tier="standard",
        since=NOON,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


OLD = Scope(NOON - RETENTION - timedelta(days=1))


@pytest.mark.parametrize(
    ("decision", "seen", "says"),
    [
        (decided(), Survey(), "media held nothing of that: everything as of 2026-11-21T12:00:00Z"),
        (
            decided(in_place=False, place=Place("media", "there/")),
            Survey(2, occupied=1),
            "s3://media/there/ holds 1 of these objects already",
        ),
        (decided(), Survey(2, there=2, later=1), "all 2 objects are as they were at 2026-11-21T12:00:00Z"),
        (decided(exact=True), Survey(2, there=2, later=1), None),
        (decided(exact=True, scope=OLD), Survey(2), f"versions that were replaced more than {RETENTION.days} days ago are gone"),
        (decided(scope=OLD), Survey(2), None),
        (decided(tier="expedited"), Survey(2, archived={"DEEP_ARCHIVE": 1}), "DEEP_ARCHIVE cannot be thawed expedited"),
    ],
)
def test_what_cannot_be_restored(decision: Decision, seen: Survey, says: str | None) -> None:
    """Nothing to restore, a place that is taken, nothing to do, what would hide files on the word of versions that may be gone."""
    refused = why_not(decision, seen, NAMES)
    assert (refused is None) if says is None else (refused is not None and refused.message.startswith(says))


def test_what_a_restore_takes_is_said_beforehand() -> None:
    """How long S3 thaws and what that costs, that a loop is not for millions, and that something of an old moment may be missing."""
    said = told(decided(scope=OLD), Survey(2_000_000, 9, archived={"GLACIER": 3}, archived_bytes=5), NAMES)
    for part in ("3 must be thawed from GLACIER first, 3 to 5 hours, paid by the GB (standard)", "S3 Batch Operations", "may be missing"):
        assert part in said
    assert "may be missing" not in told(decided(), Survey(2), NAMES)


def test_what_aws_backup_is_asked_for() -> None:
    """One object or one folder where that is what is wanted; else all, since it knows no other beginnings of keys."""
    moment = ago(days=1)
    assert items(Scope(moment, key="a b+ä")) == ("a b+ä",)
    assert items(Scope(moment, prefix="shoes/")) == ("shoes/",)
    assert items(Scope(moment, prefix="shoes/2026-")) == items(Scope(moment)) == ()


@pytest.mark.parametrize(
    ("status", "message", "says"),
    [
        ("COMPLETED", "", None),
        ("FAILED", "No objects were restored", "restore job 1 is FAILED. AWS Backup says: No objects were restored"),
        ("ABORTED", "", "restore job 1 is ABORTED. AWS Backup says: nothing"),
        (
            "COMPLETED",
            "One or more objects failed to be restored from a to b.",
            "restore job 1 left some objects out. AWS Backup says: One",
        ),
    ],
)
def test_a_job_is_well_only_if_it_left_nothing_out(status: str, message: str, says: str | None) -> None:
    """AWS Backup calls one COMPLETED that has restored all but some."""
    fault = why_not_brought(RestoreJob("1", status, message, "100", ""))
    assert (fault is None) if says is None else (fault is not None and fault.message.startswith(says))
