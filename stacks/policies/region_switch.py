"""What ARC Region switch needs to execute our plan, and what an operator needs to start it."""

from collections.abc import Sequence

from pulumi import Input

from names import Names
from stacks.policies.documents import Document, allow, document


def execute_plan(
    names: Names, controls: Sequence[Input[str]], homes: Sequence[Input[str]], keys: Sequence[Input[str]], report_key: Input[str]
) -> Document:
    """Return what the plan's blocks call, each on our own resources; *homes* are the ARNs of the controls' cluster and panel.

    *keys* are the data keys of both regions, under which a new replica lies; *report_key* is that of the reports' bucket.
    Source of the actions: the sample policies of the Region switch guide, one for each block, for reports and for alarms.
    """
    settings, account = names.settings, names.settings.account
    regions, reports = settings.regions, settings.standby_region
    services, clusters = ([of(region) for region in regions] for of in (names.service_arn, names.cluster_arn))
    alarms = [names.alarm_arn(f"storefront-{region}", region) for region in regions]
    databases = [names.database_arn(region) for region in regions]
    everywhere = [f"arn:aws:rds:{region}:{account}:" for region in regions]
    placed = [f"{there}{what}" for there in everywhere for what in ("og:*", "pg:*", "subgrp:*")]
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{reports}.amazonaws.com"}}
    evaluates = ["GetPlan", "GetPlanExecution", "ListPlanExecutions"]
    replicates = ["rds:CreateDBInstanceReadReplica", "rds:ModifyDBInstance"]
    return document(
        allow("Evaluate", [f"arc-region-switch:{action}" for action in evaluates], [names.region_switch_arn]),
        allow("ForeseeRefusals", ["iam:SimulatePrincipalPolicy"], [names.role_arn("region-switch")]),
        # Described in lists, which RDS allows only for every name.
        allow("SeeDatabases", ["rds:DescribeDBInstances"], [f"{there}db:*" for there in everywhere]),
        allow("Promote", ["rds:PromoteReadReplica"], databases),
        # The old primary is renamed by the block, to a name of AWS's choice that begins or ends with its own.
        allow(
            "RebuildReplica", [*replicates, "rds:AddTagsToResource"], [*(f"{there}db:*{names.database}*" for there in everywhere), *placed]
        ),
        allow("SeeTheDataKeys", ["kms:DescribeKey"], keys),
        allow("GrantTheKeyToRds", ["kms:CreateGrant"], keys, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("Scale", ["ecs:DescribeServices", "ecs:UpdateService"], services),
        allow("SeeTheClusters", ["ecs:DescribeClusters"], clusters),
        # Lists and metrics are no resources.
        allow(
            "SeeCapacity", ["application-autoscaling:DescribeScalableTargets", "cloudwatch:GetMetricStatistics", "ecs:ListServices"], ["*"]
        ),
        allow(
            "RaiseTheLeast",
            ["application-autoscaling:RegisterScalableTarget"],
            [f"arn:aws:application-autoscaling:{region}:{account}:scalable-target/*" for region in regions],
        ),
        allow(
            "FindTheCluster",
            ["route53-recovery-control-config:DescribeCluster", "route53-recovery-control-config:DescribeControlPanel"],
            homes,
        ),
        allow(
            "TurnTheControls",
            ["route53-recovery-cluster:GetRoutingControlState", "route53-recovery-cluster:UpdateRoutingControlStates"],
            controls,
        ),
        allow("WatchTheStorefront", ["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"], alarms),
        allow("Report", ["s3:PutObject"], [f"{names.bucket_arn(names.reports_bucket(reports))}/region-switch/*"]),
        allow("EncryptReports", ["kms:Encrypt", "kms:GenerateDataKey"], [report_key], Condition=through_s3),
    )


def run_plan(names: Names) -> Document:
    """Return what an operator needs to start the plan, to watch it, to approve its step, and to pause, skip or cancel."""
    watches = ["GetPlan", "GetPlanEvaluationStatus", "GetPlanExecution", "GetPlanInRegion", "ListPlanExecutionEvents", "ListPlanExecutions"]
    steers = ["ApprovePlanExecutionStep", "CancelPlanExecution", "StartPlanExecution", "UpdatePlanExecution", "UpdatePlanExecutionStep"]
    return document(allow("RunThePlan", [f"arc-region-switch:{action}" for action in (*watches, *steers)], [names.region_switch_arn]))
