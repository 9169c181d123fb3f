"""The two kinds of traffic switch, each as the health checks that guard the regions' records.

Both are data plane: what a run changes is a metric, or the state of a control. No record and no health check is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import TAKEOVER_METRIC, Names

Guards = Mapping[str, aws.route53.HealthCheck]
"""For each region, the health check that turns its record away while it is unhealthy."""

STANDS_FOR_MS = 5000
"""ARC's own default: no control changes again within five seconds, so that nothing flaps."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The routing controls of a cluster: who guards which record, and what runs must know before a disaster."""

    guards: Guards
    arns: Mapping[str, pulumi.Input[str]]
    homes: Sequence[pulumi.Input[str]]
    """The ARNs of the cluster and of the control panel that they are in."""
    cluster: pulumi.Input[Mapping[str, object]]
    """What ``routing.cluster`` in the settings must say."""


def by_alarms(names: Names, topics: Mapping[str, pulumi.Input[str]], inside: pulumi.ResourceOptions) -> Guards:
    """Declare an alarm in each region, "this region has taken over", which turns the other region's record away."""
    settings = names.settings
    alarms = {region: _takeover_alarm(names, region, topics[region], inside) for region in settings.regions}

    def guard(region: str) -> aws.route53.HealthCheck:
        other = settings.other_region(region)
        return aws.route53.HealthCheck(
            f"guard-{region}",
            type="CLOUDWATCH_METRIC",
            cloudwatch_alarm_name=alarms[other].name,
            cloudwatch_alarm_region=other,
            insufficient_data_health_status="LastKnownStatus",
            tags=_tags(names, region),
            opts=inside,
        )

    return {region: guard(region) for region in settings.regions}


def by_controls(names: Names, inside: pulumi.ResourceOptions) -> Controls:
    """Declare an ARC cluster with a control for each region: off turns that region's record away. One of the two must stay on.

    A new control is off. With both off both records are unhealthy, and Route 53 answers the primary one: the first region's.
    ARC is configured in us-west-2 whatever region is asked for, so none of its resources takes one.
    """
    cluster = aws.route53recoverycontrol.Cluster("routing", name=names.control_cluster, opts=inside)
    panel = aws.route53recoverycontrol.ControlPanel("routing", name=names.control_cluster, cluster_arn=cluster.arn, opts=inside)

    def control(region: str) -> aws.route53recoverycontrol.RoutingControl:
        return aws.route53recoverycontrol.RoutingControl(
            f"routing-{region}",
            name=names.routing_control(region),
            cluster_arn=cluster.arn,
            control_panel_arn=panel.arn,
            opts=inside,
        )

    def guard(region: str, arn: pulumi.Input[str]) -> aws.route53.HealthCheck:
        return aws.route53.HealthCheck(
            f"guard-{region}", type="RECOVERY_CONTROL", routing_control_arn=arn, tags=_tags(names, region), opts=inside
        )

    arns = {region: control(region).arn for region in names.settings.regions}
    aws.route53recoverycontrol.SafetyRule(
        "routing",
        name=names.safety_rule,
        control_panel_arn=panel.arn,
        asserted_controls=list(arns.values()),
        rule_config={"type": "ATLEAST", "threshold": 1, "inverted": False},
        wait_period_ms=STANDS_FOR_MS,
        opts=inside,
    )
    endpoints = cluster.cluster_endpoints.apply(lambda made: [{"region": each.region, "url": each.endpoint} for each in made])
    recorded = pulumi.Output.all(endpoints=endpoints, controls=arns)
    return Controls({region: guard(region, arn) for region, arn in arns.items()}, arns, [cluster.arn, panel.arn], recorded)


def _takeover_alarm(names: Names, region: str, topic: pulumi.Input[str], inside: pulumi.ResourceOptions) -> aws.cloudwatch.MetricAlarm:
    """Return the switch "*region* has taken over": in alarm from the first minute that its metric reaches 1."""
    return aws.cloudwatch.MetricAlarm(
        f"takeover-{region}",
        name=names.takeover_alarm(region),
        alarm_description=f"In alarm: {region} has taken over, and no shopper is led to {names.settings.other_region(region)}",
        namespace=names.metrics,
        metric_name=TAKEOVER_METRIC,
        dimensions={"Region": region},
        statistic="Maximum",
        period=60,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        # Missing data is insufficient data, for which the health check keeps its last known status.
        treat_missing_data="missing",
        alarm_actions=[topic],
        ok_actions=[topic],
        region=region,
        opts=inside,
    )


def _tags(names: Names, region: str) -> dict[str, str]:
    return {"Name": f"{names.prefix}-{region}"}
