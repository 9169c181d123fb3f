"""Where builds stand that look into a restored database: beside it, with a way out to their source and their packages."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.network import ANYWHERE, BUILDS, Network


@dataclass(frozen=True, slots=True)
class BuildNetworkArgs:
    names: Names
    network: Network


class BuildNetwork(pulumi.ComponentResource):
    """One subnet in one zone: a build that AWS cannot place fails, is told, and harms nobody.

    CodeBuild gives a build in a network no public address, so it leaves through a NAT gateway. Source: CodeBuild's user guide, "Use
    CodeBuild with Amazon Virtual Private Cloud".
    """

    def __init__(self, name: str, args: BuildNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:BuildNetwork", name, None, opts)
        self._names, self._region, network = args.names, args.names.settings.standby_region, args.network
        self._inside = pulumi.ResourceOptions(parent=self)
        self.subnet = network.subnet("builds", "a", BUILDS, self._inside)
        self.routes = aws.ec2.RouteTable(
            f"builds-{self._region}",
            vpc_id=network.vpc.id,
            routes=[{"cidr_block": ANYWHERE, "nat_gateway_id": self._way_out(network).id}],
            region=self._region,
            opts=self._inside,
        )
        association = aws.ec2.RouteTableAssociation(
            f"builds-{self._region}", subnet_id=self.subnet.id, route_table_id=self.routes.id, region=self._region, opts=self._inside
        )
        self.placed: aws.codebuild.ProjectVpcConfigArgsDict = {
            "vpc_id": network.vpc.id,
            "subnets": [self.subnet.id],
            "security_group_ids": [network.build_group.id],
        }
        self.group_arn = network.build_group.arn
        self.ready: list[pulumi.Resource] = [association]
        self.register_outputs({})

    def _way_out(self, network: Network) -> aws.ec2.NatGateway:
        label, tags = f"builds-{self._region}", {"Name": f"{self._names.prefix}-builds"}
        address = aws.ec2.Eip(label, domain="vpc", tags=tags, region=self._region, opts=self._inside)
        return aws.ec2.NatGateway(
            label,
            allocation_id=address.id,
            subnet_id=network.public_subnets[0].id,
            tags=tags,
            region=self._region,
            # An address is associated only once the network has its gateway, which the routes wait for.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[network.public_routes]),
        )
