"""The traffic switch: two alarms that a run raises with a metric, and the failover records that follow them.

Nothing here is changed during a failover, so none of Route 53's control plane, which lives in us-east-1, is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import TAKEOVER_METRIC, TAKEOVER_NAMESPACE, Names


@dataclass(frozen=True, slots=True)
class Address:
    """Where a load balancer answers: its DNS name, and the zone that name is in."""

    dns_name: pulumi.Input[str]
    zone_id: pulumi.Input[str]


@dataclass(frozen=True, slots=True)
class RoutingArgs:
    """``standby`` is the recovery region's load balancer; the active region's is the workload's and looked up by name."""

    names: Names
    standby: Address
    topics: Mapping[str, pulumi.Input[str]]


class Routing(pulumi.ComponentResource):
    """The first of the settings' regions has the primary record, whichever region is active."""

    def __init__(self, name: str, args: RoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Routing", name, None, opts)
        self._args, self._names = args, args.names
        settings = args.names.settings
        self._inside = pulumi.ResourceOptions(parent=self)
        self._zone = aws.route53.get_zone_output(name=settings.routing.zone, opts=pulumi.InvokeOutputOptions(parent=self))
        addresses = {settings.home_region: self._workload_address(settings.home_region), settings.standby_region: args.standby}
        alarms = {region: self._takeover_alarm(region) for region in settings.regions}
        for region in settings.regions:
            other = settings.other_region(region)
            guard = self._guard(region, alarms[other], other)
            self._shop_record(region, addresses[region], guard)
            self._region_record(region, addresses[region])
        self.register_outputs({})

    def _workload_address(self, region: str) -> Address:
        balancer = aws.lb.get_load_balancer_output(
            name=self._names.load_balancer, region=region, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return Address(balancer.dns_name, balancer.zone_id)

    def _takeover_alarm(self, region: str) -> aws.cloudwatch.MetricAlarm:
        """Return the switch "*region* has taken over": in alarm from the first minute that its metric reaches 1."""
        return aws.cloudwatch.MetricAlarm(
            f"takeover-{region}",
            name=self._names.takeover_alarm(region),
            alarm_description=f"In alarm: {region} has taken over, and no shopper is led to {self._names.settings.other_region(region)}",
            namespace=TAKEOVER_NAMESPACE,
            metric_name=TAKEOVER_METRIC,
            dimensions={"Region": region},
            statistic="Maximum",
            period=60,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # Missing data is insufficient data, for which the health check keeps its last known status.
            treat_missing_data="missing",
            alarm_actions=[self._args.topics[region]],
            ok_actions=[self._args.topics[region]],
            region=region,
            opts=self._inside,
        )

    def _guard(self, region: str, alarm: aws.cloudwatch.MetricAlarm, alarm_region: str) -> aws.route53.HealthCheck:
        """Return the health check that turns *region*'s record away while the other region has taken over."""
        return aws.route53.HealthCheck(
            f"guard-{region}",
            type="CLOUDWATCH_METRIC",
            cloudwatch_alarm_name=alarm.name,
            cloudwatch_alarm_region=alarm_region,
            insufficient_data_health_status="LastKnownStatus",
            tags={"Name": f"{self._names.prefix}-{region}"},
            opts=self._inside,
        )

    def _shop_record(self, region: str, address: Address, guard: aws.route53.HealthCheck) -> aws.route53.Record:
        primary = region == self._names.settings.regions[0]
        return aws.route53.Record(
            f"shop-{region}",
            zone_id=self._zone.zone_id,
            name=self._names.shop_domain,
            type="A",
            set_identifier=region,
            failover_routing_policies=[{"type": "PRIMARY" if primary else "SECONDARY"}],
            health_check_id=guard.id,
            aliases=[_alias(address)],
            opts=self._inside,
        )

    def _region_record(self, region: str, address: Address) -> aws.route53.Record:
        return aws.route53.Record(
            f"region-{region}",
            zone_id=self._zone.zone_id,
            name=self._names.region_domain(region),
            type="A",
            aliases=[_alias(address)],
            opts=self._inside,
        )


def _alias(address: Address) -> aws.route53.RecordAliasArgsDict:
    """Return an alias that ignores its target's health: traffic moves when a run says so, never by itself."""
    return {"name": address.dns_name, "zone_id": address.zone_id, "evaluate_target_health": False}
