"""The traffic switch: which alarm, or which routing control, turns which record away."""

import json
from pathlib import Path

import pytest

from names import Names
from sandbox.deploy.wire import Values
from settings import from_config
from tests.given import VALUES
from tests.stacks.declared import CLUSTER, EAST, WEST, Declared, declare, region

OTHER = {EAST: WEST, WEST: EAST}


@pytest.mark.parametrize(("where", "role"), [(EAST, "PRIMARY"), (WEST, "SECONDARY")])
def test_each_region_has_a_failover_record_guarded_by_the_other_regions_switch(prod: Declared, names: Names, where: str, role: str) -> None:
    """Only the region that takes over is needed to turn shoppers away from the other."""
    record = prod.one("route53/record:Record", f"shop-{where}")
    assert (record["name"], record["type"], record["setIdentifier"]) == (names.shop_domain, "A", where)
    assert record["failoverRoutingPolicies"] == [{"type": role}]
    assert record["healthCheckId"] == f"id-of-guard-{where}"
    guard = prod.one("route53/healthCheck:HealthCheck", f"guard-{where}")
    assert guard["cloudwatchAlarmName"] == names.takeover_alarm(OTHER[where])
    assert guard["cloudwatchAlarmRegion"] == OTHER[where]


def test_a_guard_keeps_its_last_known_status(prod: Declared) -> None:
    """Neither a silent alarm nor a dark region moves traffic; and an alarm means unhealthy, not the reverse."""
    for guard in prod.of("route53/healthCheck:HealthCheck").values():
        assert guard.inputs["type"] == "CLOUDWATCH_METRIC"
        assert guard.inputs["insufficientDataHealthStatus"] == "LastKnownStatus"
        assert "invertHealthcheck" not in guard.inputs


@pytest.mark.parametrize("where", [EAST, WEST])
def test_a_switch_is_an_alarm_in_the_region_that_takes_over(prod: Declared, names: Names, where: str) -> None:
    """One datapoint of 1 in one standard-resolution minute throws it: all that Route 53 supports, and no more."""
    alarm = prod.of("cloudwatch/metricAlarm:MetricAlarm")[f"takeover-{where}"]
    assert (alarm.inputs["name"], region(alarm)) == (names.takeover_alarm(where), where)
    assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("solemate-prod/recovery", "Takeover")
    assert alarm.inputs["dimensions"] == {"Region": where}
    said = {key: alarm.inputs[key] for key in ("statistic", "period", "evaluationPeriods", "threshold", "comparisonOperator")}
    assert said == {
        "statistic": "Maximum",
        "period": 60,
        "evaluationPeriods": 1,
        "threshold": 1,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
    }


@pytest.mark.parametrize(("where", "balancer"), [(EAST, f"getLoadBalancer-{EAST}"), (WEST, "solemate-prod-storefront.elb.example")])
def test_a_regions_own_name_leads_to_its_load_balancer_alone(prod: Declared, names: Names, where: str, balancer: str) -> None:
    """By it a runbook tells which region an answer belongs to."""
    record = prod.one("route53/record:Record", f"region-{where}")
    assert record["name"] == names.region_domain(where)
    assert record["aliases"] == [{"name": balancer, "zoneId": record["aliases"][0]["zoneId"], "evaluateTargetHealth": False}]
    assert "failoverRoutingPolicies" not in record


def test_no_record_follows_its_targets_health(prod: Declared) -> None:
    """Traffic moves when a run says so, never before the database can take writes."""
    aliases = [alias for record in prod.of("route53/record:Record").values() for alias in record.inputs["aliases"]]
    assert [alias["evaluateTargetHealth"] for alias in aliases] == [False] * 4


CONTROL = "route53recoverycontrol/"
ARNS = {EAST: "arn:aws:route53-recovery-control::123456789012:controlpanel/0a/routingcontrol/0e"}
ARNS[WEST] = "arn:aws:route53-recovery-control::123456789012:controlpanel/0a/routingcontrol/0f"


