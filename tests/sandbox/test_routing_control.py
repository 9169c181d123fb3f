"""Routing controls: a cluster with five endpoints, rules that hold, and health checks that follow."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from moto.core.base_backend import BackendDict

import settings
from names import Names
from sandbox import cloudwatch, route53
from sandbox.controls import REGIONS, Conflict, Controls, Rule, Unknown, control_arn, panel_arn
from sandbox.lab import Lab
from sandbox.launch import write_config
from sandbox.ports import HOST, load_balancer_addresses
from sandbox.server import serve
from tests.sandbox.parts import EAST, WEST, client, until
from tests.sandbox.test_dns import addresses, create_balancer
from tests.sandbox.test_route53 import change, create_zone, is_healthy

NAMES = Names(settings.load(settings.stack_file("sandbox")))
ACCOUNT = NAMES.settings.account
EAST_ARN, WEST_ARN = (control_arn(ACCOUNT, NAMES.control_cluster, NAMES.routing_control(region)) for region in (EAST, WEST))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server with both controls made and a rule that one of them is on; both are off, as they begin."""
    BackendDict.reset()
    root = tmp_path_factory.mktemp("controls")
    chosen = settings.load(write_config(root, "arc-routing-control"))
    listener = socket.create_server((HOST, 0))
    lab = Lab(root, chosen, f"http://{HOST}:{listener.getsockname()[1]}", load_balancer_addresses(chosen), scale=0.02)
    with ExitStack() as ending:
        serve(lab, listener, (cloudwatch, route53), ending)
        configuration: Any = client(lab, "route53-recovery-control-config", WEST)
        cluster = configuration.create_cluster(ClusterName=NAMES.control_cluster)["Cluster"]["ClusterArn"]
        panel = configuration.create_control_panel(ClusterArn=cluster, ControlPanelName=NAMES.control_cluster)["ControlPanel"][
            "ControlPanelArn"
        ]
        arns = [
            configuration.create_routing_control(
                ClusterArn=cluster, ControlPanelArn=panel, RoutingControlName=NAMES.routing_control(region)
            )
            for region in (EAST, WEST)
        ]
        assert [made["RoutingControl"]["RoutingControlArn"] for made in arns] == [EAST_ARN, WEST_ARN]
        rule = {"Name": "one", "ControlPanelArn": panel, "AssertedControls": [EAST_ARN, WEST_ARN], "WaitPeriodMs": 5000}
        configuration.create_safety_rule(AssertionRule={**rule, "RuleConfig": {"Type": "ATLEAST", "Threshold": 1, "Inverted": False}})
        yield lab


def endpoint(lab: Lab, region: str, url: str = "") -> BaseClient:
    assert lab.settings.routing.cluster is not None
    urls = {each.region: each.url for each in lab.settings.routing.cluster.endpoints}
    return boto3.client(
        "route53-recovery-cluster",
        region_name=region,
        endpoint_url=url or urls[region],
        aws_access_key_id="tester",
        aws_secret_access_key="tester",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=1),
    )


def turn(lab: Lab, east: str, west: str, region: str = WEST) -> None:
    entries = [{"RoutingControlArn": arn, "RoutingControlState": state} for arn, state in ((EAST_ARN, east), (WEST_ARN, west))]

    def turned() -> bool:
        with suppress(ClientError):  # the wait of the change before may not be over
            endpoint(lab, region).update_routing_control_states(UpdateRoutingControlStateEntries=entries)
            return True
        return False

    until(turned)


def test_all_five_endpoints_know_the_same(lab: Lab) -> None:
    """What one is told the others say."""
    turn(lab, "Off", "On", region="eu-west-1")
    states = [endpoint(lab, region).get_routing_control_state(RoutingControlArn=WEST_ARN)["RoutingControlState"] for region in REGIONS]
    assert states == ["On"] * 5


def test_an_endpoint_is_dark_with_its_region_and_the_others_go_on(lab: Lab) -> None:
    """One region lost is one of five."""
    lab.regions.break_region(EAST, "refuse")
    try:
        with pytest.raises(HTTPClientError):
            endpoint(lab, EAST).get_routing_control_state(RoutingControlArn=WEST_ARN)
        assert endpoint(lab, "ap-southeast-2").get_routing_control_state(RoutingControlArn=WEST_ARN)
    finally:
        lab.regions.heal_region(EAST)


