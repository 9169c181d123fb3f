"""ECS whose storefront tasks are real processes: moto keeps clusters, task definitions and services, a fleet per region runs the tasks.

The service ``names.service`` in the cluster ``names.cluster`` is the storefront, in every region; other services stay moto's.
``POST /sandbox/capacity {"region": "us-west-2", "tasks": 1}`` says how many tasks a region has room for; ``null`` lifts it.
"""

import os
import sys
import time
from copy import copy
from functools import partial
from pathlib import Path
from subprocess import Popen
from threading import Thread
from typing import Any, ClassVar, cast

from moto.core.utils import utcnow
from moto.ec2.utils import random_private_ip
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend, Service, Task, ecs_backends
from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from names import Names
from sandbox import control, processes
from sandbox.emulator import one_at_a_time
from sandbox.fleet import Fleet, FleetTask, Status
from sandbox.lab import Lab

TICK = 0.1
HERE = Path(__file__).resolve().parent.parent


class StorefrontTask(Task):
    """moto's record of one task; its status is the fleet's, where moto would advance it with every look."""

    __module__ = Task.__module__

    def __init__(self, backend: "LabEcs", service: Service, fleet_task: FleetTask) -> None:
        """Have an address but no network interface: moto's fails in a VPC without DNS host names, so it is not to know of awsvpc."""
        definition = copy(backend.describe_task_definition(str(service.task_definition)))
        definition.network_mode = None
        super().__init__(
            backend.clusters[service.cluster_name],
            definition,
            container_instance_arn=None,
            resource_requirements=None,
            backend=backend,
            group=f"service:{service.name}",
            launch_type=service.launch_type or "",
            started_by=str(service.deployments[0]["id"]) if service.deployments else "",
        )
        self.id = fleet_task.id
        self.fleet_task = fleet_task
        self.created_at = utcnow()
        self.address = str(random_private_ip())
        details = [{"name": "privateIPv4Address", "value": self.address}]
        self.attachments.append({"id": fleet_task.id, "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details})

    def advance(self) -> None:
        """Stay as it is: only the process moves it."""

    @property
    def status(self) -> str:
        return str(self.fleet_task.status)

    @status.setter
    def status(self, value: str) -> None:
        """Ignore moto, which sets what the process alone decides."""

    def mirror(self) -> None:
        status = self.status
        self.desired_status = "RUNNING" if self.fleet_task.wanted else "STOPPED"
        self.stopped_reason = self.fleet_task.stopped_reason
        for container in self.containers:
            container.last_status = status
            container.task_arn = self.task_arn


class LabEcs(EC2ContainerServiceBackend):
    """moto's ECS of one region, with the storefront's service run by :class:`Fleet`."""

    __module__ = EC2ContainerServiceBackend.__module__
    lab: ClassVar[Lab]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        names = Names(self.lab.settings)
        self.fleet = Fleet(
            names.service,
            start=partial(_start_storefront, self.lab, region_name),
            scratch=self.lab.root / "tasks" / region_name,
            delay=lambda: self.lab.times.scale,
        )
        self._pair = f"{names.cluster}:{names.service}"

    def create_service(self, *args: Any, **kwargs: Any) -> Service:
        service = super().create_service(*args, **kwargs)
        if self.services.get(self._pair) is service:
            fault = self._why_not(service)
            if fault:
                del self.services[self._pair]
                raise InvalidParameterException(fault)
            self.fleet.scale(service.desired_count)
            self._mirror()
        return service

    def update_service(self, service_properties: dict[str, Any]) -> Service:
        service = super().update_service(service_properties)
        if self.services.get(self._pair) is service:
            if service.desired_count != self.fleet.desired:
                self.fleet.scale(service.desired_count)
            self._mirror()
        return service

    def delete_service(self, cluster_name: str, service_name: str, force: bool) -> Service:
        service = super().delete_service(cluster_name, service_name, force)
        if self.services.get(self._pair) is service:
            service.desired_count = 0
            self.fleet.scale(0)
        return service

    def list_tasks(
        self,
        cluster_str: str | None = None,
        container_instance: str | None = None,
        family: str | None = None,
        started_by: str | None = None,
        service_name: str | None = None,
        desiredStatus: str | None = None,  # noqa: N803 moto passes it by this name
    ) -> list[Task]:
        """List as moto does, but by service too, and only what is to run unless the stopped are asked for, as ECS does."""
        tasks = super().list_tasks(cluster_str, container_instance, family, started_by, service_name, desiredStatus or "RUNNING")
        group = f"service:{service_name.split('/')[-1]}" if service_name else None
        return [task for task in tasks if group is None or task.group == group]

    def stop_task(self, cluster_str: str, task_str: str, reason: str) -> Task:
        task_id = task_str.rsplit("/", maxsplit=1)[-1]
        if not self.fleet.stop(task_id, reason or "Task stopped by user"):
            return super().stop_task(cluster_str, task_str, reason)
        self._mirror()
        return self._records()[task_id]

    def tick(self, now: float) -> None:
        self.fleet.tick(now)
        with one_at_a_time:
            self._mirror()

    def go_dark(self) -> None:
        self.fleet.kill()
        with one_at_a_time:
            self._mirror()

    def _why_not(self, service: Service) -> str | None:
        """Return why this service cannot be run, or None."""
        if service.task_definition is None:
            return "TaskDefinition can not be blank."
        network_mode = self.describe_task_definition(service.task_definition).network_mode
        if network_mode != "awsvpc" or not service.network_configuration:
            return "Network Configuration must be provided, and networkMode be 'awsvpc': the sandbox runs the storefront on Fargate."
        groups = elbv2_backends[self.account_id][self.region_name].target_groups
        unknown = [entry["targetGroupArn"] for entry in service.load_balancers if entry.get("targetGroupArn") not in groups]
        return f"Unable to find the target group {unknown[0]}." if unknown else None

    def _records(self) -> dict[str, StorefrontTask]:
        tasks = self.tasks.get(Names(self.lab.settings).cluster, {})
        return {task.id: task for task in tasks.values() if isinstance(task, StorefrontTask)}

    def _mirror(self) -> None:
        """Show the fleet as it is now: counts, deployment, events, tasks, and who stands behind the load balancer."""
        service = self.services.get(self._pair)
        if service is None:
            return
        tasks = self._mirror_tasks(service)
        service.running_count, service.pending_count = len(self.fleet.running()), len(self.fleet.pending())
        service.events = [{"id": event.id, "createdAt": event.at, "message": event.message} for event in list(self.fleet.events)]
        for deployment in service.deployments[:1]:
            _mirror_deployment(deployment, service, self.fleet)
        cluster = self.clusters[service.cluster_name]
        cluster.running_tasks_count, cluster.pending_tasks_count = service.running_count, service.pending_count
        for entry in service.load_balancers:
            group = elbv2_backends[self.account_id][self.region_name].target_groups.get(entry["targetGroupArn"])
            if group is not None:
                _stand_behind(group, [task.address for task in tasks if task.status == Status.RUNNING], entry.get("containerPort"))

    def _mirror_tasks(self, service: Service) -> list[StorefrontTask]:
        known = self._records()
        fleet_tasks = [*self.fleet.tasks, *self.fleet.stopped]
        tasks = [known[each.id] if each.id in known else StorefrontTask(self, service, each) for each in fleet_tasks]
        kept = self.tasks.setdefault(service.cluster_name, {})
        for forgotten in known.keys() - {task.id for task in tasks}:
            del kept[known[forgotten].task_arn]
        for task in tasks:
            task.mirror()
            kept[task.task_arn] = task
        return tasks


def _mirror_deployment(deployment: dict[str, Any], service: Service, fleet: Fleet) -> None:
    steady = service.running_count == service.desired_count and not service.pending_count
    state = "COMPLETED" if steady else "IN_PROGRESS"
    if deployment["rolloutState"] != state:
        deployment["updatedAt"] = utcnow()
    deployment |= {
        "desiredCount": service.desired_count,
        "runningCount": service.running_count,
        "pendingCount": service.pending_count,
        "failedTasks": fleet.failed,
        "taskDefinition": service.task_definition,
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment {deployment['id']} {'completed' if steady else 'in progress'}.",
    }


def _stand_behind(group: FakeTargetGroup, addresses: list[str], port: int | None) -> None:
    """Make *addresses* the group's targets; a target that has left is draining, and then unused, for whoever asks."""
    gone = [{"Id": target} for target in list(group.targets) if target not in addresses]
    new = [{"Id": address, "Port": port or group.port} for address in addresses if address not in group.targets]
    if gone:
        group.deregister(gone)
    if new:
        group.register(new)


def _start_storefront(lab: Lab, region: str, task_id: str, ready: Path) -> Popen[bytes]:
    names, shop = Names(lab.settings), lab.settings.workload.shop
    argv = [sys.executable, "-m", "sandbox.shop", "--region", region, "--address", lab.addresses[region], "--port", str(shop.port)]
    argv += ["--instance", names.database, "--secret", names.database_secret, "--database", lab.settings.workload.database.name]
    argv += ["--ready", str(ready)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {"AWS_ENDPOINT_URL": lab.endpoint, "AWS_ACCESS_KEY_ID": "storefront", "AWS_SECRET_ACCESS_KEY": "storefront"}
    log = lab.root / "logs" / f"storefront-{region}.log"
    return processes.spawn(lab.root, argv, name=f"storefront {region} {task_id}", log=log, env=inherited | own, cwd=HERE)


def install(lab: Lab) -> None:
    """Put our ECS in moto's place and keep the fleets of *lab*'s two regions moving until it closes."""
    LabEcs.lab = lab
    ecs_backends.backend = LabEcs
    ecs_backends.clear()
    fleets = {region: _backend(lab, region).fleet for region in lab.settings.regions}
    lab.regions.on_break.append(lambda region: _backend(lab, region).go_dark())
    lab.regions.on_heal.append(lambda region: fleets[region].revive())
    control.route("capacity", partial(_set_capacity, fleets))
    control.state("capacity", lambda: {region: fleet.room for region, fleet in fleets.items()})
    moving = Thread(target=_move, args=(lab,), name="ecs", daemon=True)
    moving.start()
    lab.on_close.append(partial(_end, fleets, moving))


def _backend(lab: Lab, region: str) -> LabEcs:
    return cast(LabEcs, ecs_backends[lab.settings.account][region])


def _move(lab: Lab) -> None:
    while not lab.closing.wait(TICK):
        for region in lab.settings.regions:
            _backend(lab, region).tick(time.monotonic())


def _end(fleets: dict[str, Fleet], moving: Thread) -> None:
    moving.join(timeout=5)
    for fleet in fleets.values():
        fleet.kill()


def _set_capacity(fleets: dict[str, Fleet], method: str, _: tuple[str, ...], document: control.Document) -> object:
    region, room = document.get("region"), document.get("tasks")
    if method == "POST":
        if region not in fleets or not (room is None or (isinstance(room, int) and room >= 0)):
            raise control.Refused(f'send {{"region": one of {", ".join(fleets)}, "tasks": a number or null}}')
        fleets[str(region)].room = room
    return {region: fleet.room for region, fleet in fleets.items()}
