"""What SoleMate already runs, in the active region: the database and its secret, media, the storefront, the zone.

It is made through the AWS API alone, before the program is deployed, and none of it is the program's.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from mimetypes import guess_type
from typing import Any, TypeVar

import psycopg
from psycopg.sql import SQL

from names import Names
from sandbox.clients import Clients
from sandbox.progress import OnProgress, told
from sandbox.waiting import NotInTime, wait_until
from settings import Settings

T = TypeVar("T")
OWNER = {"owner": "solemate-shop"}
USERNAME = "shop"
FILES = {
    "media": [f"products/shoe-{number:03}.jpg" for number in range(1, 25)],
    "uploads": [f"reviews/{number}.png" for number in range(1, 4)],
    "assets": ["shop.css", "shop.js"],
    "cdn": ["banners/spring.jpg", "banners/sale.jpg"],
}

SCHEMA = """
create table orders (
    id uuid primary key,
    sku text not null,
    quantity int not null,
    placed_at timestamptz not null default clock_timestamp(),
    region text not null
)
"""


@dataclass(frozen=True, slots=True)
class Network:
    vpc: str
    subnets: Sequence[str]
    group: str


class Workload:
    """The makers of each part, in the active region of *settings*."""

    def __init__(self, settings: Settings, endpoint: str, on_progress: OnProgress) -> None:
        self.names, self.region = Names(settings), settings.home_region
        self._workload, self._clients, self._on_progress = settings.workload, Clients(endpoint), on_progress

    def client(self, service: str) -> Any:
        return self._clients(service, self.region)

    def make(self, what: str, name: str, maker: Callable[[], T]) -> T:
        with told(self._on_progress, name, what, self.region):
            return maker()

    def network(self) -> Network:
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.32.0.0/16", TagSpecifications=_tagged("vpc"))["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        zones = enumerate(("a", "b"))
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.32.{number}.0/24", AvailabilityZone=f"{self.region}{zone}")["Subnet"]["SubnetId"]
            for number, zone in zones
        ]
        group = ec2.create_security_group(GroupName=self.names.prefix, Description="SoleMate", VpcId=vpc)["GroupId"]
        return Network(vpc, subnets, group)

    def database(self, network: Network) -> None:
        """Make the writer, its parameter group and its secret, and the table of orders in it."""
        rds, database = self.client("rds"), self._workload.database
        family = f"postgres{database.engine_version}"
        rds.create_db_parameter_group(
            DBParameterGroupName=self.names.parameter_group, DBParameterGroupFamily=family, Description="The orders database"
        )
        rds.create_db_subnet_group(
            DBSubnetGroupName=self.names.subnet_group(self.region),
            DBSubnetGroupDescription="The orders database",
            SubnetIds=network.subnets,
        )
        password = self._secret()
        rds.create_db_instance(
            DBInstanceIdentifier=self.names.database,
            DBName=database.name,
            DBInstanceClass=database.instance_class,
            Engine="postgres",
            EngineVersion=database.engine_version,
            AllocatedStorage=20,
            MasterUsername=USERNAME,
            MasterUserPassword=password,
            DBParameterGroupName=self.names.parameter_group,
            DBSubnetGroupName=self.names.subnet_group(self.region),
            VpcSecurityGroupIds=[network.group],
            StorageEncrypted=True,
            BackupRetentionPeriod=7,
            DeletionProtection=True,
            Tags=_tags(),
        )
        self._create_table(password)

    def _secret(self) -> str:
        """Make the secret that the storefront reads, in both regions, and return the password in it."""
        password = secrets.token_urlsafe(24)
        self.client("secretsmanager").create_secret(
            Name=self.names.database_secret,
            SecretString=json.dumps({"username": USERNAME, "password": password}),
            AddReplicaRegions=[{"Region": self.names.settings.other_region(self.region)}],
            Tags=_tags(),
        )
        return password

    def docker_hub(self) -> None:
        """Make the secret that the registries sign in with at Docker Hub: nobody signs in here."""
        self.client("secretsmanager").create_secret(
            Name=self.names.docker_hub_secret,
            SecretString=json.dumps({"username": "sandbox", "accessToken": secrets.token_urlsafe(24)}),
            AddReplicaRegions=[{"Region": self.names.settings.other_region(self.region)}],
            Tags=_tags(),
        )

    def configuration(self) -> None:
        """Make the storefront's parameters: what it may show, and what it may not."""
        ssm = self.client("ssm")
        for path in self.names.settings.application.parameters:
            ssm.put_parameter(Name=f"{path}/currency", Value="EUR", Type="String")
            ssm.put_parameter(Name=f"{path}/payment-key", Value=secrets.token_urlsafe(24), Type="SecureString")

    def _create_table(self, password: str) -> None:
        rds = self.client("rds")

        def instance() -> dict[str, Any] | None:
            [found] = rds.describe_db_instances(DBInstanceIdentifier=self.names.database)["DBInstances"]
            if found["DBInstanceStatus"] == "failed":
                raise NotInTime(f"{self.names.database} failed: see the sandbox's server.log")
            return found if found["DBInstanceStatus"] == "available" else None

        endpoint = wait_until(f"{self.names.database} to be available", instance)["Endpoint"]
        where = {"host": endpoint["Address"], "port": endpoint["Port"], "dbname": self._workload.database.name}
        with psycopg.connect(**where, user=USERNAME, password=password, connect_timeout=5) as connection:
            connection.execute(SQL(SCHEMA))

    def files(self, bucket: str, keys: Sequence[str]) -> None:
        s3 = self.client("s3")
        where = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        s3.create_bucket(Bucket=bucket, **where)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": _tags()})
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=secrets.token_bytes(4096), ContentType=guess_type(key)[0])

    def zone(self) -> None:
        name = self.names.settings.routing.zone
        self.client("route53").create_hosted_zone(Name=name, CallerReference=f"{self.names.prefix}-{secrets.token_hex(4)}")

    def storefront(self, network: Network) -> None:
        """Make the load balancer and the service behind it, at full capacity."""
        target_group = self._load_balancer(network)
        ecs, service = self.client("ecs"), self._workload.service
        ecs.create_cluster(clusterName=self.names.cluster)
        container = {
            "name": self.names.service,
            "image": service.image,
            "essential": True,
            "portMappings": [{"containerPort": service.port, "protocol": "tcp"}],
        }
        definition = ecs.register_task_definition(
            family=self.names.service,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="512",
            memory="1024",
            containerDefinitions=[container],
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(
            cluster=self.names.cluster,
            serviceName=self.names.service,
            taskDefinition=definition,
            desiredCount=service.capacity,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": network.subnets, "securityGroups": [network.group]}},
            loadBalancers=[{"targetGroupArn": target_group, "containerName": self.names.service, "containerPort": service.port}],
        )

    def _load_balancer(self, network: Network) -> str:
        """Make the load balancer with its listener, and return the ARN of the group it sends requests to."""
        elb = self.client("elbv2")
        balancer = elb.create_load_balancer(
            Name=self.names.load_balancer, Subnets=network.subnets, SecurityGroups=[network.group], Tags=_tags()
        )["LoadBalancers"][0]["LoadBalancerArn"]
        group: str = elb.create_target_group(
            Name=self.names.target_group,
            Protocol="HTTP",
            Port=self._workload.service.port,
            VpcId=network.vpc,
            TargetType="ip",
            HealthCheckPath="/health",
        )["TargetGroups"][0]["TargetGroupArn"]
        forward = {"Type": "forward", "TargetGroupArn": group}
        elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=self._workload.shop.port, DefaultActions=[forward])
        return group


def create(settings: Settings, endpoint: str, on_progress: OnProgress = lambda _: None) -> None:
    """Make everything, side by side where nothing waits for anything; when this returns, the database takes orders."""
    workload = Workload(settings, endpoint, on_progress)
    names = workload.names
    network = workload.make("network", names.prefix, workload.network)
    with ThreadPoolExecutor(4) as pool:
        parts = [
            pool.submit(workload.make, "database", names.database, lambda: workload.database(network)),
            pool.submit(workload.make, "storefront", names.service, lambda: workload.storefront(network)),
            *(
                pool.submit(workload.make, kind, bucket, partial(workload.files, bucket, FILES[kind]))
                for kind, bucket in names.file_buckets(workload.region).items()
            ),
            pool.submit(workload.make, "secret", names.docker_hub_secret, workload.docker_hub),
            pool.submit(workload.make, "parameters", names.prefix, workload.configuration),
            pool.submit(workload.make, "zone", settings.routing.zone, workload.zone),
        ]
    for part in parts:
        part.result()


def _tags() -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in OWNER.items()]


def _tagged(kind: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": _tags()}]
