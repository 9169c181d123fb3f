"""October 2026 as evidence: a month in which everything was done, and ways to spoil it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from runbooks.aws.job_history import Kind as JobKind
from runbooks.aws.job_history import PastJob
from runbooks.aws.recovery_points import Point
from runbooks.compliance import mapping
from runbooks.compliance.evidence import About, Evidence, Judged, Kept, Lag, Promise, Shelf, Window, newest_first
from runbooks.compliance.period import Period
from runbooks.journal import GENESIS, Kind, Record

EAST, WEST = "us-east-1", "us-west-2"
VAULT, ACCOUNT = "solemate-prod", "123456789012"
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))
COLLECTED = datetime(2026, 11, 1, 6, tzinfo=UTC)
TESTING = f"arn:aws:backup:{EAST}:{ACCOUNT}:restore-testing-plan:solemate_prod"
RESOURCES = {"database": f"arn:aws:rds:{EAST}:{ACCOUNT}:db:solemate-prod-orders", "files": f"arn:aws:s3:::solemate-prod-media-{EAST}"}
SCHEDULES = {"database": "cron(0 5 * * ? *)", "application": "cron(0 6 * * ? *)", "files": "cron(0 7 * * ? *)"}


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def about(period: Period = OCTOBER, collected: datetime = COLLECTED, **changes: object) -> About:
    made = About(
        period=period,
        environment="prod",
        account=ACCOUNT,
        active_region=EAST,
        recovery_region=WEST,
        collected=collected,
        covered_since=period.since,
        sandbox=False,
        rto_seconds=1800.0,
        rpo_seconds=900.0,
        success_objective=99.9,
        promises=tuple(
            Promise(target, target, cron, 35, "by EventBridge Scheduler, not compared" if target == "application" else "as declared")
            for target, cron in SCHEDULES.items()
        ),
        copied=("database", "files"),
        vaults=(VAULT,),
        tests=True,
        documented=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # its own fields


def job(kind: JobKind, number: int, began: datetime, target: str = "database", **changes: object) -> PastJob:
    made = PastJob(
        kind,
        f"{kind}-{number:04d}",
        EAST,
        target,
        RESOURCES.get(target, target),
        VAULT,
        "COMPLETED",
        "",
        f"arn:aws:backup:{EAST}:{ACCOUNT}:recovery-point:{kind}-{number}",
        "",
        f"arn:aws:backup:{EAST}:{ACCOUNT}:backup-plan:{target}",
        began,
        began + timedelta(minutes=12, seconds=number % 60),
        5_000_000_000,
        "",
        "",
    )
    return replace(made, **changes)  # type: ignore[arg-type] # its own fields


def point(number: int, created: datetime, target: str = "database", **changes: object) -> Point:
    made: dict[str, Any] = {
        "arn": f"arn:aws:backup:{EAST}:{ACCOUNT}:recovery-point:{target}-{number}",
        "target": target,
        "kind": "snapshot",
        "state": "COMPLETED",
        "created": created,
        "expires": created + timedelta(days=35),
        "size": 5_000_000_000,
        "tier": "warm",
        "region": EAST,
        "vault": VAULT,
        "resource": RESOURCES.get(target, target),
        "trouble": "",
    }
    return Point(**made | changes)


def shelf(region: str) -> Shelf:
    return Shelf(region, VAULT, True, 7, 2555, None, f"arn:aws:kms:{region}:{ACCOUNT}:key/1", datetime(2026, 1, 1, tzinfo=UTC))


def run(command: str, began: datetime, outcome: str = "passed", *, closed: bool = True, **facts: object) -> dict[str, dict[str, bytes]]:
    """Return the journal's records of one run, chained as a journal chains them."""
    name = f"{began:%Y%m%dT%H%M%SZ}-{command}-{sha256(command.encode()).hexdigest()[:4]}"
    opened = {"command": command, "declared_at": began.isoformat(), "objectives": {"rto_seconds": 1800.0, "rpo_seconds": 900.0}}
    measured = {"rto_seconds": 412.5, "rpo_seconds": 3.0, "run_seconds": 600.0, "left_over": [], "why": "", **facts}
    told: list[tuple[Kind, str, dict[str, Any]]] = [("opened", "", opened), ("closed", outcome, measured)]
    records, previous = dict[str, bytes](), GENESIS
    for number, (kind, said, learned) in enumerate(told[: 2 if closed else 1], 1):
        record = Record(
            name, number, kind, began + timedelta(minutes=10 * (number - 1)), 1, "ada@ops", previous, outcome=said, facts=learned
        )
        records[f"{number:04d}.json"], previous = record.body, record.digest
    return {name: records}


def a_good_month(period: Period = OCTOBER, collected: datetime = COLLECTED, **changes: object) -> Evidence:
    """Return a month without a fault: every schedule met, copied, tested and drilled."""
    made = Evidence(
        about(period, collected),
        jobs=tuple(_jobs(period)),
        points=tuple(newest_first(_points(period))),
        shelves=tuple(shelf(region) for region in (EAST, WEST)),
        windows=tuple(
            Window(region, RESOURCES["database"], region == WEST, collected - timedelta(days=30), collected - timedelta(minutes=5))
            for region in (EAST, WEST)
        ),
        lags=tuple(_lags(period)),
        verdicts=(Judged("verdicts/1.json", RESOURCES["files"], True, "as it was", at(period.first, 12), "ada@ops"),),
        kept=tuple(Kept(f"{at(day, 6):%Y%m%dT%H%M%SZ}", region, "full", at(day, 6), ()) for day in period.days for region in (EAST, WEST)),
        runs={**run("drill-database-corrupted", at(period.first, 6)), **run("drill-region-lost", at(period.first, 7))},
        documents=mapping.documents(),
    )
    return replace(made, **changes)  # type: ignore[arg-type] # its own fields


def _jobs(period: Period) -> Iterator[PastJob]:
    for number, day in enumerate(period.days):
        for target, hour in (("database", 5), ("files", 7)):
            yield job("backup", 2 * number + hour % 2 + 10 * (target == "files"), at(day, hour, 3), target, id=f"backup-{target}-{day}")
            yield job("copy", number, at(day, hour, 30), target, id=f"copy-{target}-{day}")
    for target in ("database", "files"):
        yield job("restore", 1, at(period.first, 6), target, id=f"test-{target}", plan=TESTING, verdict="SUCCESSFUL", finding="whole")


def _points(period: Period) -> Iterator[Point]:
    for number, day in enumerate(period.days):
        for target, hour in (("database", 5), ("files", 7)):
            yield point(number, at(day, hour, 3), target)
            yield point(number + 1000, at(day, hour, 30), target, kind="copy", region=WEST)


def _lags(period: Period) -> Iterator[Lag]:
    for number, day in enumerate(period.days):
        for hour in range(24):
            yield Lag("database", "solemate-prod-orders", WEST, at(day, hour), 0.4 + (number * 24 + hour) % 7)
            yield Lag("files", f"solemate-prod-media-{WEST}", WEST, at(day, hour), 4.0 + (number + hour) % 11)
