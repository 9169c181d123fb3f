"""The recovery as a plan that AWS executes: ARC Region switch, for where one operator's machine is not enough.

It does what it has blocks for: the storefront, the promotion, the traffic, and a replica back. What it has none for stays with the
commands: the fence, the wait for the last write, the measure of the loss, the order that proves it. So before the promotion the
plan waits for an operator's approval, and says what to look at.
"""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys
from stacks.policies.documents import assumed_by
from stacks.policies.region_switch import execute_plan, run_plan
from stacks.switches import Controls

Step = aws.arcregionswitch.PlanWorkflowStepArgsDict
Workflow = aws.arcregionswitch.PlanWorkflowArgsDict
Beside = aws.arcregionswitch.PlanWorkflowStepParallelConfigStepArgsDict
Service = aws.arcregionswitch.PlanWorkflowStepParallelConfigStepEcsCapacityIncreaseConfigServiceArgsDict
Turned = aws.arcregionswitch.PlanWorkflowStepArcRoutingControlConfigRegionAndRoutingControlArgsDict
State = aws.arcregionswitch.PlanWorkflowStepArcRoutingControlConfigRegionAndRoutingControlRoutingControlArgsDict
Reports = aws.arcregionswitch.PlanReportConfigurationReportOutputS3ConfigurationArgsDict

APPROVE = (
    "Promotion ends replication for good. If the other region answers, stop its writes first (invoke fence --region) and wait until"
    " invoke check-readiness says that nothing would be lost; if it does not, approve only the loss that it says."
)
APPROVED_WITHIN = 60  # minutes; then the step fails, and the execution pauses
REPLICA_WITHIN = 240  # minutes: a new replica copies the whole database


@dataclass(frozen=True, slots=True)
class RegionSwitchArgs:
    """``operator`` is the role that starts the plan and approves its step."""

    names: Names
    keys: Keys
    controls: Controls
    operator: aws.iam.Role


