"""Replication stops, orders go on, and then the region is lost: what that loses is a decision, made on what was measured."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from runbooks.journal import Facts
from sandbox.ledger import Order, lost, read_ledger
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

RPO = timedelta(minutes=1)
RATE = 20.0
LINK = {"source": EAST, "target": WEST}
UNPLANNED = ("failover", "--region", WEST, "--mode", "unplanned", "--yes", WEST)


def test_more_loss_than_the_objective_allows_is_accepted_only_by_its_amount(stage: Stage) -> None:
    """Refused with what was measured; taken up only with that amount typed, and journaled; then no more is lost than was said, and each
    lost row is listed when the region is back.
    """
    ana = stage.operator("ana", PULUMI_CONFIG_FILE=str(stage.settings_with(rpo=1)))
    with stage.shoppers(RATE) as ledger:
        _what_cannot_be_measured_takes_a_word_of_its_own(stage, ana)
        _being_behind_is_refused_while_the_region_answers(stage, ana)
        failed = datetime.now(UTC)
        stage.sandbox.break_region(EAST, "refuse")
        over = stage.fails_over(ana, *_what_a_lost_region_takes(stage, ana, failed))
        assert over.code == 0, over
        orders = stage.everyone_is_back(ledger, failed)
        gone = _no_more_is_lost_than_was_said(stage, failed, orders)
        stage.sandbox.ask("POST", "links/heal", LINK)
        stage.sandbox.heal_region(EAST)
        back = stage.fails_back(ana)
        assert back.code == 0, back
    sent = {order.id for order in read_ledger(ledger)}
    listed = set(stage.unreplicated())
    assert {order.id for order in gone} <= listed
    assert listed <= sent - stage.survived(EAST)


def _what_cannot_be_measured_takes_a_word_of_its_own(stage: Stage, ana: Operator) -> None:
    """Without the replica its metric is asked; without both the loss is not measured, and no amount accepts that."""
    began = datetime.now(UTC)
    stage.sandbox.fault("deny", service="secretsmanager", caller="operator")
    by_metric = ana.does(*UNPLANNED, "--dry-run")
    assert by_metric.code == 0, by_metric
    assert "CloudWatch ReplicaLag" in by_metric.out
    stage.sandbox.fault("deny", service="cloudwatch", operation="GetMetric*", caller="operator")
    bare, amount, word = _dry_runs(ana, (), ("--accept-loss", "1h"), ("--accept-loss", "unmeasured"))
    for refused in (bare, amount):
        why, way_out = refused.refusal()
        assert "the loss was not measured" in why
        assert "--accept-loss unmeasured" in way_out
    assert word.code == 0, word
    assert "Loss this accepts: not measured" in word.out
    stage.sandbox.clear_faults()
    eventually(lambda: datetime.now(UTC) > began + timedelta(seconds=11), "ten seconds of orders, by which their number is reckoned")


def _being_behind_is_refused_while_the_region_answers(stage: Stage, ana: Operator) -> None:
    """An operator who gives a living region up is told what this loses by now, and an amount that is still enough once it is typed."""
    since, cut = stage.now(), datetime.now(UTC)
    stage.sandbox.ask("POST", "links/cut", LINK)
    eventually(lambda: datetime.now(UTC) > cut + RPO + timedelta(seconds=2), "the replica to be a minute behind", within=90)
    why, way_out = ana.does(*UNPLANNED).refusal()
    assert re.fullmatch(r"the loss would be at most 1 min \d+ s of writes, about \d+ orders \(.*\); the objective is 1 min", why)
    less, as_told = _dry_runs(ana, ("--accept-loss", "30s"), _typed(way_out))
    assert "the objective is 1 min" in less.refusal()[0]
    assert as_told.code == 0, as_told
    assert stage.effects(since) == []


def _what_a_lost_region_takes(stage: Stage, ana: Operator, failed: datetime) -> tuple[str, ...]:
    """Return what a refusal says to type when the failure's time is given: no second more than was measured."""
    since, at = stage.now(), ("--failed-at", failed.isoformat())
    unknown, known = (ended.refusal() for ended in _dry_runs(ana, (), at))
    assert _typed(known[1])[2:] == ("--failed-at", f"{failed:%Y-%m-%dT%H:%M:%S.%fZ}")
    less = ("--accept-loss", f"{_seconds(known[1]) - 1}s", *at)
    later, refused = _dry_runs(ana, _typed(unknown[1]), less)
    assert later.code == 0, later
    assert refused.refusal()[0] == known[0]
    assert _seconds(known[1]) <= _seconds(unknown[1])
    assert stage.effects(since) == []
    return _typed(known[1])


def _no_more_is_lost_than_was_said(stage: Stage, failed: datetime, orders: list[Order]) -> list[Order]:
    records = stage.records("failover")
    opened, closing = records[0].facts, records[-1].facts
    promoted = next(record for record in records if record.step == f"promote-{WEST}" and record.kind == "step-finished")
    last_commit = datetime.fromisoformat(str(promoted.facts["last_commit"]))
    seconds, said = _loss(opened)
    assert opened["failed_at"] == failed.isoformat()
    assert RPO.total_seconds() < seconds <= float(str(opened["accepted_loss_seconds"])) < seconds + 1
    assert closing["rpo_seconds"] == pytest.approx(seconds, abs=0.002)
    assert closing["met"] == {"rto": True, "rpo": False}
    gone = lost(orders, stage.survived(WEST))
    for order in gone:
        assert last_commit < datetime.fromisoformat(order.acked_at or "") <= failed + timedelta(seconds=1)
    # The number is reckoned from the last ten seconds; the shoppers' pace was steady but for what else this machine did.
    assert 0.6 * len(gone) <= said <= 1.6 * len(gone), f"said {said}, lost {len(gone)}"
    return gone


def _loss(opened: Facts) -> tuple[float, int]:
    loss = opened["loss"]
    assert isinstance(loss, dict)
    return float(str(loss["seconds"])), int(str(loss["orders"]))


def _dry_runs(ana: Operator, *words: tuple[str, ...]) -> list[Ended]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda more: ana.does(*UNPLANNED, "--dry-run", *more), words))


def _typed(way_out: str) -> tuple[str, ...]:
    """Return the words that *way_out* says to type."""
    return tuple(re.findall(r"--[a-z-]+|(?<=-loss )\d+s|(?<=-at )\S+", way_out))


def _seconds(way_out: str) -> int:
    return int(_typed(way_out)[1].removesuffix("s"))
