"""The routing controls of the traffic switch. ARC is configured in one region, whatever the provider's is."""

from typing import Any

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


def _config(wanted: Wanted) -> Any:
    return wanted.clients("route53-recovery-control-config", "us-west-2")


@makes("aws:route53recoverycontrol/cluster:Cluster")
def cluster(wanted: Wanted) -> Made:
    made = _config(wanted).create_cluster(**wanted.inputs.given(ClusterName="name"), Tags=wanted.tags)["Cluster"]
    endpoints = [{"region": each["Region"], "endpoint": each["Endpoint"]} for each in made["ClusterEndpoints"]]
    return Made(made["ClusterArn"], {"arn": made["ClusterArn"], "clusterEndpoints": endpoints})


@makes("aws:route53recoverycontrol/controlPanel:ControlPanel")
def control_panel(wanted: Wanted) -> Made:
    given = wanted.inputs.given(ControlPanelName="name", ClusterArn="clusterArn")
    made = _config(wanted).create_control_panel(**given, Tags=wanted.tags)["ControlPanel"]
    return Made(made["ControlPanelArn"], {"arn": made["ControlPanelArn"]})


@makes("aws:route53recoverycontrol/routingControl:RoutingControl")
def routing_control(wanted: Wanted) -> Made:
    given = wanted.inputs.given(RoutingControlName="name", ClusterArn="clusterArn", ControlPanelArn="controlPanelArn")
    made = _config(wanted).create_routing_control(**given)["RoutingControl"]
    return Made(made["RoutingControlArn"], {"arn": made["RoutingControlArn"]})


@makes("aws:route53recoverycontrol/safetyRule:SafetyRule")
def safety_rule(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    config = inputs["ruleConfig"].given(Type="type", Threshold="threshold", Inverted="inverted")
    names = {"Name": "name", "ControlPanelArn": "controlPanelArn", "AssertedControls": "assertedControls", "WaitPeriodMs": "waitPeriodMs"}
    rule = inputs.given(**names) | {"RuleConfig": config}
    made = _config(wanted).create_safety_rule(AssertionRule=rule, Tags=wanted.tags)["AssertionRule"]
    return Made(made["SafetyRuleArn"], {"arn": made["SafetyRuleArn"]})
