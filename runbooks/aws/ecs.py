"""ECS: one service's wanted and running tasks, and the definition they are started from."""

from dataclasses import dataclass
from typing import Any

from runbooks.aws.session import Door
from runbooks.errors import NotFound


@dataclass(frozen=True, slots=True)
class Service:
    """One service; ``event`` is ECS's newest remark on it, such as a lack of capacity."""

    desired: int
    running: int
    status: str
    event: str


def service(door: Door, cluster: str, name: str) -> Service:
    """Return the service; raise :class:`NotFound` when the cluster or the service is missing or drained."""
    found = door.call("ecs", "describe_services", cluster=cluster, services=[name])["services"]
    active = [entry for entry in found if entry["status"] == "ACTIVE"]
    if not active:
        raise _missing(door, cluster, name)
    entry = active[0]
    newest = max(entry.get("events", []), key=lambda event: event["createdAt"], default={"message": ""})
    return Service(entry["desiredCount"], entry["runningCount"], entry["status"], newest["message"])


def scale(door: Door, cluster: str, name: str, desired: int) -> None:
    door.call("ecs", "update_service", cluster=cluster, service=name, desiredCount=desired)


def task_definition(door: Door, cluster: str, name: str) -> dict[str, Any]:
    """Return the definition that the service's tasks are started from, as ECS gives it: secrets are named in it, never resolved."""
    found = door.call("ecs", "describe_services", cluster=cluster, services=[name])["services"]
    arn = next((entry["taskDefinition"] for entry in found if entry["status"] == "ACTIVE"), None)
    if arn is None:
        raise _missing(door, cluster, name)
    definition: dict[str, Any] = door.call("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"]
    return definition


def _missing(door: Door, cluster: str, name: str) -> NotFound:
    return NotFound(
        f"ecs has no service {name} in cluster {cluster} in {door.region}",
        "deploy the stack (`pulumi up`), or check workload.service in its settings",
    )
