"""Deciding on a failback, and the order of its steps."""

from dataclasses import replace
from itertools import pairwise

import pytest

from runbooks.clock import RealClock
from runbooks.commands import Pen
from runbooks.errors import Refused
from runbooks.failback import decide, plan, retired_name
from runbooks.reach import Reach
from runbooks.world import World
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST, lost, primary, seen, standby, with_database

RUN = "20261122T100000Z-failback-0000"
ACTIVE_WEST = with_database(standby(), replica_of="", replication="")

REFUSALS: list[tuple[str, World, str]] = [
    ("still dark", seen(east=lost(EAST), west=ACTIVE_WEST, leads_to=WEST), "us-east-1 gives no answer yet"),
    ("active dark", seen(west=lost(WEST), leads_to=WEST), "us-west-2 does not answer"),
    ("nothing failed over", seen(), "the database in us-west-2 is a replica"),
    (
        "no storefront",
        seen(east=replace(primary(), service=None), west=ACTIVE_WEST, leads_to=WEST),
        "the storefront in us-east-1 is missing",
    ),
    ("key", seen(east=replace(primary(), keys={"data": "PendingDeletion"}), west=ACTIVE_WEST, leads_to=WEST), "data is PendingDeletion"),
]


@pytest.mark.parametrize(("world", "says"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refuses(world: World, says: str) -> None:
    """A region is not gone back to before it can be rebuilt from the active one."""
    with pytest.raises(Refused, match=says):
        decide(world, NAMES, EAST)


def test_rebuilds_before_it_moves_and_protects_before_it_ends() -> None:
    """The old writer is fenced, compared and put aside before a replica is built; the run ends with the standby's check."""
    decision = decide(seen(west=ACTIVE_WEST, leads_to=WEST), NAMES, EAST)
    steps = {step.name: step.needs for step in plan(Reach(NAMES, RealClock()), decision, RUN, NOW, Pen().journal).steps}
    chain = [
        f"fence-{EAST}",
        "report-unreplicated",
        f"retire-{EAST}",
        f"build-replica-{EAST}",
        f"scale-up-{EAST}",
        f"stop-writes-{WEST}",
        "catch-up",
    ]
    chain += [
        f"promote-{EAST}",
        f"switch-to-{EAST}",
        "verify-order",
        f"retire-{WEST}",
        f"build-replica-{WEST}",
        f"replicate-backups-{WEST}",
        "protected-again",
    ]
    for before, after in pairwise(chain):
        assert before in steps[after], f"{after} must wait for {before}"
    assert list(steps)[-1] == "protected-again"


def test_kept_names_are_this_runs_own() -> None:
    """A retired database carries its run's mark, so that two runs of one minute differ; the longest name still fits RDS's 63 characters."""
    kept = retired_name(NAMES, "20261122T100000Z-failback-3fa2", "a")
    assert kept == f"{NAMES.database}-retired-3fa2a"
    assert 46 + len(kept.removeprefix(NAMES.database)) <= 63
