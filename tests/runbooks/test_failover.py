"""Deciding on a failover: one photograph, one wish, one outcome."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runbooks.clock import RealClock
from runbooks.errors import Refused
from runbooks.failover import Wish, already_active, decide, plan
from runbooks.objectives import UNMEASURED
from runbooks.reach import Reach
from runbooks.world import World
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST, lost, primary, seen, standby, with_database


def test_both_alive_is_planned() -> None:
    """While both regions live, nothing need be lost."""
    decision = decide(seen(), NAMES, Wish(WEST))
    assert (decision.mode, decision.loss.seconds, decision.source) == ("planned", 0.0, EAST)


def test_a_silent_source_is_unplanned() -> None:
    """A region that gives no answer is taken over from, and what that loses is measured on the replica."""
    decision = decide(seen(east=lost(EAST)), NAMES, Wish(WEST))
    assert (decision.mode, decision.loss.seconds, decision.loss.orders) == ("unplanned", 1.0, 10)


def test_a_known_failure_time_bounds_the_loss() -> None:
    """The loss runs to the moment orders stopped, not to the moment somebody typed the command."""
    world = seen(east=lost(EAST), west=standby(behind=timedelta(minutes=20)))
    decision = decide(world, NAMES, Wish(WEST, failed_at=NOW - timedelta(minutes=19)))
    assert decision.loss.seconds == 60.0


REFUSALS: list[tuple[str, World, Wish, str]] = [
    ("unknown region", seen(), Wish("mars-1"), "mars-1 is not a region of this stack"),
    ("target dark", seen(west=lost(WEST)), Wish(WEST), "us-west-2 gives no answer"),
    ("no replica", seen(west=replace(standby(), database=None)), Wish(WEST), "no replica solemate-prod-orders in us-west-2"),
    ("replica stopped", seen(west=with_database(standby(), status="stopped")), Wish(WEST), "is stopped, not available"),
    ("replication off", seen(west=with_database(standby(), replication="error")), Wish(WEST), "is error although us-east-1 answers"),
    ("two writers", seen(west=with_database(standby(), replica_of="")), Wish(WEST), "both take writes"),
    ("no standby", seen(west=replace(standby(), service=None)), Wish(WEST), "no service storefront in cluster solemate-prod"),
    (
        "key disabled",
        seen(west=replace(standby(), keys={"data": "Disabled"})),
        Wish(WEST),
        "alias/solemate-prod-data in us-west-2 is Disabled",
    ),
    ("no switch", seen(west=replace(standby(), switch_fault="there is no alarm")), Wish(WEST), "there is no alarm"),
    ("lag above RPO", seen(east=lost(EAST), west=standby(timedelta(minutes=16))), Wish(WEST), "at most 16 min of writes"),
    ("lag unmeasured", seen(east=lost(EAST), west=replace(standby(), replay=None)), Wish(WEST), "not measured"),
    (
        "planned, no answer over SQL",
        seen(west=replace(standby(), unseen={"replay": "password"})),
        Wish(WEST),
        "the replica cannot be asked",
    ),
    ("planned, source dark", seen(east=lost(EAST)), Wish(WEST, mode="planned"), "a planned failover needs us-east-1"),
    ("failed in the future", seen(east=lost(EAST)), Wish(WEST, failed_at=NOW + timedelta(minutes=1)), "is in the future"),
]


@pytest.mark.parametrize(("world", "wish", "says"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refuses(world: World, wish: Wish, says: str) -> None:
    """A refusal is a sentence about what is, with a way out."""
    with pytest.raises(Refused, match=says) as refused:
        decide(world, NAMES, wish)
    assert refused.value.hint


def test_a_typed_loss_is_accepted_up_to_its_amount() -> None:
    """Above the objective only the operator's own figure goes, and only if it covers the loss."""
    world = seen(east=lost(EAST), west=standby(timedelta(minutes=16)))
    assert decide(world, NAMES, Wish(WEST, accepted=timedelta(seconds=961))).loss.seconds == 960.0
    with pytest.raises(Refused, match="the objective is 15 min"):
        decide(world, NAMES, Wish(WEST, accepted=timedelta(seconds=959)))


