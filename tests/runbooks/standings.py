"""A photograph of what is protected, with everything as it should be: each test changes the one thing it is about."""

from dataclasses import replace
from datetime import datetime, timedelta

from runbooks.aws.job_history import PastJob
from runbooks.aws.recovery_points import Kind, Point
from runbooks.aws.restores import Log
from runbooks.commands import Status
from runbooks.scheduled import AS_DECLARED, declared
from runbooks.signed import named
from runbooks.standing.judge import Standing, judge
from runbooks.standing.look import Kept, Photograph
from runbooks.world import World
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST, seen

DATABASE = NAMES.database_arn(EAST)
BUCKETS = [NAMES.bucket_arn(bucket) for bucket in NAMES.file_buckets(EAST).values()]
FILE_SYSTEM = NAMES.file_systems(EAST)[0]
LAST = NOW - timedelta(hours=3)
THINGS = [DATABASE, *BUCKETS, FILE_SYSTEM]


def point(resource: str, region: str = EAST, *, made: datetime = LAST, state: str = "COMPLETED") -> Point:
    kind: Kind = "snapshot" if region == EAST else "copy"
    return Point(f"{resource}@{region}", "", kind, state, made, None, 1, "warm", region, NAMES.vault(region), resource, "")


def job(resource: str, state: str = "COMPLETED", *, began: datetime = LAST, message: str = "", of: str = "") -> PastJob:
    ended = began + timedelta(minutes=5)
    return PastJob("backup", "j", EAST, "", resource, NAMES.vault(EAST), state, message, of, "", "", began, ended, 1, "", "")


def log(region: str) -> Log:
    return Log(DATABASE, f"arn:{region}", "db-1", region, "active", NOW - timedelta(days=35), NOW - timedelta(minutes=4))


def kept(region: str) -> Kept:
    made = tuple(point(each, region) for each in THINGS)
    return Kept(region, points=made, logs=(log(region),), application=(named(LAST),))


def photograph(world: World | None = None, east: Kept | None = None, west: Kept | None = None) -> Photograph:
    schedules = tuple(replace(each, deployed=AS_DECLARED) for each in declared(NAMES.settings, NOW))
    status = Status(world or seen(), None, None, "", "")
    return Photograph(status, {EAST: east or kept(EAST), WEST: west or kept(WEST)}, {}, "", schedules)


def without(region: str, resource: str) -> Kept:
    return replace(kept(region), points=tuple(each for each in kept(region).points if each.resource != resource))


def said(found: Standing) -> list[tuple[str, str]]:
    return [(each.of, each.says) for each in found.wrong]


def judged(shown: Photograph) -> list[tuple[str, str]]:
    return said(judge(shown, NAMES))
