"""ECS: one service's wanted and running tasks."""

from dataclasses import dataclass

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
        raise NotFound(
            f"ecs has no service {name} in cluster {cluster} in {door.region}",
            "deploy the stack (`pulumi up`), or check workload.service in its settings",
        )
    entry = active[0]
    newest = max(entry.get("events", []), key=lambda event: event["createdAt"], default={"message": ""})
    return Service(entry["desiredCount"], entry["runningCount"], entry["status"], newest["message"])


def scale(door: Door, cluster: str, name: str, desired: int) -> None:
    door.call("ecs", "update_service", cluster=cluster, service=name, desiredCount=desired)
