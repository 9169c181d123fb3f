"""What AWS takes and does not do: a promotion without an end, tasks without capacity, a switch whose datapoint is lost.

Every wait has a deadline, and none takes AWS's word for its effect.
"""

from datetime import UTC, datetime
from typing import Any

from runbooks.journal import Record
from tests.scenarios.stage import EAST, WEST, Ended, Stage

NEVER = 9999.0
UP, PROMOTE, SWITCH = f"scale-up-{WEST}", f"promote-{WEST}", f"switch-to-{WEST}"


def test_what_does_not_come_about_is_waited_for_to_a_deadline_and_no_longer(stage: Stage) -> None:
    """Promotion and tasks that never come end in their objective's minute, each with what is so and what to do; the run goes on from
    there with the tasks there are, promotes once, and believes a switch only when the name resolves to the new region.
    """
    ana = stage.operator("ana", PULUMI_CONFIG_FILE=str(stage.settings_with(rto=1)))
    since = stage.now()
    stage.sandbox.service_times(promote=NEVER)
    stage.sandbox.ask("POST", "capacity", {"region": WEST, "tasks": 1})
    with stage.shoppers() as ledger:
        failed = datetime.now(UTC)
        stage.sandbox.break_region(EAST, "refuse")
        _ends_at_its_deadline(stage, stage.fails_over(ana))
        stage.sandbox.service_times(promote=0.0)
        stage.sandbox.fault("pretend", service="cloudwatch", operation="PutMetricData", region=WEST, times=2)
        resumed = stage.fails_over(ana, "--resume", "--skip", UP, "--reason", "half the tasks are better than none")
        assert resumed.code == 0, resumed
        _goes_on_with_the_tasks_there_are(stage)
        _believes_the_switch_only_when_it_resolves(stage, since)
        stage.everyone_is_back(ledger, failed)
    assert len(stage.effects(since, "PromoteReadReplica")) == 1
    stage.sandbox.ask("POST", "capacity", {"region": WEST, "tasks": None})
    stage.sandbox.heal_region(EAST)
    assert stage.fails_back().code == 0


def _ends_at_its_deadline(stage: Stage, ended: Ended) -> None:
    assert ended.code == 3, ended
    assert f"Try: invoke failover --region {WEST} --resume" in ended.err
    assert 60 < ended.seconds < 150
    failed = {record.step: record for record in stage.records("failover") if record.kind == "step-failed"}
    assert set(failed) == {UP, PROMOTE}
    assert "for solemate-sandbox-orders in us-west-2 to be the writer" in str(failed[PROMOTE].facts["error"])
    assert "1 of 2 run. ECS says: (service storefront) was unable to place a task" in str(failed[UP].facts["error"])
    assert f"--resume --skip {UP} --reason" in str(failed[UP].facts["hint"])
    for record in failed.values():
        assert str(record.facts["error"]) in ended.err
        assert str(record.facts["hint"]) in ended.err


def _goes_on_with_the_tasks_there_are(stage: Stage) -> None:
    skipped = _one(stage, "step-skipped", UP)
    assert skipped.facts["reason"] == "half the tasks are better than none"
    [service] = stage.clients("ecs", WEST).describe_services(cluster="solemate-sandbox", services=["storefront"])["services"]
    assert (service["desiredCount"], service["runningCount"]) == (2, 1)


def _believes_the_switch_only_when_it_resolves(stage: Stage, since: int) -> None:
    """Two datapoints were taken and lost; what follows the switch comes after the third, which was not."""
    thrown = [entry for entry in _by_the_operator(stage, since, "PutMetricData") if entry["region"] == WEST]
    assert [entry["effect"] for entry in thrown][:3] == [False, False, True]
    turned = datetime.fromisoformat(thrown[2]["at"])
    assert _one(stage, "step-finished", SWITCH).at > turned
    assert _one(stage, "step-started", "verify-order").at > turned
    [told] = _by_the_operator(stage, since, "Publish")
    assert datetime.fromisoformat(told["at"]) > turned


def _by_the_operator(stage: Stage, since: int, operation: str) -> list[dict[str, Any]]:
    return [entry for entry in stage.sandbox.requests(since) if (entry["caller"], entry["operation"]) == ("operator", operation)]


def _one(stage: Stage, kind: str, step: str) -> Record:
    [found] = [record for record in stage.records("failover") if (record.kind, record.step) == (kind, step)]
    return found
