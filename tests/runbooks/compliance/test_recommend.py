"""Recommendations: what the evidence gives reason for, and nothing where it gives none."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import settings
from runbooks.compliance.evidence import Evidence
from runbooks.compliance.recommend import REMEDIES, Recommendation, recommendations
from runbooks.journal import GENESIS, Kind, Record
from tests.runbooks.compliance.month import COLLECTED, a_good_month, at, job, point, run

PROD = settings.load(settings.stack_file("prod"))
STATED = "attestations: [{finding: attested-%s, says: done, owner: Operations, stated: 2026-10-01, until: %s, reference: minutes}]"


def found(evidence: Evidence) -> dict[str, Recommendation]:
    """Return them by what to do, without those that ask for statements."""
    return {each.do: each for each in recommendations(evidence, PROD) if not each.do.startswith("state in")}


def test_a_good_month_gives_no_reason_to_change_anything() -> None:
    """But for what nobody has stated."""
    assert found(a_good_month()) == {}
    [one] = recommendations(a_good_month(), PROD)
    assert one.because.startswith("nobody states: attested-backup-places-reviewed")


def test_what_fails_is_recommended_with_its_remedy_and_its_controls() -> None:
    """A month without a drill: the command, what was found, and who asks for it."""
    made = found(a_good_month(runs={}))
    one = made["hold a drill: invoke drill"]
    assert one.because == "Drills are held, pass, and leave nothing behind: not so: no drill was held in the period"
    assert one.effect.startswith("9 controls ask for it: soc2 A1.3, iso-27001 A.5.30, nist-800-53 CP-4, ")
    assert REMEDIES["region-exercised"] in made


def test_one_cause_of_many_failures_is_named() -> None:
    """Three backups, one message; each job is behind it."""
    bad = tuple(job("backup", n, at(date(2026, 10, n), 9), id=f"bad-{n}", state="FAILED", message="Access denied") for n in (3, 4, 5))
    made = found(replace(a_good_month(), jobs=(*a_good_month().jobs, *bad)))
    assert made["mend this first"].because == "3 backups failed with: Access denied"
    assert made["mend this first"].sources[0].ids == ("bad-3", "bad-4", "bad-5")


def test_a_statement_that_ends_soon_is_named_before_it_does() -> None:
    """Within sixty days, with the days that are left."""
    for until, named in ((COLLECTED.date() + timedelta(days=30), True), (COLLECTED.date() + timedelta(days=61), False)):
        documents = {**a_good_month().documents, "statements.yaml": (STATED % ("plan-reviewed", until)).encode()}
        made = found(a_good_month(documents=documents))
        assert ("look at attested-plan-reviewed again" in made) is named
        if named:
            assert made["look at attested-plan-reviewed again"].effect == "30 days are left"


def test_an_hour_in_which_the_replica_falls_behind_is_found() -> None:
    """With how much of it, and what a loss then would have cost."""
    made = a_good_month()
    late = tuple(replace(each, seconds=1500.0) if each.what == "database" and each.at.hour == 3 else each for each in made.lags)
    [one] = [each for each in found(replace(made, lags=late)).values() if each.aim == "RPO"]
    assert one.do.startswith("move what writes most at 03:00 UTC")
    assert one.because == "the replica was beyond the RPO in 31 hours, 31 of them at 03:00 UTC"
    assert one.effect == "a region lost then would have cost up to 25 min of orders"


def a_move(seconds: float, scale_up: float) -> dict[str, dict[str, bytes]]:
    """Return a failover whose service was back after *seconds*, of which it waited for tasks."""
    began = datetime(2026, 10, 9, 6, tzinfo=UTC)
    name = f"{began:%Y%m%dT%H%M%SZ}-failover-abcd"
    steps = [
        {"name": "scale-up-us-west-2", "says": "Run 4 tasks", "region": "us-west-2", "needs": [], "estimate_seconds": 1, "optional": False},
        {
            "name": "verify-order",
            "says": "Place an order",
            "region": "us-west-2",
            "needs": ["scale-up-us-west-2"],
            "estimate_seconds": 1,
            "optional": False,
        },
    ]
    opened: dict[str, object] = {
        "command": "failover",
        "target": "us-west-2",
        "declared_at": began.isoformat(),
        "objectives": {"rto_seconds": 1800.0, "rpo_seconds": 900.0},
        "plan": steps,
        "green": "verify-order",
    }
    told: list[tuple[Kind, str, str, float | None, dict[str, object]]] = [
        ("opened", "", "", None, opened),
        ("step-started", "scale-up-us-west-2", "", None, {}),
        ("step-finished", "scale-up-us-west-2", "done", scale_up, {}),
        ("step-started", "verify-order", "", None, {}),
        ("step-finished", "verify-order", "done", seconds - scale_up, {}),
        ("closed", "", "completed", None, {"rto_seconds": seconds, "rpo_seconds": 1.0, "run_seconds": seconds, "met": {"rto": True}}),
    ]
    records, previous = dict[str, bytes](), GENESIS
    for number, (kind, step, outcome, took, facts) in enumerate(told, 1):
        learned = json.loads(json.dumps(facts))
        record = Record(name, number, kind, began, 1, "ada@ops", previous, step=step, outcome=outcome, seconds=took, facts=learned)
        records[f"{number:04d}.json"], previous = record.body, record.digest
    return {name: records}


def test_tasks_that_shoppers_waited_for_are_worth_their_money() -> None:
    """Only where they were on the chain that decided; with the seconds that it may save, and what it costs."""
    made = found(a_good_month(runs={**a_good_month().runs, **a_move(200.0, 90.0)}))
    one = made["raise workload.service.pilotLight from 1 to 4"]
    assert one.because == "in 20261009T060000Z-failover-abcd shoppers waited 90.0 s for scale-up-us-west-2"
    assert one.effect == "up to 90.0 s less, for 3 more tasks that run all the time"
    assert [each.do for each in made.values() if each.do.startswith("shorten")] == []


def test_the_slowest_step_is_named_when_a_recovery_takes_most_of_what_it_may() -> None:
    """1,000 of 1,800 seconds: what no other step can give."""
    made = found(a_good_month(runs={**a_good_month().runs, **a_move(1000.0, 90.0)}))
    one = made["shorten verify-order: Place an order"]
    assert one.because == "20261009T060000Z-failover-abcd took 16 min 40 s of 30 min, and 15 min 10 s of that was this step"


def test_a_recovery_that_has_become_slower_is_told() -> None:
    """Against the median of those before; two are no history."""
    runs = dict[str, dict[str, bytes]]()
    for month, seconds in ((7, 300.0), (8, 320.0), (9, 310.0), (10, 500.0)):
        runs |= run("drill-database-corrupted", datetime(2026, month, 5, 6, tzinfo=UTC), rto_seconds=seconds)
    made = found(a_good_month(runs={**a_good_month().runs, **runs}))
    [one] = [each for each in made.values() if each.do.startswith("see what changed")]
    assert one.because.endswith("took 8 min 20 s, the median of 4 before it was 5 min 15 s")
    assert len(one.sources) == 5


def test_warm_years_are_cheaper_as_an_export() -> None:
    """What is kept for over a year, with its bytes."""
    kept = tuple(point(n, at(date(2026, 10, n), 5), expires=datetime(2033, 1, 1, tzinfo=UTC), size=2**30) for n in (1, 2))
    made = found(replace(a_good_month(), points=(*a_good_month().points, *kept)))
    [one] = [each for each in made.values() if each.aim == "cost"]
    assert one.because.startswith("2 recovery points of the database are kept for over a year")
    assert one.effect.startswith("2.0 GiB less of warm storage")
