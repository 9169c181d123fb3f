"""ECS: the storefront's tasks are processes that take connections, in the number that the service says."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from names import Names
from sandbox import ecs, processes
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, running, until


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running(tmp_path, ecs) as lab:
        yield lab


class Service:
    """The storefront's service in one region, made as the workload makes it."""

    def __init__(self, lab: Lab, region: str = EAST, desired: int = 2) -> None:
        self.lab, self.region, self.names = lab, region, Names(lab.settings)
        self.ecs, self.balancing, network = (client(lab, name, region) for name in ("ecs", "elbv2", "ec2"))
        vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = network.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        guard = network.create_security_group(GroupName="shop", Description="shop", VpcId=vpc)["GroupId"]
        [group] = self.balancing.create_target_group(Name="shop", Protocol="HTTP", Port=8080, VpcId=vpc, TargetType="ip")["TargetGroups"]
        self.group = group["TargetGroupArn"]
        self.network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [guard]}}
        self.ecs.create_cluster(clusterName=self.names.cluster)
        register(self.ecs)
        self.create(desired)

    def create(self, desired: int) -> None:
        self.ecs.create_service(
            cluster=self.names.cluster,
            serviceName=self.names.service,
            taskDefinition="storefront",
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=self.network,
            loadBalancers=[{"targetGroupArn": self.group, "containerName": "storefront", "containerPort": 8080}],
        )

    def scale(self, desired: int) -> None:
        self.ecs.update_service(cluster=self.names.cluster, service=self.names.service, desiredCount=desired)

    def counts(self) -> tuple[int, int, int]:
        """Return desired, running and pending, having seen that the deployment says the same."""
        [service] = self.ecs.describe_services(cluster=self.names.cluster, services=[self.names.service])["services"]
        counts = (service["desiredCount"], service["runningCount"], service["pendingCount"])
        [deployment] = service["deployments"]
        assert counts == (deployment["desiredCount"], deployment["runningCount"], deployment["pendingCount"])
        assert (deployment["rolloutState"] == "COMPLETED") == (counts[0] == counts[1] and counts[2] == 0)
        return counts

    def events(self) -> list[str]:
        [service] = self.ecs.describe_services(cluster=self.names.cluster, services=[self.names.service])["services"]
        return [event["message"] for event in service["events"]]

    def tasks(self, status: str = "RUNNING") -> dict[str, str]:
        """Return the last status of each task that is to have *status*."""
        arns = self.ecs.list_tasks(cluster=self.names.cluster, serviceName=self.names.service, desiredStatus=status)["taskArns"]
        described = self.ecs.describe_tasks(cluster=self.names.cluster, tasks=arns)["tasks"] if arns else []
        return {task["taskArn"]: task["lastStatus"] for task in described}

    def targets(self) -> list[str]:
        described = self.balancing.describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return [target["TargetHealth"]["State"] for target in described]

    def pids(self) -> list[int]:
        return [pid for pid, name in processes.living(self.lab.root).items() if name.startswith(f"storefront {self.region}")]

    def answers(self) -> bool:
        """Tell whether somebody takes connections behind the load balancer."""
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.lab.addresses[self.region], self.lab.settings.workload.shop.port)) == 0


def register(tasks: BaseClient) -> None:
    container = {"name": "storefront", "image": "storefront:1", "portMappings": [{"containerPort": 8080}]}
    tasks.register_task_definition(
        family="storefront",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )


def limit(lab: Lab, region: str, tasks: int | None) -> None:
    answer = httpx.post(f"{lab.endpoint}/sandbox/capacity", json={"region": region, "tasks": tasks}, trust_env=False)
    assert answer.json()[region] == tasks


def test_tasks_are_processes_behind_the_load_balancer(lab: Lab) -> None:
    """A service of two has two running tasks, two healthy targets and two processes, and the shop's address takes connections."""
    service = Service(lab, desired=2)
    assert not service.answers()
    until(lambda: service.counts() == (2, 2, 0))
    assert list(service.tasks().values()) == ["RUNNING", "RUNNING"]
    assert service.targets() == ["healthy", "healthy"]
    assert len(service.pids()) == 2
    answer = httpx.get(f"http://{lab.addresses[EAST]}:{lab.settings.workload.shop.port}/health", trust_env=False)
    assert answer.status_code == 503
    assert "the database is not available" in answer.json()["error"]
    assert "has reached a steady state" in service.events()[0]
    service.ecs.get_waiter("services_stable").wait(cluster=service.names.cluster, services=[service.names.service])


