"""The settings of the traffic switch and of who orchestrates: what belongs together, and what AWS would not take."""

from typing import Any

import pytest

from settings import parse
from tests.given import changed, faults

CLUSTER: dict[str, Any] = {
    "endpoints": [
        {"region": region, "url": f"https://abcd1234.route53-recovery-cluster.{region}.amazonaws.com/v1"}
        for region in ("us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2")
    ],
    "controls": {
        region: f"arn:aws:route53-recovery-control::123456789012:controlpanel/0123abcd/routingcontrol/{number}"
        for number, region in enumerate(("us-east-1", "us-west-2"))
    },
}
CONTROLS = {"routing__switch": "arc-routing-control", "routing__cluster": CLUSTER}


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        (
            {"routing__cluster": CLUSTER},
            "routing.cluster: must be absent with routing.switch cloudwatch-alarm: it belongs to arc-routing-control",
        ),
        (
            CONTROLS | {"routing__cluster": CLUSTER | {"endpoints": CLUSTER["endpoints"][:4]}},
            "routing.cluster.endpoints: must have at least 5 entries, has 4",
        ),
        (
            CONTROLS | {"routing__cluster": CLUSTER | {"endpoints": CLUSTER["endpoints"] * 2}},
            "routing.cluster.endpoints: must have at most 5 entries, has 10",
        ),
        (
            CONTROLS | {"routing__cluster": CLUSTER | {"endpoints": [*CLUSTER["endpoints"][:4], CLUSTER["endpoints"][0]]}},
            "routing.cluster.endpoints: must be five addresses in five regions",
        ),
        (
            CONTROLS | {"routing__cluster": CLUSTER | {"controls": CLUSTER["controls"] | {"us-east-1": "on"}}},
            'routing.cluster.controls.us-east-1: must be the ARN of a routing control, is "on"',
        ),
        (
            CONTROLS | {"routing__cluster": CLUSTER | {"controls": dict.fromkeys(CLUSTER["controls"], CLUSTER["controls"]["us-east-1"])}},
            "routing.cluster.controls: must name a control of its own for us-east-1 and for us-west-2, and nothing else",
        ),
        (
            {"routing__switch": "arc-routing-control", "activeRegion": "us-west-2"},
            (
                "routing.switch: routing controls must be made while us-east-1 is active, and us-west-2 is:"
                " new ones are off, and Route 53 then answers us-east-1"
            ),
        ),
        (
            {"disasterRecovery__orchestrator": "arc-region-switch"},
            (
                "disasterRecovery.orchestrator: arc-region-switch needs routing.switch arc-routing-control:"
                " AWS turns routing controls, and no alarm"
            ),
        ),
        (
            {"disasterRecovery__orchestrator": "lambda"},
            'disasterRecovery.orchestrator: must be invoke or arc-region-switch, is "lambda"',
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(changes: dict[str, object], fault: str) -> None:
    """Each fault stands alone, with its path and the way out."""
    assert faults(**changes) == [fault]


def test_after_a_failover_the_controls_that_were_made_go_on() -> None:
    """Once the settings know the cluster, either region may be the active one."""
    assert parse(changed(**CONTROLS, activeRegion="us-west-2"), "test").routing.cluster is not None


def test_both_kinds_of_orchestrator_are_taken() -> None:
    """The commands by default; Region switch with the switch that it can turn."""
    assert not parse(changed(), "test").switched_by_aws
    assert parse(changed(**CONTROLS, disasterRecovery__orchestrator="arc-region-switch"), "test").switched_by_aws


def test_an_endpoint_is_asked_over_tls_except_on_this_machine() -> None:
    """A sandbox has no certificates, and nobody listens in."""
    first, *others = CLUSTER["endpoints"]
    for url, taken in (("http://127.0.0.1:20001/v1", True), ("http://10.0.0.1:20001/v1", False), ("https://10.0.0.1/v1", True)):
        cluster = CLUSTER | {"endpoints": [first | {"url": url}, *others]}
        if taken:
            assert parse(changed(routing__switch="arc-routing-control", routing__cluster=cluster), "test").routing.cluster is not None
        else:
            [fault] = faults(routing__switch="arc-routing-control", routing__cluster=cluster)
            assert fault.startswith("routing.cluster.endpoints[0].url: must be an https:// address, or http:// on this machine's")