def test_a_cluster_answers_at_its_own_addresses_alone(lab: Lab) -> None:
    """AWS has no endpoint of a region for it: whoever forgot the cluster's gets no answer, here as there."""
    with pytest.raises(ClientError, match="no endpoint for us-west-2 at port"):
        endpoint(lab, WEST, lab.endpoint).get_routing_control_state(RoutingControlArn=WEST_ARN)
    with pytest.raises(ClientError, match="us-west-2 only"):
        client(lab, "route53-recovery-control-config", EAST).create_cluster(ClusterName="elsewhere")


def test_both_controls_off_is_refused_and_nothing_changes(lab: Lab) -> None:
    """As ARC refuses it: with a conflict that names the rule."""
    turn(lab, "On", "Off")
    entries = [{"RoutingControlArn": arn, "RoutingControlState": "Off"} for arn in (EAST_ARN, WEST_ARN)]
    with pytest.raises(ClientError, match="safety rule one asks for 1") as refusal:
        endpoint(lab, WEST).update_routing_control_states(UpdateRoutingControlStateEntries=entries)
    assert refusal.value.response["Error"]["Code"] == "ConflictException"
    assert lab.controls.states == {EAST_ARN: True, WEST_ARN: False}


def test_an_unknown_control_is_not_found(lab: Lab) -> None:
    """In a reading and in a change, which then changes nothing else either."""
    with pytest.raises(ClientError) as missing:
        endpoint(lab, WEST).get_routing_control_state(RoutingControlArn=f"{WEST_ARN}0")
    assert missing.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_records_follow_the_controls(lab: Lab) -> None:
    """A check is as healthy as its control is on; the name leads where it says, while Route 53's own API is dark."""
    routes: Any = client(lab, "route53")
    turn(lab, "On", "Off")
    zone = create_zone(routes)
    checks = {}
    for region, arn, role in ((EAST, EAST_ARN, "PRIMARY"), (WEST, WEST_ARN, "SECONDARY")):
        config = {"Type": "RECOVERY_CONTROL", "RoutingControlArn": arn}
        check = routes.create_health_check(CallerReference=region, HealthCheckConfig=config)["HealthCheck"]
        assert check["HealthCheckConfig"]["RoutingControlArn"] == arn
        checks[region] = check["Id"]
        change(routes, zone, create_balancer(lab, region) | {"SetIdentifier": region, "Failover": role, "HealthCheckId": check["Id"]})
    until(lambda: addresses(lab) == [lab.addresses[EAST]] and not is_healthy(lab, checks[WEST]))
    lab.regions.break_region(EAST, "refuse")
    try:
        turn(lab, "Off", "On")
        until(lambda: addresses(lab) == [lab.addresses[WEST]])
    finally:
        lab.regions.heal_region(EAST)
    turn(lab, "On", "Off")
    until(lambda: addresses(lab) == [lab.addresses[EAST]])


def test_a_check_on_a_control_that_is_not_there_is_refused(lab: Lab) -> None:
    """It could never be evaluated."""
    with pytest.raises(ClientError, match="there is no routing control"):
        client(lab, "route53").create_health_check(
            CallerReference="nothing", HealthCheckConfig={"Type": "RECOVERY_CONTROL", "RoutingControlArn": f"{WEST_ARN}0"}
        )


def test_a_rule_holds_until_its_wait_is_over() -> None:
    """A second change at once is refused; one that changes nothing is not."""
    controls = Controls(panels={panel_arn(ACCOUNT, "p"): "p"})
    one, two = (controls.add(panel_arn(ACCOUNT, "p"), name) for name in ("one", "two"))
    controls.rules.append(Rule("rule", (one, two), 1, wait=60))
    controls.change({one: True})
    controls.change({one: True})
    with pytest.raises(Conflict, match="wait period"):
        controls.change({one: False, two: True})
    with pytest.raises(Unknown):
        controls.change({one: False, f"{two}0": True})
    assert controls.states == {one: True, two: False}
