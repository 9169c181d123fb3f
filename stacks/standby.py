"""The shop's standing in the recovery region: a load balancer and a service at pilot light, waiting to be scaled up."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import DOCKER_HUB, Names
from stacks.keys import Keys
from stacks.network import Network
from stacks.policies.documents import Document, assumed_by
from stacks.policies.services import serve_files, start_task
from stacks.registry import Registry


@dataclass(frozen=True, slots=True)
class StandbyArgs:
    """``images`` is where the tasks' image is cached, if it is; ``replica`` keeps its address when promoted."""

    names: Names
    keys: Keys
    network: Network
    images: Registry | None
    replica: aws.rds.Instance


class Standby(pulumi.ComponentResource):
    """A failover only changes the service's desired count."""

    def __init__(self, name: str, args: StandbyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Standby", name, None, opts)
        self._args, self._names = args, args.names
        self._region = args.names.settings.standby_region
        self._label = f"standby-{self._region}"
        self._inside = pulumi.ResourceOptions(parent=self)
        self.load_balancer = self._load_balancer()
        self._target_group = self._targets()
        self._service(self._listener())
        self.register_outputs({})

    def _load_balancer(self) -> aws.lb.LoadBalancer:
        return aws.lb.LoadBalancer(
            self._label,
            name=self._names.load_balancer,
            load_balancer_type="application",
            subnets=[subnet.id for subnet in self._args.network.public_subnets],
            security_groups=[self._args.network.load_balancer_group.id],
            drop_invalid_header_fields=True,
            enable_deletion_protection=True,
            region=self._region,
            opts=self._inside,
        )

    def _targets(self) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            self._label,
            name=self._names.target_group,
            port=self._names.settings.workload.service.port,
            protocol="HTTP",
            target_type="ip",
            vpc_id=self._args.network.vpc.id,
            # The shortest that AWS takes to call a new task healthy: it is on the recovery's path.
            health_check={
                "path": "/health",
                "matcher": "200",
                "interval": 5,
                "timeout": 2,
                "healthy_threshold": 2,
                "unhealthy_threshold": 2,
            },
            deregistration_delay=10,
            region=self._region,
            opts=self._inside,
        )

    def _listener(self) -> aws.lb.Listener:
        shop = self._names.settings.workload.shop
        secure = shop.scheme == "https"
        return aws.lb.Listener(
            self._label,
            load_balancer_arn=self.load_balancer.arn,
            port=shop.port,
            protocol=shop.scheme.upper(),
            certificate_arn=shop.certificates[self._region] if secure else None,
            ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06" if secure else None,
            default_actions=[{"type": "forward", "target_group_arn": self._target_group.arn}],
            region=self._region,
            opts=self._inside,
        )

    def _service(self, listener: aws.lb.Listener) -> aws.ecs.Service:
        service = self._names.settings.workload.service
        network = self._args.network
        return aws.ecs.Service(
            self._label,
            name=self._names.service,
            cluster=self._cluster().arn,
            task_definition=self._task_definition().arn,
            desired_count=service.pilot_light,
            launch_type="FARGATE",
            network_configuration={
                "subnets": [subnet.id for subnet in network.public_subnets],
                "security_groups": [network.task_group.id],
                # Images and secrets are fetched without a NAT gateway, which a standby would pay for by the hour.
                "assign_public_ip": True,
            },
            load_balancers=[
                {"target_group_arn": self._target_group.arn, "container_name": self._names.service, "container_port": service.port}
            ],
            deployment_circuit_breaker={"enable": True, "rollback": True},
            health_check_grace_period_seconds=60,
            propagate_tags="SERVICE",
            region=self._region,
            # The desired count belongs to the runs; ECS takes no service before its target group has a listener, nor pulls from no cache.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["desired_count"], depends_on=[listener, *self._images()]),
        )

    def _images(self) -> list[pulumi.Resource]:
        return [self._args.images] if self._args.images else []

    def _cluster(self) -> aws.ecs.Cluster:
        return aws.ecs.Cluster(
            self._label,
            name=self._names.cluster,
            settings=[{"name": "containerInsights", "value": "enabled"}],
            region=self._region,
            opts=self._inside,
        )

    def _task_definition(self) -> aws.ecs.TaskDefinition:
        secret = aws.secretsmanager.get_secret_output(
            name=self._names.database_secret, region=self._region, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        log = aws.cloudwatch.LogGroup(
            self._label, name=f"/ecs/{self._names.service}", retention_in_days=30, region=self._region, opts=self._inside
        )
        replica = self._args.replica
        containers = pulumi.Output.all(secret.arn, log.name, replica.address, replica.port).apply(lambda known: self._containers(*known))
        return aws.ecs.TaskDefinition(
            self._label,
            family=self._names.service,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu="512",
            memory="1024",
            execution_role_arn=self._execution_role(secret.arn, log.arn).arn,
            task_role_arn=self._task_role().arn,
            container_definitions=containers,
            region=self._region,
            opts=self._inside,
        )

    def _containers(self, secret: str, log: str, address: str, port: int) -> str:
        workload = self._names.settings.workload
        environment = {
            "AWS_REGION": self._region,
            "DATABASE_HOST": address,
            "DATABASE_PORT": str(int(port)),
            "DATABASE_NAME": workload.database.name,
            **{f"{kind.upper()}_BUCKET": bucket for kind, bucket in self._names.file_buckets(self._region).items()},
        }
        container = {
            "name": self._names.service,
            "image": self._names.standby_image,
            "essential": True,
            "portMappings": [{"containerPort": workload.service.port, "protocol": "tcp"}],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "secrets": [{"name": f"DATABASE_{key.upper()}", "valueFrom": f"{secret}:{key}::"} for key in ("username", "password")],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": log, "awslogs-region": self._region, "awslogs-stream-prefix": self._names.service},
            },
        }
        return json.dumps([container])

    def _execution_role(self, secret_arn: pulumi.Output[str], log_group_arn: pulumi.Output[str]) -> aws.iam.Role:
        repositories = f"arn:aws:ecr:{self._region}:{self._names.settings.account}:repository/*"
        streams = log_group_arn.apply(lambda arn: f"{arn}:log-stream:*")
        cache = f"{repositories.removesuffix('*')}{DOCKER_HUB}/*" if self._args.images else None
        return self._role("start-task", start_task(streams, secret_arn, repositories, cache))

    def _task_role(self) -> aws.iam.Role:
        buckets = [self._names.bucket_arn(bucket) for bucket in self._names.file_buckets(self._region).values()]
        return self._role("serve-files", serve_files(buckets, self._args.keys.arn("data", self._region)) if buckets else None)

    def _role(self, purpose: str, document: Document | None) -> aws.iam.Role:
        label = f"{purpose}-{self._region}"
        role = aws.iam.Role(
            label,
            name=self._names.role(label),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("ecs-tasks")),
            opts=self._inside,
        )
        if document is not None:
            aws.iam.RolePolicy(label, name=purpose, role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside)
        return role
