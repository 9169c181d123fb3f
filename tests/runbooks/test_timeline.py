"""The line is to scale: what took twice as long is twice as wide, and what ran side by side stands side by side."""

from dataclasses import replace

import pytest

from runbooks.story import Moment, story
from runbooks.timeline import Timeline, exact, timeline
from tests.runbooks.histories import EAST, WEST, failback, failover


def bar(of: Timeline, step: str) -> tuple[float, float]:
    drawn = next(lane for lane in of.lanes if lane.step.name == step).bars[-1]
    return drawn.left, drawn.width


def test_widths_are_in_proportion_to_seconds() -> None:
    """Promotion took 3.7 s and scaling 2.5 s, both from the same moment."""
    line = timeline(story(failover().records))
    (promoted_at, promoted), (scaled_at, scaled) = bar(line, f"promote-{WEST}"), bar(line, f"scale-up-{WEST}")
    assert promoted_at == scaled_at
    assert promoted / scaled == pytest.approx(3.7 / 2.5, rel=0.001)


def test_everything_stands_inside_the_line() -> None:
    """No bar, tick or moment lies outside 0 to 100 percent."""
    for history in (failover(), failback()):
        line = timeline(story(history.records))
        places = [mark.at for mark in line.lines] + [at for at, _ in line.ticks]
        places += [place for lane in line.lanes for each in lane.bars for place in (each.left, each.left + each.width)]
        assert min(places) >= 0
        assert max(places) <= 100


def test_an_objective_far_away_is_told_and_not_drawn() -> None:
    """Thirty minutes beside eight seconds would shrink the run to a dot."""
    line = timeline(story(failover().records))
    assert "RTO objective" not in [mark.name for mark in line.lines]
    assert line.beyond == ("RTO objective is 30 min after the declared start, right of what is drawn",)


def test_an_objective_in_reach_is_drawn() -> None:
    """With an objective of eight seconds, the line shows where it was missed."""
    line = timeline(replace(story(failover().records), rto_objective=8.0))
    assert "RTO objective +8.0 s" in [mark.label for mark in line.lines]


def test_in_a_planned_run_the_objective_counts_from_where_writes_stopped() -> None:
    """The RTO of a planned run starts when the plan itself stops the service."""
    line = timeline(replace(story(failback().records), rto_objective=5.0))
    assert "RTO objective +23.9 s" in [mark.label for mark in line.lines]


def test_a_failure_long_before_the_declaration_is_told_and_not_drawn() -> None:
    """An operator who hesitated twenty minutes does not shrink the run to a dot either."""
    told = story(failover().records)
    line = timeline(replace(told, moments=(Moment("failure", -1200.0), *told.moments[1:])))
    assert line.beyond[0] == "failure is 20 min before the declared start, left of what is drawn"


def test_a_label_stands_where_it_has_room() -> None:
    """After its bar; before it at the right edge; inside when the bar fills the line."""
    line = timeline(story(failback().records))
    sides = {lane.step.name: lane.bars[-1].side for lane in line.lanes}
    assert (sides[f"fence-{EAST}"], sides["protected-again"]) == ("after", "before")


def test_a_run_that_only_began_can_be_drawn() -> None:
    """A journal with one record is a line without bars."""
    line = timeline(story(failover().records[:1]))
    assert [lane.bars for lane in line.lanes] == [()] * 6


@pytest.mark.parametrize(("seconds", "said"), [(0.0, "0 s"), (0.052, "52 ms"), (10.84, "10.8 s"), (125.0, "2 min 5 s"), (1800.0, "30 min")])
def test_durations_keep_their_tenths_as_long_as_they_matter(seconds: float, said: str) -> None:
    """Milliseconds, then tenths up to two minutes, then minutes and seconds."""
    assert exact(seconds) == said
