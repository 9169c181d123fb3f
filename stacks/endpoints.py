"""How the standby's tasks reach AWS: inside the network, so that a start depends on no public way out.

A task still has a public address: an image that the registry does not hold yet is fetched through it, where a NAT gateway would be
paid for by the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.network import Network

SERVICES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""What a task asks before it serves its first shopper: its image, its log and its secrets. Layers of images come from S3."""


@dataclass(frozen=True, slots=True)
class EndpointsArgs:
    """``routes`` are further route tables that lead to S3 from within, beside the public one."""

    names: Names
    network: Network
    routes: Sequence[aws.ec2.RouteTable] = ()


class Endpoints(pulumi.ComponentResource):
    """S3 through the route table, which costs nothing; the others with an address in each zone, paid for by the hour."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Endpoints", name, None, opts)
        self._args, self._region = args, args.names.settings.standby_region
        inside = pulumi.ResourceOptions(parent=self)
        aws.ec2.VpcEndpoint(
            f"s3-{self._region}",
            service_name=f"com.amazonaws.{self._region}.s3",
            vpc_endpoint_type="Gateway",
            vpc_id=args.network.vpc.id,
            route_table_ids=[routes.id for routes in (args.network.public_routes, *args.routes)],
            tags={"Name": f"{args.names.prefix}-s3"},
            region=self._region,
            opts=inside,
        )
        for service in SERVICES:
            aws.ec2.VpcEndpoint(
                f"{service}-{self._region}",
                service_name=f"com.amazonaws.{self._region}.{service}",
                vpc_endpoint_type="Interface",
                vpc_id=args.network.vpc.id,
                subnet_ids=[subnet.id for subnet in args.network.public_subnets],
                security_group_ids=[args.network.endpoint_group.id],
                private_dns_enabled=True,
                tags={"Name": f"{args.names.prefix}-{service}"},
                region=self._region,
                opts=inside,
            )
        self.register_outputs({})
