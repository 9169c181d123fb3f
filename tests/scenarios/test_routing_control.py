"""The other traffic switch: ARC routing controls, whose cluster answers from five regions of which some may be dead."""

from datetime import UTC, datetime

import boto3
import pytest
import yaml

from sandbox.ledger import lost, read_ledger
from settings import PROJECT
from tests.scenarios.stage import EAST, WEST, Stage

CLUSTER = "route53-recovery-cluster"


@pytest.fixture(scope="module")
def switch() -> str:
    return "arc-routing-control"


def test_while_the_settings_lack_the_cluster_nothing_begins(stage: Stage) -> None:
    """After the first `pulumi up` the cluster is known to Pulumi alone: readiness and failover say so, and how to copy it."""
    document = yaml.safe_load(stage.sandbox.config.read_text(encoding="utf-8"))
    del document["config"][f"{PROJECT}:routing"]["cluster"]
    file = stage.sandbox.root / "Pulumi.first.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    since = stage.now()
    why, hint = stage.fails_over(stage.operator("new", PULUMI_CONFIG_FILE=str(file))).refusal()
    assert "the settings do not say yet where the routing controls answer (routing.cluster)" in why
    assert hint.startswith("pulumi stack output routingCluster --json --stack sandbox")
    assert stage.effects(since) == []


def test_a_lost_region_is_replaced_with_two_of_five_endpoints_dead_and_returns(stage: Stage) -> None:
    """One is dead with its region, one hangs. Both controls change in one call, the name leads there, and the way back loses nothing."""
    ana = stage.operator()
    with stage.shoppers() as ledger:
        failed, since = datetime.now(UTC), stage.now()
        stage.sandbox.break_region(EAST, "refuse")
        stage.sandbox.fault("hang", service=CLUSTER, region="eu-west-1")
        over = stage.fails_over(ana, "--failed-at", failed.isoformat())
        assert over.code == 0, over
        stage.everyone_is_back(ledger, failed)
        assert _turned(stage, since) == [WEST]
        assert stage.records("failover")[-1].facts["met"] == {"rto": True, "rpo": True}
        stage.sandbox.clear_faults()
        stage.sandbox.heal_region(EAST)
        healed, since = datetime.now(UTC), stage.now()
        back = stage.fails_back(ana)
        assert back.code == 0, back
        assert _turned(stage, since) == [EAST]
        moved = next(record.at for record in stage.records("failback") if record.step == f"stop-writes-{WEST}")
        stage.everyone_is_back(ledger, moved)
    after = [order for order in read_ledger(ledger) if datetime.fromisoformat(order.sent_at) > healed]
    assert lost(after, stage.survived(EAST)) == []
    assert stage.effects(0, "PutMetricData") == []


def _turned(stage: Stage, since: int) -> list[str]:
    """Return the regions that are on now; fail unless one call since request *since* turned both controls."""
    changes = stage.effects(since, "UpdateRoutingControlStates", "UpdateRoutingControlState")
    assert [change["operation"] for change in changes] == ["UpdateRoutingControlStates"]
    cluster = stage.chosen.routing.cluster
    assert cluster is not None
    endpoint = next(each for each in cluster.endpoints if each.region == WEST)
    client = boto3.client(
        CLUSTER, region_name=WEST, endpoint_url=endpoint.url, aws_access_key_id="inspector", aws_secret_access_key="sandbox"
    )
    states = {region: client.get_routing_control_state(RoutingControlArn=arn) for region, arn in cluster.controls.items()}
    return [region for region, state in states.items() if state["RoutingControlState"] == "On"]
