"""Where builds stand that look into what was restored: they reach that, and neither the database nor anyone reaches them."""

import json
from pathlib import Path

from names import Names
from tests.stacks.declared import WEST, Declared, declare, region

GROUP = "ec2/securityGroup:SecurityGroup"


def test_the_validating_build_stands_beside_what_is_restored(prod: Declared) -> None:
    """In the standby's network, in a subnet of its own; its project waits until that leads out."""
    project = prod.of("codebuild/project:Project")[f"validation-{WEST}"]
    placed = project.inputs["vpcConfig"]
    subnet = prod.of("ec2/subnet:Subnet")[f"builds-{WEST}a"]
    assert (placed["vpcId"], region(subnet)) == (subnet.inputs["vpcId"], WEST)
    assert placed["subnets"] == [f"id-of-builds-{WEST}a"]
    assert placed["securityGroupIds"] == [f"id-of-builds-{WEST}"]
    assert prod.of("ec2/routeTableAssociation:RouteTableAssociation")[f"builds-{WEST}"].urn in project.depends_on


def test_it_leaves_through_a_gateway_and_nobody_comes_in(prod: Declared) -> None:
    """CodeBuild gives it no address of its own: source and packages come through the NAT gateway, S3 through its endpoint."""
    [route] = prod.one("ec2/routeTable:RouteTable", f"builds-{WEST}")["routes"]
    assert route == {"cidrBlock": "0.0.0.0/0", "natGatewayId": f"id-of-builds-{WEST}"}
    gateway = prod.of("ec2/natGateway:NatGateway")[f"builds-{WEST}"]
    assert gateway.inputs["subnetId"] == f"id-of-public-{WEST}a"
    assert prod.of("ec2/routeTable:RouteTable")[f"public-{WEST}"].urn in gateway.depends_on
    assert prod.one(GROUP, f"builds-{WEST}")["ingress"] == []
    assert f"id-of-builds-{WEST}" in prod.one("ec2/vpcEndpoint:VpcEndpoint", f"s3-{WEST}")["routeTableIds"]


def test_a_build_reaches_what_was_restored_and_not_the_database(prod: Declared) -> None:
    """It knows the database's password; no network leads it to the database itself."""
    [enters] = prod.one(GROUP, f"restored-{WEST}")["ingress"]
    assert (enters["securityGroups"], enters["fromPort"]) == ([f"id-of-builds-{WEST}"], 5432)
    assert f"id-of-builds-{WEST}" not in json.dumps(prod.one(GROUP, f"database-{WEST}")["ingress"])
    tests = prod.one("backup/restoreTestingSelection:RestoreTestingSelection", f"restore-database-{WEST}")
    assert json.loads(tests["restoreMetadataOverrides"]["vpcSecurityGroupIds"]) == [f"id-of-restored-{WEST}"]


def test_codebuild_alone_gives_addresses_in_that_subnet_alone(prod: Declared, names: Names) -> None:
    """What it describes and makes knows no resource; whom it gives an interface to does."""
    [leave] = [
        each
        for each in json.loads(prod.one("iam/rolePolicy:RolePolicy", "build-validation-network")["policy"])["Statement"]
        if "ec2:CreateNetworkInterfacePermission" in each["Action"]
    ]
    assert leave["Resource"] == [f"arn:aws:ec2:{WEST}:{names.settings.account}:network-interface/*"]
    assert leave["Condition"]["StringEquals"] == {"ec2:AuthorizedService": "codebuild.amazonaws.com"}
    assert len(leave["Condition"]["ArnEquals"]["ec2:Subnet"]) == 1


def test_without_restore_tests_nothing_is_paid_for(tmp_path: Path) -> None:
    """Neither the gateway nor its address."""
    less = declare(tmp_path, change=lambda config: config["disasterRecovery"]["testing"].update(automated=False))
    assert less.of("ec2/natGateway:NatGateway") == less.of("ec2/eip:Eip") == {}
