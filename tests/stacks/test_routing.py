"""The traffic switch: which alarm turns which record away."""

import pytest

from names import Names
from tests.stacks.declared import EAST, WEST, Declared, region

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
    assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == ("SoleMate/Recovery", "Takeover")
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
