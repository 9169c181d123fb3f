"""The shop's standing in the recovery region."""

import json
from pathlib import Path
from typing import get_args

from names import Names
from sections import FileKind
from tests.stacks.declared import ACCOUNT, WEST, Declared, declare, region

STANDBY = f"standby-{WEST}"


def test_the_service_waits_at_pilot_light(prod: Declared, names: Names) -> None:
    """It carries the primary's names, and its count belongs to the runs."""
    service = prod.of("ecs/service:Service")[STANDBY]
    assert (service.inputs["name"], region(service)) == (names.service, WEST)
    assert service.inputs["desiredCount"] == 1
    assert service.ignore_changes == ("desiredCount",)


def test_the_service_waits_for_the_listener(prod: Declared) -> None:
    """ECS refuses a service whose target group no load balancer uses yet."""
    assert prod.of("lb/listener:Listener")[STANDBY].urn in prod.of("ecs/service:Service")[STANDBY].depends_on


def test_tasks_use_the_replica_and_the_secret_of_their_own_region(prod: Declared, names: Names) -> None:
    """The replica keeps its address when it is promoted; no task needs the lost region."""
    [container] = json.loads(prod.one("ecs/taskDefinition:TaskDefinition", STANDBY)["containerDefinitions"])
    environment = {entry["name"]: entry["value"] for entry in container["environment"]}
    assert environment["DATABASE_HOST"] == f"database-{WEST}.example"
    assert {f"{kind.upper()}_BUCKET": names.file_bucket(kind, WEST) for kind in get_args(FileKind)}.items() <= environment.items()
    assert {entry["name"]: entry["valueFrom"] for entry in container["secrets"]} == {
        "DATABASE_USERNAME": f"getSecret-{WEST}:username::",
        "DATABASE_PASSWORD": f"getSecret-{WEST}:password::",
    }


def test_the_image_is_pulled_from_the_standbys_own_registry(prod: Declared) -> None:
    """On the worst day neither Docker Hub nor the lost region is asked for it; the first pull fills the cache, with leave to."""
    [container] = json.loads(prod.one("ecs/taskDefinition:TaskDefinition", STANDBY)["containerDefinitions"])
    assert container["image"] == f"{ACCOUNT}.dkr.ecr.{WEST}.amazonaws.com/docker-hub/solemate/storefront:1"
    waits_for = prod.of("ecs/service:Service")[STANDBY].depends_on
    assert prod.of("ecr/pullThroughCacheRule:PullThroughCacheRule")[f"docker-hub-{WEST}"].urn in waits_for
    allowed = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"start-task-{WEST}")["policy"])["Statement"]
    [fills] = [each["Resource"] for each in allowed if "ecr:BatchImportUpstreamImage" in each["Action"]]
    assert fills == [f"arn:aws:ecr:{WEST}:{ACCOUNT}:repository/docker-hub/*"]


def test_where_no_image_is_kept_it_is_pulled_from_where_it_is(tmp_path: Path) -> None:
    """Without the application's code there is no cache, and no leave to fill one."""
    declared = declare(tmp_path, change=lambda config: config["application"].update(includeCode=False))
    [container] = json.loads(declared.one("ecs/taskDefinition:TaskDefinition", STANDBY)["containerDefinitions"])
    assert container["image"] == "solemate/storefront:1"
    assert "BatchImport" not in declared.one("iam/rolePolicy:RolePolicy", f"start-task-{WEST}")["policy"]


def test_production_listens_with_the_regions_certificate(prod: Declared, names: Names) -> None:
    """Shoppers come over https, whichever region answers."""
    listener = prod.one("lb/listener:Listener", STANDBY)
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["certificateArn"] == names.settings.workload.shop.certificates[WEST]


def test_the_sandbox_needs_no_certificate(tmp_path: Path) -> None:
    """The same program listens in plain when the settings say http."""
    listener = declare(tmp_path, "sandbox").one("lb/listener:Listener", STANDBY)
    assert (listener["port"], listener["protocol"]) == (8080, "HTTP")
    assert "certificateArn" not in listener


def test_only_what_serves_the_shop_is_let_in(prod: Declared) -> None:
    """Anyone reaches the load balancer at the shop's port; the tasks are reached by it alone."""
    [shoppers] = prod.one("ec2/securityGroup:SecurityGroup", f"load-balancer-{WEST}")["ingress"]
    [balancer] = prod.one("ec2/securityGroup:SecurityGroup", f"tasks-{WEST}")["ingress"]
    assert (shoppers["fromPort"], shoppers["toPort"], shoppers["cidrBlocks"]) == (443, 443, ["0.0.0.0/0"])
    assert (balancer["fromPort"], balancer["securityGroups"]) == (8080, [f"id-of-load-balancer-{WEST}"])


def test_the_standby_spans_two_zones(prod: Declared) -> None:
    """Both kinds of its subnets do; builds have one of their own in one."""
    zones = {name: each.inputs["availabilityZone"] for name, each in prod.of("ec2/subnet:Subnet").items()}
    assert zones.pop(f"builds-{WEST}a") == f"{WEST}a"
    assert zones == {f"{kind}-{WEST}{zone}": f"{WEST}{zone}" for kind in ("public", "database") for zone in "ab"}