class RegionSwitch(pulumi.ComponentResource):
    """One plan for both directions: to activate a region is the failover or the failback, and post-recovery protects again.

    The plan belongs to the account, and AWS executes it in the region that it activates.
    """

    def __init__(self, name: str, args: RegionSwitchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:RegionSwitch", name, None, opts)
        self._names, self._args = args.names, args
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            self._storefront_alarm(region)
        role = self._role()
        self._plan(role)
        self.register_outputs({})

    def _plan(self, role: aws.iam.Role) -> None:
        names, settings = self._names, self._names.settings
        reports: Reports = {
            "bucket_owner": settings.account,
            "bucket_path": f"{names.reports_bucket(settings.standby_region)}/region-switch",
        }
        aws.arcregionswitch.Plan(
            "recovery",
            name=names.region_switch,
            description=f"{names.prefix}: the storefront, the database and the shoppers, from one region to the other",
            execution_role=role.arn,
            recovery_approach="activePassive",
            regions=list(settings.regions),
            primary_region=settings.home_region,
            region=settings.home_region,
            recovery_time_objective_minutes=settings.disaster_recovery.rto // timedelta(minutes=1),
            associated_alarms=[
                {
                    "map_block_key": f"storefront-{region}",
                    "alarm_type": "applicationHealth",
                    "resource_identifier": names.alarm_arn(f"storefront-{region}", region),
                }
                for region in settings.regions
            ],
            report_configurations=[{"report_outputs": [{"s3_configurations": [reports]}]}],
            workflows=[each for region in settings.regions for each in (self._activate(region), self._protect_again(region))],
            opts=self._inside,
        )

    def _activate(self, region: str) -> Workflow:
        """Return what runs to bring the shop to *region*: what nobody waits for beside the approval, then the writer, then the shoppers."""
        return {
            "workflow_target_action": "activate",
            "workflow_target_region": region,
            "workflow_description": f"Bring the shop to {region}",
            "steps": [self._prepare(), self._promote(), self._turn()],
        }

    def _protect_again(self, region: str) -> Workflow:
        """Return what runs once *region*, which the shop has left, is well again: its old primary is put aside and a replica built."""
        return {
            "workflow_target_action": "postRecovery",
            "workflow_target_region": region,
            "workflow_description": f"Make {region} the standby again",
            "steps": [
                {
                    "name": "build-replica",
                    "description": "Put the old primary aside and build a replica in its place",
                    "execution_block_type": "RdsCreateCrossRegionReplica",
                    "rds_create_cross_region_read_replica_configs": [
                        {"db_instance_arn_map": self._databases(), "timeout_minutes": REPLICA_WITHIN}
                    ],
                }
            ],
        }

    def _prepare(self) -> Step:
        return {
            "name": "prepare",
            "description": "Run as many storefront tasks as the other region ran, while an operator decides",
            "execution_block_type": "Parallel",
            "parallel_configs": [{"steps": [self._scale_up(), self._approve()]}],
        }

    def _scale_up(self) -> Beside:
        names = self._names
        services: list[Service] = [
            {"cluster_arn": names.cluster_arn(region), "service_arn": names.service_arn(region)} for region in names.settings.regions
        ]
        return {
            "name": "scale-up",
            "description": "Run as many storefront tasks as the other region ran in the last 24 hours",
            "execution_block_type": "ECSServiceScaling",
            "ecs_capacity_increase_configs": [
                {
                    "services": services,
                    "capacity_monitoring_approach": "sampledMaxInLast24Hours",
                    "target_percent": 100,
                    "timeout_minutes": self._minutes(),
                }
            ],
        }

    def _approve(self) -> Beside:
        return {
            "name": "approve-promotion",
            "description": APPROVE,
            "execution_block_type": "ManualApproval",
            "execution_approval_configs": [{"approval_role": self._args.operator.arn, "timeout_minutes": APPROVED_WITHIN}],
        }

    def _promote(self) -> Step:
        return {
            "name": "promote",
            "description": "Promote the replica",
            "execution_block_type": "RdsPromoteReadReplica",
            "rds_promote_read_replica_configs": [{"db_instance_arn_map": self._databases(), "timeout_minutes": self._minutes()}],
        }

    def _turn(self) -> Step:
        """Return the step that leads the shoppers: for either region its own control on and the other's off."""
        arns = self._args.controls.arns

        def states(target: str) -> list[State]:
            return [{"routing_control_arn": arn, "state": "On" if region == target else "Off"} for region, arn in arns.items()]

        each: list[Turned] = [{"region": region, "routing_controls": states(region)} for region in arns]
        return {
            "name": "switch-traffic",
            "description": f"Turn {self._names.shop_domain}",
            "execution_block_type": "ARCRoutingControl",
            "arc_routing_control_configs": [{"region_and_routing_controls": each, "timeout_minutes": self._minutes()}],
        }

    def _databases(self) -> dict[str, pulumi.Input[str]]:
        return {region: self._names.database_arn(region) for region in self._names.settings.regions}

    def _minutes(self) -> int:
        """Return how long a step may take: a step that outlasts the objective has failed."""
        return self._names.settings.disaster_recovery.rto // timedelta(minutes=1)

    def _storefront_alarm(self, region: str) -> None:
        """Declare how AWS knows that *region* serves: at least one task reports its use of the processor, minute by minute.

        It tells nobody: a region without tasks may well be the one that stands by.
        """
        names = self._names
        aws.cloudwatch.MetricAlarm(
            f"storefront-{region}",
            name=names.alarm(f"storefront-{region}"),
            alarm_description=f"No storefront task runs in {region}",
            namespace="AWS/ECS",
            metric_name="CPUUtilization",
            dimensions={"ClusterName": names.cluster, "ServiceName": names.service},
            statistic="SampleCount",
            period=60,
            evaluation_periods=3,
            threshold=1,
            comparison_operator="LessThanThreshold",
            treat_missing_data="breaching",
            region=region,
            opts=self._inside,
        )

    def _role(self) -> aws.iam.Role:
        names, controls, keys = self._names, self._args.controls, self._args.keys
        role = aws.iam.Role(
            "region-switch",
            name=names.role("region-switch"),
            description="Executes the recovery plan for ARC Region switch",
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("arc-region-switch")),
            opts=self._inside,
        )
        data = [keys.arn("data", region) for region in names.settings.regions]
        duty = execute_plan(names, list(controls.arns.values()), controls.homes, data, keys.arn("data", names.settings.standby_region))
        aws.iam.RolePolicy("region-switch", name="execute", role=role.name, policy=pulumi.Output.json_dumps(duty), opts=self._inside)
        aws.iam.RolePolicy(
            "run-region-switch",
            name="run-region-switch",
            role=self._args.operator.name,
            policy=pulumi.Output.json_dumps(run_plan(names)),
            opts=self._inside,
        )
        return role
