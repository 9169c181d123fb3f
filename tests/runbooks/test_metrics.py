"""The arithmetic of metrics: what counts, what does not, and what was not measured."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from rich.console import Console

from runbooks.aws.costs import Month
from runbooks.aws.job_history import Kind, PastJob
from runbooks.aws.recovery_points import Point
from runbooks.metrics.look import Costs, History
from runbooks.metrics.reckon import Spread, copy_delays, rate, rates_by_target, reckon, recovery, spread, spreads, stored, trend
from runbooks.metrics.show import screen
from runbooks.story import story
from tests.runbooks.histories import failback, failover

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
EAST = "us-east-1"


def job(
    kind: Kind = "backup", state: str = "COMPLETED", *, point: str = "p", source: str = "", began: float = 0, took: float = 60
) -> PastJob:
    """Return a job that began so many seconds after NOW; one that runs has no end."""
    at = NOW + timedelta(seconds=began)
    ended = None if state == "RUNNING" else at + timedelta(seconds=took)
    return PastJob(kind, "j", EAST, "database", "arn", "vault", state, "", point, "", "", at, ended, 1, "", "", source)


def history(*jobs: PastJob, **changes: object) -> History:
    given: dict[str, object] = {
        "since": NOW - timedelta(days=30),
        "until": NOW,
        "jobs_since": NOW - timedelta(days=30),
        "jobs": jobs,
        "points": (),
        "broken": frozenset(),
        "stories": (),
        "costs": Costs((), "denied"),
        "unseen": {},
    }
    return History(**given | changes)  # type: ignore[arg-type]


ENDS = ("COMPLETED", "PARTIAL", "FAILED", "EXPIRED", "ABORTED")


def test_what_ended_otherwise_than_completed_did_not_succeed() -> None:
    """One of five, with each end that AWS Backup knows; what still runs is in neither number."""
    found = rate("backup", [*(job(state=end) for end in ENDS), job(state="RUNNING"), job("copy")], frozenset())
    assert (found.good, found.ended, found.running, found.ratio, found.met) == (1, 5, 1, 0.2, False)


def test_without_a_job_there_is_no_rate() -> None:
    """Nothing was shown to work, which is not the same as that all of it did."""
    found = rate("backup", [job(state="RUNNING")], frozenset())
    assert (found.ended, found.ratio, found.met) == (0, None, None)


def test_a_backup_that_was_found_broken_did_not_succeed() -> None:
    """Whatever AWS Backup said of its job."""
    assert rate("backup", [job(point="bad"), job(point="good")], frozenset({"bad"})).good == 1


@pytest.mark.parametrize(("failed", "met"), [(0, True), (1, True), (2, False)])
def test_the_objective_is_999_of_a_thousand(failed: int, met: bool) -> None:
    """One failure in a thousand jobs is within it, the second is not."""
    jobs = [*(job() for _ in range(1000 - failed)), *(job(state="FAILED") for _ in range(failed))]
    assert rate("backup", jobs, frozenset()).met is met


def test_rates_are_told_apart_by_target() -> None:
    """By the kind of job and what it was of."""
    assert {name: each.ended for name, each in rates_by_target([job(), job(), job("copy")], frozenset()).items()} == {
        "backup database": 2,
        "copy database": 1,
    }


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], Spread(1, 3.0, 3.0, 3.0)),
        ([1.0, 2.0], Spread(2, 1.5, 2.0, 2.0)),
        ([float(each) for each in range(1, 101)], Spread(100, 50.5, 95.0, 100.0)),
        ([float(each) for each in range(20, 0, -1)], Spread(20, 10.5, 19.0, 20.0)),
    ],
)
def test_a_spread_is_median_95th_percentile_and_longest(values: list[float], expected: Spread) -> None:
    """The percentile is by nearest rank: a duration that was really measured."""
    assert spread(values) == expected


def test_what_was_not_measured_is_in_no_spread() -> None:
    """Nor is a name of which nothing was."""
    assert spreads([("a", None), ("b", 2.0), ("b", None)]) == {"b": Spread(1, 2.0, 2.0, 2.0)}


def test_a_copy_is_late_by_what_passed_since_its_backup_ended() -> None:
    """Of a continuous backup, whose point stays the same, since the last job before the copy's end; of an unknown one it is not known."""
    first, second = job(point="c", began=0, took=100), job(point="c", began=3600, took=100)
    copies = [job("copy", source="c", began=120, took=60), job("copy", source="c", began=3800, took=60), job("copy", source="gone")]
    assert list(copy_delays([first, second, *copies])) == [("database", 80.0), ("database", 160.0), ("database", None)]


def test_what_is_stored_is_summed_by_vault_target_and_tier() -> None:
    """In bytes, as AWS Backup says it of each point."""

    def point(size: int, tier: str) -> Point:
        return Point("p", "files", "snapshot", "COMPLETED", NOW, None, size, tier, EAST, "vault", "arn", "")

    found = stored([point(1, "warm"), point(2, "warm"), point(4, "cold")])
    assert [(each.vault, each.target, each.tier, each.points, each.size) for each in found] == [
        ("vault", "files", "cold", 1, 4),
        ("vault", "files", "warm", 2, 3),
    ]


def month(number: int, dollars: str, estimated: bool = False) -> Month:
    return Month(date(2026, number, 1), Decimal(dollars), estimated)


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        ([], None),
        ([month(10, "100")], None),
        ([month(9, "100"), month(10, "125"), month(11, "7", estimated=True)], Decimal("0.25")),
        ([month(9, "0"), month(10, "125")], None),
        ([month(8, "100"), month(10, "125")], None),
    ],
)
def test_a_trend_takes_two_whole_months(months: list[Month], expected: Decimal | None) -> None:
    """The month that runs is none, a month without costs is no measure, and one that is missing is not leapt over."""
    assert trend(months) == expected


def test_a_run_tells_what_it_measured() -> None:
    """By the command in its name; a run that was not finished measured nothing."""
    over = recovery(story(failover().records))
    assert (over.command, over.recovery, over.loss, over.recovery_met) == ("failover", 8.2, 0.091, True)
    unfinished = recovery(story(failback().records[:-1]))
    assert (unfinished.command, unfinished.result, unfinished.recovery) == ("failback", "not finished", None)


def _shown(found: History) -> str:
    out = Console(width=200, force_terminal=False)
    with out.capture() as written:
        out.print(screen(reckon(found)))
    return written.get()


def test_the_screen_shows_numerator_denominator_and_how_it_is_counted() -> None:
    """And says no jobs, not measured and why, and what was not seen."""
    text = _shown(history(job(), job(state="FAILED"), stories=(story(failover().records),), unseen={"journal": "no answer"}))
    assert "backup: 1 of 2 succeeded, 50.00%; the objective is 99.9%: missed" in text
    assert "copy: no jobs" in text
    assert "PARTIAL, FAILED, EXPIRED and ABORTED are none" in text.replace("\n", " ")
    assert "cost by month: not measured: denied" in text
    assert "not seen journal: no answer" in text
    assert "20261122T100500Z-failover-3fa2  completed  8.2 s" in text


def test_costs_are_shown_with_their_trend() -> None:
    """The month that runs is so far only."""
    months = (month(9, "100"), month(10, "125"), month(11, "7", estimated=True))
    text = _shown(history(costs=Costs(months)))
    assert "2026-09 100.00, 2026-10 125.00, 2026-11 7.00 so far" in text
    assert "trend of the last whole month: +25.0% from the month before" in text