def test_an_unmeasured_loss_can_be_accepted_knowingly() -> None:
    """When nothing can measure the loss, no amount covers it, yet the operator may still decide; the record says it was not measured."""
    world = seen(east=lost(EAST), west=replace(standby(), replay=None))
    assert decide(world, NAMES, Wish(WEST, accepted=UNMEASURED)).loss.seconds is None
    with pytest.raises(Refused, match="not measured"):
        decide(world, NAMES, Wish(WEST, accepted=timedelta(hours=1)))


def way_out(world: World, wish: Wish) -> str:
    with pytest.raises(Refused) as refused:
        decide(world, NAMES, wish)
    return refused.value.hint


def test_what_a_refusal_says_to_type_is_still_enough_a_minute_later() -> None:
    """From a dark region the failure's time stands still; from one that answers the loss grows, and the amount leaves a minute for it."""
    late = standby(timedelta(minutes=16))
    dark, gray = seen(east=lost(EAST), west=late), seen(west=late)
    assert "--accept-loss 961s --failed-at 2026-11-22T10:00:00.000000Z" in way_out(dark, Wish(WEST))
    assert "--accept-loss 1021s" in way_out(gray, Wish(WEST, mode="unplanned"))
    exactly = Wish(WEST, failed_at=NOW, accepted=timedelta(seconds=961))
    assert decide(replace(dark, taken_at=NOW + timedelta(minutes=1)), NAMES, exactly).loss.seconds == 960.0


def test_a_region_that_answers_and_no_longer_works_can_be_left() -> None:
    """A replica that lost its source blocks a planned failover, and not the one that accepts what this loses."""
    world = seen(west=with_database(standby(), replication="error"))
    decision = decide(world, NAMES, Wish(WEST, mode="unplanned"))
    assert (decision.loss.seconds, decision.failed_at) == (1.0, None)
    assert "may take more until it is fenced" in decision.loss.how
    assert "mend replication first" in way_out(world, Wish(WEST, mode="planned"))


def test_already_active() -> None:
    """A target that shoppers already reach, with the writer, needs nothing."""
    assert already_active(seen(leads_to=EAST), EAST)
    assert not already_active(seen(leads_to=EAST), WEST)


def test_unplanned_waits_for_nothing_in_the_lost_region() -> None:
    """Only the fence touches the source, beside the others: no step needs it."""
    decision = decide(seen(east=lost(EAST)), NAMES, Wish(WEST))
    steps = {step.name: step for step in plan(Reach(NAMES, RealClock()), decision, "20261122T100000Z-failover-0000").steps}
    touching = [name for name, step in steps.items() if step.region == EAST]
    assert touching == [f"fence-{EAST}"]
    assert steps[f"fence-{EAST}"].beside
    assert not [step.name for step in steps.values() if f"fence-{EAST}" in step.needs]
    assert steps[f"promote-{WEST}"].needs == steps[f"scale-up-{WEST}"].needs == ()


def test_a_region_that_answers_is_fenced_before_the_other_is_promoted() -> None:
    """What it took in between would be lost; when somebody knows that orders had stopped before, nothing is waited for."""

    def needs(wish: Wish) -> tuple[str, ...]:
        steps = plan(Reach(NAMES, RealClock()), decide(seen(), NAMES, wish), "20261122T100000Z-failover-0000").steps
        return next(step.needs for step in steps if step.name == f"promote-{WEST}")

    assert needs(Wish(WEST, mode="unplanned")) == (f"fence-{EAST}",)
    assert needs(Wish(WEST, mode="unplanned", failed_at=NOW)) == ()


def test_planned_promotes_only_after_the_last_write_arrived() -> None:
    """Writes stop, the replica catches up, and only then is it promoted; traffic moves last."""
    decision = decide(seen(east=primary()), NAMES, Wish(WEST))
    steps = {step.name: step.needs for step in plan(Reach(NAMES, RealClock()), decision, "20261122T100000Z-failover-0000").steps}
    assert steps["catch-up"] == (f"stop-writes-{EAST}",)
    assert steps[f"promote-{WEST}"] == ("catch-up",)
    assert steps[f"switch-to-{WEST}"] == (f"promote-{WEST}",)