def test_scaling_to_nothing_ends_the_processes(lab: Lab) -> None:
    """At zero nobody takes connections, no target is left, and the stopped tasks say why."""
    service = Service(lab, desired=1)
    until(lambda: service.counts() == (1, 1, 0))
    service.scale(0)
    until(lambda: service.counts() == (0, 0, 0) and not service.pids())
    assert not service.answers()
    assert service.targets() == []
    assert service.tasks() == {}
    until(lambda: list(service.tasks("STOPPED").values()) == ["STOPPED"])


def test_scaling_takes_its_service_time(lab: Lab) -> None:
    """Until the service time is over the tasks are pending."""
    lab.times.scale = 1.0
    service = Service(lab, desired=1)
    until(lambda: service.counts() == (1, 0, 1))
    assert list(service.tasks().values()) == ["PENDING"]
    assert service.targets() == []
    until(lambda: service.counts() == (1, 1, 0))


def test_a_killed_task_is_replaced(lab: Lab) -> None:
    """A task whose process dies is stopped, and another one runs in its place."""
    service = Service(lab, desired=1)
    until(lambda: service.counts() == (1, 1, 0))
    [first] = service.tasks()
    [pid] = service.pids()
    psutil.Process(pid).kill()
    until(lambda: first not in service.tasks() and service.counts() == (1, 1, 0))
    assert service.tasks("STOPPED") == {first: "STOPPED"}


def test_a_stopped_task_is_replaced(lab: Lab) -> None:
    """StopTask ends one task; the service starts another."""
    service = Service(lab, desired=1)
    until(lambda: service.counts() == (1, 1, 0))
    [first] = service.tasks()
    stopped = service.ecs.stop_task(cluster=service.names.cluster, task=first, reason="for a test")["task"]
    assert stopped["stoppedReason"] == "for a test"
    until(lambda: first not in service.tasks() and service.counts() == (1, 1, 0))


def test_a_lost_region_loses_its_tasks_and_gets_them_back(lab: Lab) -> None:
    """Breaking a region kills its processes at once and no other's; healing it brings the tasks back."""
    east, west = Service(lab, EAST, desired=1), Service(lab, WEST, desired=1)
    until(lambda: east.counts() == (1, 1, 0) and west.counts() == (1, 1, 0))
    lab.regions.break_region(EAST, "refuse")
    assert not east.pids()
    assert not east.answers()
    assert west.answers()
    lab.regions.heal_region(EAST)
    until(lambda: east.counts() == (1, 1, 0))
    assert east.targets() == ["healthy"]


def test_capacity_can_run_out(lab: Lab) -> None:
    """With room for one task the region starts one of two and says so in the service's events; with room again, all."""
    limit(lab, WEST, 1)
    service = Service(lab, WEST, desired=2)
    until(lambda: service.counts() == (2, 1, 0))
    assert any("unable to place a task" in message for message in service.events())
    limit(lab, WEST, None)
    until(lambda: service.counts() == (2, 2, 0))


def test_a_service_without_a_network_or_with_an_unknown_group_is_refused(lab: Lab) -> None:
    """What Fargate could not run is an error when the service is created."""
    service = Service(lab, desired=0)
    service.group = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gone/0"
    with pytest.raises(ClientError, match="Unable to find the target group"):
        service.create(1)
    with pytest.raises(ClientError, match="Network Configuration"):
        service.ecs.create_service(cluster=service.names.cluster, serviceName=service.names.service, taskDefinition="storefront")


def test_other_services_stay_moto_s(lab: Lab) -> None:
    """A service of another name has no process."""
    other = Service(lab, desired=0)
    other.ecs.create_service(cluster=other.names.cluster, serviceName="worker", taskDefinition="storefront", desiredCount=1)
    other.ecs.update_service(cluster=other.names.cluster, service="worker", desiredCount=2)
    [service] = other.ecs.describe_services(cluster=other.names.cluster, services=["worker"])["services"]
    assert service["runningCount"] == 2
    assert other.pids() == []
