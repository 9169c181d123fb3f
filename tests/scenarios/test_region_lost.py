"""A region is lost under load, and comes back."""

import json
from datetime import UTC, datetime, timedelta

from names import Names
from runbooks.databases.verify import FENCED, WRITTEN
from sandbox.ledger import Order, lost, read_ledger
from tests.scenarios.damage import a_second_passes, restorable, restores, told
from tests.scenarios.stage import EAST, SHOPPERS, WEST, Stage, eventually


def test_a_lost_region_is_replaced_and_returns_without_losing_an_acknowledged_order(stage: Stage) -> None:
    """Lost under load: RTO and RPO hold, what was lost is what the run said, the old writer is kept out, and the way back loses nothing."""
    ana = stage.operator()
    with stage.shoppers() as ledger:
        restorable(stage, EAST, datetime.now(UTC))
        stage.sandbox.break_region(EAST, "refuse")
        failed = datetime.now(UTC)
        over = stage.fails_over(ana, "--failed-at", failed.isoformat())
        assert over.code == 0, over
        orders = stage.everyone_is_back(ledger, failed)
        _lost_is_what_was_said(stage, failed, orders)
        _old_writer_is_kept_out(stage)
        # The log of a writer that takes nothing stands still.
        assert _restored(stage, stage.database(EAST)["LatestRestorableTime"].replace(microsecond=0), EAST) == FENCED
        back = stage.fails_back(ana)
        assert back.code == 0, back
        moved = next(record.at for record in stage.records("failback") if record.step == f"stop-writes-{WEST}")
        stage.everyone_is_back(ledger, moved)
    after = [order for order in read_ledger(ledger) if datetime.fromisoformat(order.sent_at) > failed + timedelta(seconds=5)]
    assert lost(after, stage.survived(EAST)) == []
    assert stage.records("failback")[-1].facts["rpo_seconds"] == 0.0
    # Neither region is fenced any more: restore tests, and whoever needs the standby's log next, get a database that takes orders.
    moment = a_second_passes(stage)
    restorable(stage, WEST, moment)
    assert _restored(stage, moment, WEST) == WRITTEN


def _restored(stage: Stage, moment: datetime, region: str) -> str:
    """Restore the database beside the one in *region*, and return what was found of writing to it."""
    to = Names(stage.chosen).restored_database(moment)
    ended = restores(stage.operator(), "--at", told(moment), "--region", region, "--yes", to)
    assert ended.code == 0, ended
    verified = stage.operator().does("verify", "--target", "database", "--instance", to, "--region", region, "--json")
    assert verified.code == 0, verified
    return str({each["name"]: each["says"] for each in json.loads(verified.out)}["orders written"])


def _lost_is_what_was_said(stage: Stage, failed: datetime, orders: list[Order]) -> None:
    records = stage.records("failover")
    promoted = next(record for record in records if record.step == f"promote-{WEST}" and record.kind == "step-finished")
    assert records[-1].facts["met"] == {"rto": True, "rpo": True}
    last_commit = datetime.fromisoformat(str(promoted.facts["last_commit"]))
    gone = lost(orders, stage.survived(WEST))
    for order in gone:
        # Committed in the old region after the last commit that survived; acknowledged a moment later.
        assert last_commit < datetime.fromisoformat(order.acked_at or "") <= failed + timedelta(seconds=1)
    said = records[0].facts["loss"]
    assert isinstance(said, dict)
    # The number is reckoned from the shoppers' pace; all of them may have been served in the moment before.
    assert len(gone) <= int(str(said["orders"])) + SHOPPERS, f"said {said}, lost {len(gone)}"


def _old_writer_is_kept_out(stage: Stage) -> None:
    """Come back, still believing it is the primary: shoppers are led past it, and once fenced it takes nothing."""
    stage.sandbox.heal_region(EAST)
    eventually(lambda: stage.database(EAST)["DBInstanceStatus"] == "available", "the old writer to be back")
    refused = stage.operator().does("failover", "--region", EAST, "--yes", EAST)
    assert refused.code == 1
    assert "both take writes" in refused.err
    assert f"invoke failback --region {EAST}" in refused.err
    fenced = stage.operator().does("fence", "--region", EAST, "--yes", EAST)
    assert fenced.code == 0, fenced
    status = json.loads(stage.operator().does("status", "--json").out)
    assert status["world"]["views"][EAST]["read_only"] is True
