"""RTO and RPO arithmetic."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from runbooks.objectives import Loss, critical_path, loss_of, why_too_much
from tests.runbooks.pictures import NOW

RPO = timedelta(minutes=15)


def test_loss_runs_from_the_last_surviving_commit_to_the_failure() -> None:
    """Ninety seconds at two orders every three seconds are sixty orders: a part of an order counts as one."""
    loss = loss_of(NOW - timedelta(seconds=90), NOW, 0.66, "how")
    assert (loss.seconds, loss.orders) == (90.0, 60)


def test_a_commit_after_the_failure_loses_nothing() -> None:
    """Loss is never negative."""
    assert loss_of(NOW + timedelta(seconds=1), NOW, 40, "how").seconds == 0.0


def test_a_loss_whose_rate_is_not_known_names_no_orders() -> None:
    """Seconds may be known where orders are not: unknown is not none."""
    assert loss_of(NOW - timedelta(seconds=90), NOW, None, "how") == Loss(90.0, None, "how")


def test_nothing_replayed_is_not_measured() -> None:
    """Absent is not zero."""
    assert loss_of(None, NOW, 40, "how").seconds is None


@given(st.floats(0, 10_000), st.floats(0.001, 10_000))
def test_accepting_more_than_the_loss_is_enough(loss: float, accepted: float) -> None:
    """A loss passes if it is inside the objective or inside what the operator typed, and only then."""
    passes = why_too_much(Loss(loss, None, ""), RPO, timedelta(seconds=accepted)) is None
    assert passes == (timedelta(seconds=loss) <= max(RPO, timedelta(seconds=accepted)))


def test_critical_path_is_the_longest_chain() -> None:
    """Two branches meet: the slower one counts."""
    seconds = {"promote": 20.0, "scale": 15.0, "switch": 10.0, "verify": 1.0, "fence": 99.0}
    needs = {"switch": ("promote", "scale"), "verify": ("switch",)}
    assert critical_path(seconds, needs, "verify") == (("promote", "switch", "verify"), 31.0)
