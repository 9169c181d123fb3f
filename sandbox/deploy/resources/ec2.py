"""Networks: VPCs, subnets, their way out, and security groups."""

from typing import Any

from sandbox.deploy.inputs import Inputs
from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:ec2/vpc:Vpc")
def vpc(wanted: Wanted) -> Made:
    ec2 = wanted.client("ec2")
    made = ec2.create_vpc(CidrBlock=wanted.inputs["cidrBlock"], TagSpecifications=_tagged("vpc", wanted))["Vpc"]
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        value = {"Value": wanted.inputs.get(attribute, False)}
        ec2.modify_vpc_attribute(VpcId=made["VpcId"], **{attribute[:1].upper() + attribute[1:]: value})
    return Made(made["VpcId"], {})


@makes("aws:ec2/subnet:Subnet")
def subnet(wanted: Wanted) -> Made:
    given = wanted.inputs.given(VpcId="vpcId", CidrBlock="cidrBlock", AvailabilityZone="availabilityZone")
    made = wanted.client("ec2").create_subnet(**given, TagSpecifications=_tagged("subnet", wanted))["Subnet"]
    return Made(made["SubnetId"], {"arn": made["SubnetArn"]})


@makes("aws:ec2/internetGateway:InternetGateway")
def internet_gateway(wanted: Wanted) -> Made:
    ec2 = wanted.client("ec2")
    made = ec2.create_internet_gateway(TagSpecifications=_tagged("internet-gateway", wanted))["InternetGateway"]
    ec2.attach_internet_gateway(InternetGatewayId=made["InternetGatewayId"], VpcId=wanted.inputs["vpcId"])
    return Made(made["InternetGatewayId"], {})


@makes("aws:ec2/routeTable:RouteTable")
def route_table(wanted: Wanted) -> Made:
    ec2 = wanted.client("ec2")
    made = ec2.create_route_table(VpcId=wanted.inputs["vpcId"], TagSpecifications=_tagged("route-table", wanted))["RouteTable"]
    for route in wanted.inputs["routes"]:
        given = route.given(DestinationCidrBlock="cidrBlock", GatewayId="gatewayId", NatGatewayId="natGatewayId")
        ec2.create_route(RouteTableId=made["RouteTableId"], **given)
    return Made(made["RouteTableId"], {})


@makes("aws:ec2/routeTableAssociation:RouteTableAssociation")
def route_table_association(wanted: Wanted) -> Made:
    given = wanted.inputs.given(SubnetId="subnetId", RouteTableId="routeTableId")
    return Made(wanted.client("ec2").associate_route_table(**given)["AssociationId"], {})


@makes("aws:ec2/eip:Eip")
def elastic_address(wanted: Wanted) -> Made:
    made = wanted.client("ec2").allocate_address(Domain=wanted.inputs["domain"], TagSpecifications=_tagged("elastic-ip", wanted))
    return Made(made["AllocationId"], {"publicIp": made["PublicIp"]})


@makes("aws:ec2/natGateway:NatGateway")
def nat_gateway(wanted: Wanted) -> Made:
    given = wanted.inputs.given(SubnetId="subnetId", AllocationId="allocationId")
    made = wanted.client("ec2").create_nat_gateway(**given, TagSpecifications=_tagged("natgateway", wanted))["NatGateway"]
    return Made(made["NatGatewayId"], {})


@makes("aws:ec2/securityGroup:SecurityGroup")
def security_group(wanted: Wanted) -> Made:
    ec2, inputs = wanted.client("ec2"), wanted.inputs
    given = inputs.given(GroupName="name", Description="description", VpcId="vpcId")
    group = ec2.create_security_group(**given, TagSpecifications=_tagged("security-group", wanted))["GroupId"]
    # AWS opens a new group to leave for anywhere; the provider closes it, so that only what is declared is allowed.
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    if entering := [_permission(rule) for rule in inputs.get("ingress", [])]:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=entering)
    if leaving := [_permission(rule) for rule in inputs.get("egress", [])]:
        ec2.authorize_security_group_egress(GroupId=group, IpPermissions=leaving)
    return Made(group, {})


def _permission(rule: Inputs) -> dict[str, Any]:
    return {
        "IpProtocol": rule["protocol"],
        "FromPort": rule["fromPort"],
        "ToPort": rule["toPort"],
        "IpRanges": [{"CidrIp": block} for block in rule.get("cidrBlocks", [])],
        "UserIdGroupPairs": [{"GroupId": group} for group in rule.get("securityGroups", [])],
    }


def _tagged(kind: str, wanted: Wanted) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": wanted.tag_list()}]
