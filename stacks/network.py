"""The recovery region's network: two public subnets for the shop, two without a way out for the database."""

from dataclasses import dataclass
from ipaddress import ip_network

import pulumi
import pulumi_aws as aws

from names import Names

RANGE = ip_network("10.64.0.0/16")
WITHIN = str(RANGE)
ZONES = ("a", "b")
BUILDS = "10.64.64.0/20"
"""Beside the two public subnets and the two of the database, which take the first four."""

POSTGRES = 5432
ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True, slots=True)
class NetworkArgs:
    names: Names
    region: str


class Network(pulumi.ComponentResource):
    """Everything a failover needs from a network exists beforehand: it creates nothing."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Network", name, None, opts)
        self._names, self._region = args.names, args.region
        self._inside = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(
            f"network-{args.region}",
            cidr_block=WITHIN,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": args.names.prefix},
            region=args.region,
            opts=self._inside,
        )
        blocks = RANGE.subnets(new_prefix=20)
        self.public_subnets = [self.subnet("public", zone, str(next(blocks)), self._inside) for zone in ZONES]
        self.database_subnets = [self.subnet("database", zone, str(next(blocks)), self._inside) for zone in ZONES]
        self.public_routes = self._lead_out(self.public_subnets)
        self._guard()
        self.register_outputs({})

    def subnet(self, purpose: str, zone: str, block: str, opts: pulumi.ResourceOptions) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{purpose}-{self._region}{zone}",
            vpc_id=self.vpc.id,
            cidr_block=block,
            availability_zone=f"{self._region}{zone}",
            tags={"Name": f"{self._names.prefix}-{purpose}-{zone}"},
            region=self._region,
            opts=opts,
        )

    def _lead_out(self, subnets: list[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        gateway = aws.ec2.InternetGateway(f"network-{self._region}", vpc_id=self.vpc.id, region=self._region, opts=self._inside)
        table = aws.ec2.RouteTable(
            f"public-{self._region}",
            vpc_id=self.vpc.id,
            routes=[{"cidr_block": ANYWHERE, "gateway_id": gateway.id}],
            region=self._region,
            opts=self._inside,
        )
        for zone, subnet in zip(ZONES, subnets, strict=True):
            aws.ec2.RouteTableAssociation(
                f"public-{self._region}{zone}", subnet_id=subnet.id, route_table_id=table.id, region=self._region, opts=self._inside
            )
        return table

    def _guard(self) -> None:
        """Let shoppers reach the load balancer, it the tasks, and they the database and AWS; nothing else reaches anything.

        What a restore test restores stands apart: builds look into it, and no network leads them to the database itself.
        """
        workload = self._names.settings.workload
        tasks, shop = workload.service.port, workload.shop.port
        self.load_balancer_group = self._security_group("load-balancer", [_tcp(shop, [ANYWHERE])], [_tcp(tasks, [WITHIN])])
        # Tasks fetch their image and their secrets over HTTPS, from addresses that AWS does not fix.
        leaving = [_tcp(POSTGRES, [WITHIN]), _tcp(443, [ANYWHERE])]
        self.task_group = self._security_group("tasks", [_from(tasks, self.load_balancer_group)], leaving)
        self.endpoint_group = self._security_group("endpoints", [_from(443, self.task_group)], [])
        self.database_group = self._security_group("database", [_from(POSTGRES, self.task_group)], [])
        self.build_group = self._security_group("builds", [], leaving)
        self.restored_group = self._security_group("restored", [_from(POSTGRES, self.build_group)], [])

    def _security_group(
        self, purpose: str, ingress: list[aws.ec2.SecurityGroupIngressArgsDict], egress: list[aws.ec2.SecurityGroupEgressArgsDict]
    ) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{purpose}-{self._region}",
            name=f"{self._names.prefix}-{purpose}",
            description=f"{self._names.prefix} {purpose}",
            vpc_id=self.vpc.id,
            ingress=ingress,
            egress=egress,
            region=self._region,
            opts=self._inside,
        )


def _tcp(port: int, blocks: list[str]) -> aws.ec2.SecurityGroupEgressArgsDict:
    return {"protocol": "tcp", "from_port": port, "to_port": port, "cidr_blocks": blocks}


def _from(port: int, group: aws.ec2.SecurityGroup) -> aws.ec2.SecurityGroupIngressArgsDict:
    return {"protocol": "tcp", "from_port": port, "to_port": port, "security_groups": [group.id]}
