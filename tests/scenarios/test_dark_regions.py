"""A region that is dark, in silence or not, is needed for nothing; when it returns, its old writer takes nothing from a shopper."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from names import Names
from sandbox.lab import OutageMode
from sandbox.ledger import acknowledged, lost, read_ledger
from sandbox.locate import Place, locate
from tests.scenarios.stage import EAST, WEST, Stage, eventually

LOOKS = {
    "DescribeAlarms",
    "DescribeDBInstanceAutomatedBackups",
    "DescribeDBInstances",
    "DescribeDBParameters",
    "DescribeKey",
    "DescribeServices",
    "GetMetricStatistics",
    "GetSecretValue",
    "ListRecoveryPointsByBackupVault",
}
FENCE = {"ModifyDBParameterGroup", "UpdateService"}
STANDING_BACK = {"PutMetricData"}


def test_a_region_that_hangs_costs_little_more_than_one_that_refuses(stage: Stage) -> None:
    """Silent or not, the lost region answers nothing, no global control plane is asked, and the failover ends at most 10 s later."""
    refusing = _seconds_of_a_failover_in_the_dark(stage, "refuse")
    assert stage.fails_back().code == 0
    hanging = _seconds_of_a_failover_in_the_dark(stage, "hang")
    assert hanging <= refusing + 10.0


def _seconds_of_a_failover_in_the_dark(stage: Stage, mode: OutageMode) -> float:
    stage.sandbox.break_region(EAST, mode)
    since = stage.now()
    over = stage.fails_over()
    assert over.code == 0, over
    asked = [entry for entry in stage.sandbox.requests(since) if entry["caller"] == "operator"]
    in_vain = [entry for entry in asked if entry["region"] == EAST]
    assert {entry["operation"] for entry in in_vain} <= LOOKS | FENCE | STANDING_BACK
    assert {(entry["status"], entry["effect"]) for entry in in_vain} == {(None, False)}
    assert {entry["service"] for entry in asked}.isdisjoint({"route53", "iam", "sts"})
    assert all(set(entry["buckets"].values()) <= {WEST} for entry in asked)
    stage.sandbox.heal_region(EAST)
    return float(str(stage.records("failover")[-1].facts["run_seconds"]))


def test_the_old_writer_that_returns_takes_no_order_from_a_shopper(away: Stage) -> None:
    """Who goes by the name is never led to it; who goes straight to it may be served until it is fenced, and then no more; it cannot be
    failed over to before it is resynced, and what it alone took is listed.
    """
    with away.shoppers() as ledger:
        eventually(lambda: _asked_straight(away, "GET", "/health") == 200, "the old storefront to be back")
        stray = str(uuid4())
        assert _order_straight(away, stray) == 201
        _cannot_be_failed_over_to(away)
        fenced = away.operator().does("fence", "--region", EAST, "--yes", EAST)
        assert fenced.code == 0, fenced
        eventually(lambda: _order_straight(away, str(uuid4())) in (None, 503), "the old storefront to be gone", within=10)
        with _connected(away, EAST) as old, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            old.execute("insert into orders (id, sku, quantity, region) values (%s, 'sole-42', 1, %s)", [str(uuid4()), EAST])
        _cannot_be_failed_over_to(away)
        fenced_until = datetime.now(UTC)
        back = away.fails_back()
        assert back.code == 0, back
        away.everyone_is_back(ledger, fenced_until)
    served = acknowledged(read_ledger(ledger))
    promoted = next(record.at for record in away.records("failback") if (record.kind, record.step) == ("step-started", f"promote-{EAST}"))
    assert {order.region for order in served if datetime.fromisoformat(order.acked_at or "") < promoted} == {WEST}
    assert lost(served, away.survived(EAST)) == []
    assert away.unreplicated() == [stray]


def _cannot_be_failed_over_to(stage: Stage) -> None:
    since = stage.now()
    why, way_out = stage.operator().does("failover", "--region", EAST, "--yes", EAST).refusal()
    assert f"the databases in {WEST} and {EAST} both take writes" in why
    assert f"invoke failback --region {EAST}" in way_out
    assert stage.effects(since) == []


def _order_straight(stage: Stage, order: str) -> int | None:
    return _asked_straight(stage, "POST", "/orders", {"id": order, "sku": "sole-42", "quantity": 1})


def _asked_straight(stage: Stage, method: str, path: str, document: dict[str, object] | None = None) -> int | None:
    """Return what the old region's own address answers, or None when nobody listens there."""
    state = stage.sandbox.state()
    connection = http.client.HTTPConnection(state["addresses"][EAST], state["shop_port"], timeout=5)
    try:
        connection.request(method, path, json.dumps(document) if document else None, {"Host": Names(stage.chosen).shop_domain})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


@contextmanager
def _connected(stage: Stage, region: str) -> Iterator[psycopg.Connection]:
    names = Names(stage.chosen)
    place = Place(stage.sandbox.endpoint, region, names.database, names.database_secret, stage.chosen.workload.database.name)
    with psycopg.connect(psycopg.conninfo.make_conninfo(**locate(place)), connect_timeout=5) as connection:
        yield connection
