"""Runs: what is skipped stays skipped."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbooks.errors import Refused
from runbooks.journal import GENESIS, Facts, Record
from runbooks.objectives import NOTHING
from runbooks.plan import Plan, Step
from runbooks.runs import measured, skipped, skipping
from tests.runbooks.histories import History
from tests.runbooks.pictures import NAMES

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
STEPS = tuple(Step(name, f"do {name}", "us-west-2", dict, lambda: True) for name in ("promote", "announce"))
PLAN = Plan("failover", "us-east-1", "us-west-2", "unplanned", "a test", STEPS, NOTHING, green="promote")


def record(seq: int, facts: Facts) -> Record:
    return Record("20261122T100000Z-failover-0000", seq, "opened" if seq == 1 else "resumed", AT, 1, "ana@laptop", GENESIS, facts=facts)


def test_a_skip_needs_a_reason() -> None:
    """Why a step is not done must be said before the run goes on without it."""
    with pytest.raises(Refused, match="a skipped step needs a reason"):
        skipping(PLAN, ("announce",), " ")


def test_who_resumes_skips_what_was_skipped_before() -> None:
    """A skip that the run had not come to yet is found in its records, and a later one is added to it."""
    decided = skipped((record(1, {"skipped": {"announce": "told by telephone"}}), record(2, {"skipped": {}})))
    assert decided == {"announce": "told by telephone"}
    resumed = skipping(replace(PLAN, skipped=decided), ("promote",), "by hand")
    assert resumed.skipped == {"announce": "told by telephone", "promote": "by hand"}


def left(fence: str) -> History:
    """A failover from a region that answered: promoted with a commit of 10:05:01, fenced at 10:05:03 unless *fence* says otherwise."""
    history = History("20261122T100500Z-failover-3fa2")
    history.add(0.0, "opened", facts={"declared_at": history.declared.isoformat(), "failed_at": None, "loss": {"seconds": 0.5}})
    history.started(0.5, "fence-us-east-1").finished(3.0, "fence-us-east-1", 2.5, outcome=fence).started(3.0, "promote-us-west-2")
    return history.finished(9.0, "promote-us-west-2", 6.0, last_commit="2026-11-22T10:05:01+00:00")


def test_the_writes_of_a_region_that_answered_end_with_its_fence() -> None:
    """It failed at no moment, so its recovery point is counted to the end of its fence; without a fence it was not measured."""
    plan = replace(PLAN, green="promote-us-west-2")
    assert measured(plan, tuple(left("done").records), NAMES)["rpo_seconds"] == 2.0
    assert measured(plan, tuple(left("not done").records), NAMES)["rpo_seconds"] is None
