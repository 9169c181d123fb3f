"""Runs: what is skipped stays skipped."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from runbooks.errors import Refused
from runbooks.journal import GENESIS, Facts, Record
from runbooks.objectives import NOTHING
from runbooks.plan import Plan, Step
from runbooks.runs import skipped, skipping

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
