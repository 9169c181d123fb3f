"""Both regions live: moving the shop loses nothing, and an operator may still give a living region up."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.ledger import acknowledged, lost, read_ledger
from tests.scenarios.stage import EAST, WEST, Stage


def test_moving_there_and_back_under_load_loses_no_acknowledged_order(stage: Stage) -> None:
    """Writes stop, the replica replays the last of them, and only then does it take new ones, both ways."""
    with stage.shoppers() as ledger:
        began = datetime.now(UTC)
        over = stage.fails_over()
        assert over.code == 0, over
        there = stage.everyone_is_back(ledger, began)
        assert lost(there, stage.survived(WEST)) == []
        turned = datetime.now(UTC)
        back = stage.fails_back()
        assert back.code == 0, back
        stage.everyone_is_back(ledger, turned)
    everything = acknowledged(read_ledger(ledger))
    assert lost(everything, stage.survived(EAST)) == []
    assert {order.region for order in everything} == {EAST, WEST}
    for command in ("failover", "failback"):
        records = stage.records(command)
        assert (records[0].facts["mode"], records[-1].facts["rpo_seconds"]) == ("planned", 0.0)
        assert records[-1].facts["met"] == {"rto": True, "rpo": True}


def test_a_region_that_answers_can_be_given_up(stage: Stage) -> None:
    """Its orders go on and arrive nowhere: it is fenced first, then the other is promoted; what it took in between is lost, and no more."""
    with stage.shoppers() as ledger:
        began, since = datetime.now(UTC), stage.now()
        stage.sandbox.ask("POST", "links/cut", {"source": EAST, "target": WEST})
        over = stage.fails_over(None, "--mode", "unplanned")
        assert over.code == 0, over
        orders = stage.everyone_is_back(ledger, began)
        gone = lost(orders, stage.survived(WEST))
        stage.sandbox.ask("POST", "links/heal", {"source": EAST, "target": WEST})
        assert stage.fails_back().code == 0
    records = stage.records("failover")
    assert (records[0].facts["mode"], records[0].facts["failed_at"]) == ("unplanned", None)
    ends = {record.step: record for record in records if record.kind == "step-finished"}
    last_commit = datetime.fromisoformat(str(ends[f"promote-{WEST}"].facts["last_commit"]))
    fenced = ends[f"fence-{EAST}"].at
    assert records[-1].facts["rpo_seconds"] == pytest.approx((fenced - last_commit).total_seconds(), abs=0.002)
    assert gone, "orders went on while the link was cut"
    for order in gone:
        assert last_commit < datetime.fromisoformat(order.acked_at or "") <= fenced + timedelta(seconds=1)
    assert {order.id for order in gone} <= set(stage.unreplicated())
    first, second = stage.effects(since, "ModifyDBParameterGroup", "PromoteReadReplica")[:2]
    assert [(first["operation"], first["region"]), (second["operation"], second["region"])] == [
        ("ModifyDBParameterGroup", EAST),
        ("PromoteReadReplica", WEST),
    ]
