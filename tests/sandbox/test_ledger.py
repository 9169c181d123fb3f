"""The ledger's arithmetic, on shopping that is written out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.ledger import Order, acknowledged, downtime, longest_wait, lost, per_region, read_ledger, write_line

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EAST, WEST = "us-east-1", "us-west-2"


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def order(second: float, *, shopper: int = 0, acked: bool = True, region: str = EAST) -> Order:
    """Return an order that was sent, and acknowledged if it was, in one moment."""
    moment = at(second).isoformat()
    return Order(
        id=f"{shopper}-{second}",
        shopper=shopper,
        sent_at=moment,
        sent_monotonic=1000 + second,
        acked_at=moment if acked else None,
        acked_monotonic=1000 + second if acked else None,
        status=201 if acked else 503,
        region=region if acked else None,
        address="127.0.1.1",
        error=None if acked else "the database is not available",
    )


CUT_OFF = [order(1), order(2), order(3), order(4, acked=False), order(9, acked=False), order(12, region=WEST), order(13, region=WEST)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Orders come back as they were; a line that is still being written does not count yet."""
    file = tmp_path / "ledger.jsonl"
    file.write_text("".join(map(write_line, CUT_OFF)) + write_line(order(14))[:20], encoding="utf-8")
    assert read_ledger(file) == CUT_OFF


def test_lost_is_what_was_acknowledged_and_is_gone() -> None:
    """An order that nobody acknowledged is no loss, and one that is present without acknowledgement is none either."""
    present = {order.id for order in CUT_OFF if order.id not in ("0-2", "0-4")} | {"0-9"}
    assert [order.id for order in lost(CUT_OFF, present)] == ["0-2"]
    assert len(acknowledged(CUT_OFF)) == 5


def test_acknowledgements_are_counted_by_region() -> None:
    """Each region has what it acknowledged itself."""
    assert per_region(CUT_OFF) == {EAST: 3, WEST: 2}


@pytest.mark.parametrize("since", [2.5, 3.5, 2.0])
def test_downtime_is_the_longest_stretch_without_acknowledgement(since: float) -> None:
    """It is counted from acknowledgement to acknowledgement, also when the cut came a moment after it was declared."""
    assert downtime(CUT_OFF, at(since)) == 9


@pytest.mark.parametrize(
    ("ledger", "since"),
    [
        ([], 1),
        (CUT_OFF, 0.5),
        (CUT_OFF[:5], 2.5),
        ([order(1), order(2), order(3, acked=False)], 2.5),
    ],
)
def test_downtime_that_has_no_beginning_or_no_end_is_not_measured(ledger: list[Order], since: float) -> None:
    """Without an acknowledgement before, or while it is still the longest stretch, there is no figure."""
    assert downtime(ledger, at(since)) is None


def test_downtime_before_the_moment_does_not_count() -> None:
    """An earlier interruption is another one's."""
    assert downtime([order(1), order(50), order(51), order(54), order(55)], at(50.5)) == 3


def test_the_longest_wait_is_the_unluckiest_shopper_s() -> None:
    """The shop was back after 9 s, but one shopper's cached name kept them away for 13."""
    other = [order(2.5, shopper=1), order(12.5, shopper=1, acked=False), order(15.5, shopper=1, region=WEST)]
    assert downtime(CUT_OFF + other, at(3)) == 9
    assert longest_wait(CUT_OFF + other, at(3)) == 13


def test_nobody_s_wait_is_known_before_everyone_is_back() -> None:
    """One shopper without a new acknowledgement, or whose newest order was refused, leaves the figure open."""
    away = [order(2.5, shopper=1), order(12.5, shopper=1, acked=False)]
    assert longest_wait(CUT_OFF + away, at(3)) is None
    again_away = [*away, order(13, shopper=1), order(14, shopper=1, acked=False)]
    assert longest_wait(CUT_OFF + again_away, at(3)) is None


def test_durations_do_not_follow_the_clock() -> None:
    """A clock that is set in the middle changes no duration: they come from the monotonic clock."""
    late = replace(order(12, region=WEST), acked_at=at(500).isoformat())
    assert downtime([order(1), order(2), late], at(2.5)) == 10
