"""ARC routing control, which moto lacks: the configuration that the program makes, and a cluster with five endpoints of its own.

The five are sockets on this machine, at the addresses that the settings record. Each belongs to a region and is dark when that is:
the two regions of the sandbox by breaking them, any of the five by a fault on service ``route53-recovery-cluster`` in its region.
"""

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.calls import Answer, Call, Service
from sandbox.controls import Conflict, Rule, Unknown, panel_arn
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from sandbox.ports import HOST

CONFIG, CLUSTER = "route53-recovery-control-config", "route53-recovery-cluster"
CONFIGURED_IN = "us-west-2"

Document = dict[str, Any]


def listeners(lab: Lab) -> list[socket.socket]:
    """Return a listening socket for each endpoint of the cluster in the settings; none when the switch is another one."""
    cluster = lab.settings.routing.cluster
    return [socket.create_server((HOST, port_of(each.url))) for each in cluster.endpoints] if cluster else []


def port_of(url: str) -> int:
    return urlsplit(url).port or 0


def around(lab: Lab, inner: Service) -> Service:
    """Answer ARC's calls, and hand on all others."""

    def answer(call: Call) -> Answer:
        if call.service not in (CONFIG, CLUSTER):
            return inner(call)
        operation = OPERATIONS.get(call.operation)
        if operation is None:
            return _say(501, {"__type": "InternalFailure", "message": f"sandbox: {call.service} {call.operation} is not there"})
        fault = _why_not_here(lab, call)
        if fault:
            return _say(404, {"__type": "UnknownEndpoint", "message": fault})
        try:
            with one_at_a_time:
                return _say(200, operation(lab, call.parameters or {}))
        except Unknown as missing:
            return _say(404, {"__type": "ResourceNotFoundException", "message": f"{missing} does not exist"})
        except Conflict as conflict:
            return _say(409, {"__type": "ConflictException", "message": str(conflict), "resourceId": "", "resourceType": "safety rule"})

    return answer


def _why_not_here(lab: Lab, call: Call) -> str | None:
    """Return why this call would not reach ARC on AWS: it answers for each region at that region's address, and is configured in one."""
    if call.service == CONFIG:
        return None if call.region == CONFIGURED_IN else f"{CONFIG} is in {CONFIGURED_IN} only, not in {call.region}"
    cluster, port = lab.settings.routing.cluster, int(call.environ["SERVER_PORT"])
    ports = {each.region: port_of(each.url) for each in cluster.endpoints} if cluster else {}
    return None if ports.get(call.region) == port else f"the cluster has no endpoint for {call.region} at port {port}"


def _create_cluster(lab: Lab, asked: Mapping[str, Any]) -> Document:
    cluster = lab.settings.routing.cluster
    endpoints = [{"Region": each.region, "Endpoint": each.url} for each in cluster.endpoints] if cluster else []
    arn = f"arn:aws:route53-recovery-control::{lab.settings.account}:cluster/{asked['ClusterName']}"
    return {"Cluster": {"ClusterArn": arn, "Name": asked["ClusterName"], "ClusterEndpoints": endpoints, "Status": "DEPLOYED"}}


def _create_panel(lab: Lab, asked: Mapping[str, Any]) -> Document:
    name = asked["ControlPanelName"]
    arn = panel_arn(lab.settings.account, name)
    lab.controls.panels[arn] = name
    return {"ControlPanel": {"ControlPanelArn": arn, "ClusterArn": asked["ClusterArn"], "Name": name, "Status": "DEPLOYED"}}


def _create_control(lab: Lab, asked: Mapping[str, Any]) -> Document:
    name, panel = asked["RoutingControlName"], asked["ControlPanelArn"]
    arn = lab.controls.add(panel, name)
    return {"RoutingControl": {"RoutingControlArn": arn, "ControlPanelArn": panel, "Name": name, "Status": "DEPLOYED"}}


def _create_rule(lab: Lab, asked: Mapping[str, Any]) -> Document:
    """Take an assertion rule; ARC's gating rules are not there."""
    rule, config = asked["AssertionRule"], asked["AssertionRule"]["RuleConfig"]
    if config["Type"] != "ATLEAST" or config["Inverted"]:
        raise NotImplementedError("the sandbox keeps rules of type ATLEAST that are not inverted")
    controls = tuple(rule["AssertedControls"])
    for arn in controls:
        lab.controls.is_on(arn)
    wait = rule["WaitPeriodMs"] / 1000 * lab.scale
    lab.controls.rules.append(Rule(rule["Name"], controls, config["Threshold"], wait))
    arn = f"{rule['ControlPanelArn']}/safetyrule/{len(lab.controls.rules):016x}"
    return {"AssertionRule": {**rule, "SafetyRuleArn": arn, "Status": "DEPLOYED"}}


def _get_state(lab: Lab, asked: Mapping[str, Any]) -> Document:
    arn = asked["RoutingControlArn"]
    return {"RoutingControlArn": arn, "RoutingControlState": "On" if lab.controls.is_on(arn) else "Off"}


def _update_states(lab: Lab, asked: Mapping[str, Any]) -> Document:
    entries = asked["UpdateRoutingControlStateEntries"]
    lab.controls.change({entry["RoutingControlArn"]: entry["RoutingControlState"] == "On" for entry in entries})
    return {}


OPERATIONS: dict[str, Callable[[Lab, Mapping[str, Any]], Document]] = {
    "CreateCluster": _create_cluster,
    "CreateControlPanel": _create_panel,
    "CreateRoutingControl": _create_control,
    "CreateSafetyRule": _create_rule,
    "GetRoutingControlState": _get_state,
    "UpdateRoutingControlStates": _update_states,
}


def _say(status: int, document: Document) -> Answer:
    body = json.dumps(document).encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(body)))]
    if "__type" in document:
        headers.append(("x-amzn-ErrorType", document["__type"]))
    return Answer(status, headers, body)
