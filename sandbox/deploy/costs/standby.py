"""How much the standby takes while it idles, and what watches over it."""

import json
from collections.abc import Iterator

from sandbox.deploy.costs.amounts import Amount, Count, Declared, said
from sandbox.deploy.monitor import Registration


def service(each: Registration, declared: Declared) -> Iterator[Amount]:
    tasks = int(said(each.inputs, "desiredCount", 1))
    task = declared.with_input("ecs/taskDefinition", "family", each.inputs.get("name"))
    hours = declared.sizes.hours * tasks
    if task is None:
        yield "tasks of unknown size", "fargate-task/hour", hours
        return
    yield "tasks at pilot light, processors", "fargate-cpu", hours * int(task.inputs["cpu"]) / 1024
    yield "tasks at pilot light, memory", "fargate-memory", hours * int(task.inputs["memory"]) / 1024
    if (each.inputs.get("networkConfiguration") or {}).get("assignPublicIp"):
        yield "public addresses of tasks", "public-address/hour", hours


def cluster(each: Registration, _declared: Declared) -> Iterator[Amount]:
    if "enabled" in json.dumps(each.inputs.get("settings") or []):
        yield "Container Insights", "container-insights/cluster-month", 1


def load_balancer(each: Registration, declared: Declared) -> Iterator[Amount]:
    yield "load balancer, idle", "load-balancer", declared.sizes.hours
    if not said(each.inputs, "internal", False):
        yield "public addresses of the load balancer", "public-address/hour", declared.sizes.hours * len(each.inputs.get("subnets") or [])


def endpoint(each: Registration, declared: Declared) -> Iterator[Amount]:
    if said(each.inputs, "vpcEndpointType", "Gateway") == "Interface":
        yield "interface endpoints", "interface-endpoint", declared.sizes.hours * max(1, len(each.inputs.get("subnetIds") or []))


def alarm(each: Registration, _declared: Declared) -> Iterator[Amount]:
    metrics = [query for query in each.inputs.get("metricQueries") or [] if query.get("metric")]
    yield "alarms", "alarm", len(metrics) or 1


def health_check(_each: Registration, _declared: Declared) -> Iterator[Amount]:
    yield "health checks", "health-check", 1


def secret(each: Registration, _declared: Declared) -> Iterator[Amount]:
    yield "secrets", "secret", 1 + len(each.inputs.get("replicas") or [])


def build(each: Registration, declared: Declared) -> Iterator[Amount]:
    kind = (each.inputs.get("environment") or {}).get("computeType", "BUILD_GENERAL1_SMALL")
    name = str(kind).removeprefix("BUILD_").lower().replace("_", ".")
    yield "builds", f"build-minutes {name}/minute", declared.sizes.build_minutes


def each_month(what: str, price: str) -> Count:
    def one(_each: Registration, _declared: Declared) -> Iterator[Amount]:
        yield what, price, 1

    return one


def each_hour(what: str, price: str) -> Count:
    def hours(_each: Registration, declared: Declared) -> Iterator[Amount]:
        yield what, price, declared.sizes.hours

    return hours


def logs(_each: Registration, declared: Declared) -> Iterator[Amount]:
    yield "logs taken in", "logs", declared.sizes.logs_gb
