"""Clusters, task definitions and services."""

import json
from typing import Any

from sandbox.deploy.inputs import Inputs
from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:ecs/cluster:Cluster")
def cluster(wanted: Wanted) -> Made:
    given = wanted.inputs.given(clusterName="name", settings="settings")
    made = wanted.client("ecs").create_cluster(**given, tags=_tags(wanted))["cluster"]
    return Made(made["clusterArn"], {"arn": made["clusterArn"]})


@makes("aws:ecs/taskDefinition:TaskDefinition")
def task_definition(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    same = ("family", "requiresCompatibilities", "networkMode", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    given = inputs.given(**{name: name for name in same})
    containers = json.loads(inputs["containerDefinitions"])
    made = wanted.client("ecs").register_task_definition(**given, containerDefinitions=containers, tags=_tags(wanted))["taskDefinition"]
    return Made(made["family"], {"arn": made["taskDefinitionArn"], "revision": made["revision"]})


@makes("aws:ecs/service:Service")
def service(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    same = ("cluster", "taskDefinition", "desiredCount", "launchType", "loadBalancers", "healthCheckGracePeriodSeconds", "propagateTags")
    given = inputs.given(serviceName="name", **{name: name for name in same})
    made = wanted.client("ecs").create_service(
        **given,
        networkConfiguration={"awsvpcConfiguration": _network(inputs["networkConfiguration"])},
        deploymentConfiguration=inputs.given(deploymentCircuitBreaker="deploymentCircuitBreaker"),
        tags=_tags(wanted),
    )["service"]
    return Made(made["serviceArn"], {})


def _network(configuration: Inputs) -> dict[str, Any]:
    given = configuration.given(subnets="subnets", securityGroups="securityGroups")
    return given | {"assignPublicIp": "ENABLED" if configuration["assignPublicIp"] else "DISABLED"}


def _tags(wanted: Wanted) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in wanted.tags.items()]
