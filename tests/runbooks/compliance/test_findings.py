"""What evidence says for and against each thing that is asked, as a table: a good month, and what spoils it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from runbooks.compliance.evidence import Evidence, Judged
from runbooks.compliance.findings import CHECKS
from runbooks.compliance.period import Period
from runbooks.compliance.record import report
from tests.runbooks.compliance.month import COLLECTED, EAST, OCTOBER, TESTING, WEST, a_good_month, about, at, job, run

Spoil = Callable[[Evidence], Evidence]


def found(evidence: Evidence) -> dict[str, tuple[str, str]]:
    return {each.name: (each.verdict, each.says) for each in report(evidence, "b", "0" * 64).findings}


def test_a_good_month_passes_everything_that_is_measured() -> None:
    """And says with which numbers."""
    says = found(a_good_month())
    assert {name: says[name][0] for name in CHECKS} == dict.fromkeys(CHECKS, "pass")
    assert says["backups-succeed"][1] == "100 %: 62 of 62"
    assert says["backups-on-schedule"][1] == "93 of 93 scheduled backups were made"
    assert says["database-replicated"][1] == "6.4 s: 744 of 744 measured hours within the objective"


def test_an_empty_account_passes_nothing() -> None:
    """Nothing was made, so nothing is proven: what was promised and is missing fails, the rest has no evidence."""
    verdicts = {name: found(Evidence(about(), documents=a_good_month().documents))[name][0] for name in CHECKS}
    assert [name for name, verdict in verdicts.items() if verdict == "pass"] == ["retention-declared", "procedures-kept", "evidence-intact"]
    failed = ["backups-on-schedule", "any-second-restorable", "drills-held", "region-exercised"]
    assert [name for name, verdict in verdicts.items() if verdict == "fail"] == failed


def without_backup_of(day: date) -> Spoil:
    def spoil(made: Evidence) -> Evidence:
        jobs = tuple(job for job in made.jobs if job.id != f"backup-files-{day}")
        return replace(made, jobs=jobs, points=tuple(p for p in made.points if p.created != at(day, 7, 3)))

    return spoil


SPOILED: list[tuple[str, str, str, Spoil]] = [
    (
        "backups-succeed",
        "fail",
        "98.41 %: 62 of 63",
        lambda made: replace(made, jobs=(*made.jobs, job("backup", 1, at(date(2026, 10, 3), 9), state="FAILED"))),
    ),
    (
        "backups-succeed",
        "no evidence",
        "100 %: 62 of 62; not seen: backup jobs of us-east-1: no answer",
        lambda made: replace(made, unseen={f"backup jobs of {EAST}": "no answer"}),
    ),
    (
        "backups-on-schedule",
        "fail",
        "92 of 93 scheduled backups were made; missed: files files of 2026-10-14 07:00",
        without_backup_of(date(2026, 10, 14)),
    ),
    (
        "copies-elsewhere",
        "fail",
        "us-west-2 has no recent copy of files",
        lambda made: replace(made, points=tuple(p for p in made.points if (p.target, p.region) != ("files", WEST))),
    ),
    (
        "database-replicated",
        "fail",
        "16 min 40 s: 743 of 744 measured hours within the objective",
        lambda made: replace(made, lags=(replace(made.lags[0], seconds=1000.0), *made.lags[1:])),
    ),
    ("files-replicated", "no evidence", "no hour was measured", lambda made: replace(made, lags=())),
    (
        "any-second-restorable",
        "fail",
        "no window up to the last hour in us-west-2 when this was read",
        lambda made: replace(made, windows=(made.windows[0], replace(made.windows[1], latest=COLLECTED - timedelta(hours=2)))),
    ),
    (
        "restores-tested",
        "fail",
        "66.67 %: 2 of 3",
        lambda made: replace(made, jobs=(*made.jobs, job("restore", 9, at(date(2026, 10, 9), 6), plan=TESTING, verdict="FAILED"))),
    ),
    (
        "restores-tested",
        "fail",
        "100 %: 1 of 1; none of files",
        lambda made: replace(made, jobs=tuple(job for job in made.jobs if job.id != "test-files")),
    ),
    (
        "drills-held",
        "fail",
        "2 of 3 drills passed; 20261009T060000Z-drill-bucket-emptied-9d25: failed; 3 objects differ",
        lambda made: replace(
            made, runs={**made.runs, **run("drill-bucket-emptied", at(date(2026, 10, 9), 6), "failed", why="3 objects differ")}
        ),
    ),
    (
        "drills-held",
        "fail",
        "2 of 3 drills passed; 20261009T060000Z-drill-bucket-emptied-9d25: passed; left over: a-bucket",
        lambda made: replace(made, runs={**made.runs, **run("drill-bucket-emptied", at(date(2026, 10, 9), 6), left_over=["a-bucket"])}),
    ),
    ("drills-held", "fail", "no drill was held in the period", lambda made: replace(made, runs={})),
    (
        "drills-held",
        "fail",
        "0 of 1 drills passed; 20261009T060000Z-drill-bucket-emptied-9d25: unfinished",
        lambda made: replace(made, runs=run("drill-bucket-emptied", at(date(2026, 10, 9), 6), closed=False)),
    ),
    (
        "region-exercised",
        "fail",
        "no region was given up, or its loss tried, within a year",
        lambda made: replace(made, runs=run("drill-region-lost", datetime(2025, 10, 30, 6, tzinfo=UTC))),
    ),
    (
        "recovery-in-time",
        "fail",
        "40 min: 3 of 3 runs measured it",
        lambda made: replace(made, runs={**made.runs, **run("failover", at(date(2026, 10, 9), 6), "completed", rto_seconds=2400.0)}),
    ),
    ("recovery-in-time", "no evidence", "no run in the period", lambda made: replace(made, runs={})),
    (
        "vaults-locked",
        "fail",
        "not locked: solemate-prod in us-west-2",
        lambda made: replace(made, shelves=(made.shelves[0], replace(made.shelves[1], locked=False))),
    ),
    (
        "vaults-locked",
        "no evidence",
        "vault solemate-prod of us-west-2: no answer",
        lambda made: replace(made, shelves=made.shelves[:1], unseen={"vault solemate-prod of us-west-2": "no answer"}),
    ),
    (
        "retention-declared",
        "fail",
        "database database: not deployed (`pulumi up`)",
        lambda made: replace(
            made,
            about=replace(
                made.about,
                promises=(replace(made.about.promises[0], deployed="not deployed (`pulumi up`)"), *made.about.promises[1:]),
            ),
        ),
    ),
    (
        "backups-intact",
        "fail",
        "point-1: 3 rows differ",
        lambda made: replace(made, verdicts=(Judged("verdicts/2.json", "point-1", False, "3 rows differ", COLLECTED, "ada@ops"),)),
    ),
    (
        "application-kept",
        "fail",
        "20261001T060000Z lacks image shop:1",
        lambda made: replace(made, kept=(replace(made.kept[0], lacks=("image shop:1",)), *made.kept[1:])),
    ),
    ("application-kept", "fail", "only in us-east-1", lambda made: replace(made, kept=made.kept[::2])),
    (
        "evidence-intact",
        "fail",
        "run 20261001T0-x: s3://journal/runs/x/0002.json was deleted",
        lambda made: replace(made, broken={"run 20261001T0-x": "s3://journal/runs/x/0002.json was deleted"}),
    ),
]


@pytest.mark.parametrize(("name", "verdict", "says", "spoil"), SPOILED, ids=[f"{each[0]}: {each[2]}" for each in SPOILED])
def test_what_spoils_a_month_is_found_and_said(name: str, verdict: str, says: str, spoil: Spoil) -> None:
    """Each with its number, its name, or what nobody could see."""
    assert found(spoil(a_good_month()))[name] == (verdict, says)


def test_an_altered_record_of_a_drill_is_found_in_its_run() -> None:
    """Its digest is in the one after it."""
    runs = run("drill-region-lost", at(date(2026, 10, 9), 6))
    [(name, records)] = runs.items()
    records["0001.json"] = records["0001.json"].replace(b"drill", b"grill")
    verdict, says = found(a_good_month(runs=runs))["evidence-intact"]
    assert verdict == "fail"
    assert says.startswith(f"{name}: the record runs/{name}/0002.json does not follow from the one before it")


def test_a_month_that_is_not_over_is_not_blamed_for_what_may_still_come() -> None:
    """No drill by the tenth is no evidence; one that failed has failed."""
    tenth = datetime(2026, 10, 10, 12, tzinfo=UTC)
    early = a_good_month(Period(date(2026, 10, 1), date(2026, 10, 31)), tenth, runs={})
    assert found(early)["drills-held"] == ("no evidence", "no drill yet; the period is not over")
    assert found(early)["backups-on-schedule"][1].startswith("27 of 27")


def test_what_aws_has_forgotten_is_not_asked_for() -> None:
    """Schedules before the first job that could be seen are not called missed, and the days are shown as not seen."""
    seen = datetime(2026, 10, 11, tzinfo=UTC)
    made = a_good_month()
    late = replace(made, about=replace(made.about, covered_since=seen), jobs=tuple(j for j in made.jobs if j.began >= seen), points=())
    assert found(late)["backups-on-schedule"] == ("pass", "73 of 73 scheduled backups were made")
    days = [day for day in report(late, "b", "0" * 64).days if day.target == "database" and not day.seen]
    assert [day.day.day for day in days] == list(range(1, 11))


def test_nothing_was_due_before_there_was_a_vault() -> None:
    """Deployed on the 21st, eleven days of three schedules are asked for."""
    made = a_good_month()
    young = tuple(replace(each, created=at(date(2026, 10, 21), 0)) for each in made.shelves)
    assert found(replace(made, shelves=young))["backups-on-schedule"] == ("pass", "33 of 33 scheduled backups were made")


def test_a_leap_day_is_a_day_like_any_other() -> None:
    """29 backups are due in February 2028."""
    february = Period(date(2028, 2, 1), date(2028, 2, 29))
    made = a_good_month(february, datetime(2028, 3, 1, 6, tzinfo=UTC))
    assert found(made)["backups-on-schedule"] == ("pass", "87 of 87 scheduled backups were made")
    assert OCTOBER.days[-1].day == 31
