"""Endpoints: what a task needs to start is reached inside the network."""

from tests.stacks.declared import WEST, Declared


def test_a_starting_task_reaches_its_image_its_log_and_its_secrets_inside_the_network(prod: Declared) -> None:
    """A gateway where AWS has one, addresses under AWS's own names where not."""
    endpoints = [each.inputs for each in prod.of("ec2/vpcEndpoint:VpcEndpoint").values()]
    kinds = {each["serviceName"].removeprefix(f"com.amazonaws.{WEST}."): each["vpcEndpointType"] for each in endpoints}
    assert kinds == {"s3": "Gateway", "ecr.api": "Interface", "ecr.dkr": "Interface", "logs": "Interface", "secretsmanager": "Interface"}
    assert all(each["privateDnsEnabled"] for each in endpoints if each["vpcEndpointType"] == "Interface")


def test_only_tasks_reach_the_endpoints_and_over_https(prod: Declared) -> None:
    """Nothing else in the network has business there."""
    [rule] = prod.one("ec2/securityGroup:SecurityGroup", f"endpoints-{WEST}")["ingress"]
    assert (rule["fromPort"], rule["toPort"]) == (443, 443)
    assert rule["securityGroups"] == [f"id-of-tasks-{WEST}"]