def test_a_routing_control_guards_its_own_regions_record(controlled: Declared, names: Names) -> None:
    """On leads shoppers there and off turns them away; no alarm is left that could say otherwise."""
    for where in (EAST, WEST):
        control = controlled.one(f"{CONTROL}routingControl:RoutingControl", f"routing-{where}")
        assert control["name"] == names.routing_control(where)
        guard = controlled.one("route53/healthCheck:HealthCheck", f"guard-{where}")
        assert (guard["type"], arn_of(guard["routingControlArn"])) == ("RECOVERY_CONTROL", names.routing_control(where))
        assert {"invertHealthcheck", "cloudwatchAlarmName"}.isdisjoint(guard)
        assert controlled.one("route53/record:Record", f"shop-{where}")["healthCheckId"] == f"id-of-guard-{where}"
    assert [name for name in controlled.of("cloudwatch/metricAlarm:MetricAlarm") if name.startswith("takeover-")] == []


def test_one_of_the_two_controls_stays_on(controlled: Declared, names: Names) -> None:
    """A slip that would turn both off is refused by ARC itself, and so is one that follows on another within five seconds."""
    [rule] = controlled.of(f"{CONTROL}safetyRule:SafetyRule").values()
    assert [arn_of(arn) for arn in rule.inputs["assertedControls"]] == [names.routing_control(where) for where in (EAST, WEST)]
    assert rule.inputs["ruleConfig"] == {"type": "ATLEAST", "threshold": 1, "inverted": False}
    assert rule.inputs["waitPeriodMs"] == 5000
    assert "gatingControls" not in rule.inputs


def test_the_controls_are_in_a_panel_of_their_own(controlled: Declared, names: Names) -> None:
    """In the cluster's default panel another application's controls could join them."""
    [panel] = controlled.of(f"{CONTROL}controlPanel:ControlPanel").values()
    assert panel.inputs["name"] == names.control_cluster
    inside = [
        *controlled.of(f"{CONTROL}routingControl:RoutingControl").values(),
        *controlled.of(f"{CONTROL}safetyRule:SafetyRule").values(),
    ]
    assert {arn_of(each.inputs["controlPanelArn"]) for each in inside} == {names.control_cluster}
    # ARC takes letters of any kind but no blanks, and 64 of them.
    for each in (panel, *inside):
        assert 0 < len(each.inputs["name"]) <= 64
        assert " " not in each.inputs["name"]


def test_what_the_first_update_exports_is_what_the_settings_take(controlled: Declared, names: Names) -> None:
    """The five endpoints and both controls, in the shape of `routing.cluster`: it is copied as it stands."""
    exported = controlled.exports["routingCluster"]
    assert [each["region"] for each in exported["endpoints"]] == list(CLUSTER)
    assert {where: arn_of(arn) for where, arn in exported["controls"].items()} == {
        where: names.routing_control(where) for where in (EAST, WEST)
    }
    routing = VALUES["routing"] | {"switch": "arc-routing-control", "cluster": {"endpoints": exported["endpoints"], "controls": ARNS}}
    handed = {
        f"solemate-dr:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in (VALUES | {"routing": routing}).items()
    }
    cluster = from_config(handed).routing.cluster
    assert cluster is not None
    assert cluster.endpoints[2].url == "https://eu-west-1.example/v1"


def test_copying_the_cluster_into_the_settings_changes_nothing_that_is_declared(controlled: Declared, tmp_path: Path) -> None:
    """The second `pulumi up` finds everything as the first one left it."""

    def record(config: Values) -> None:
        config["routing"] |= {"switch": "arc-routing-control", "cluster": {**controlled.exports["routingCluster"], "controls": ARNS}}

    again = declare(tmp_path, change=record)
    assert {each.urn: each.inputs for each in again.all} == {each.urn: each.inputs for each in controlled.all}


def test_the_switch_adds_nothing_else(controlled: Declared, prod: Declared) -> None:
    """Two alarms go, five resources of ARC come, and the operator may turn the controls instead of writing the metric."""
    kinds = ({each.urn for each in declared.all} for declared in (prod, controlled))
    before, after = kinds
    assert {urn.rpartition("::")[2] for urn in before - after} == {f"takeover-{EAST}", f"takeover-{WEST}"}
    assert all(CONTROL in urn for urn in after - before)
    assert len(after - before) == 5


def arn_of(arn: str) -> str:
    """Return the name at the end of an ARN made up by the tests' engine."""
    return arn.rpartition(":")[2].rpartition("/")[2]
