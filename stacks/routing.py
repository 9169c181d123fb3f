"""The failover records, which follow the traffic switch that the settings choose.

Nothing here is changed during a failover, so none of Route 53's control plane, which lives in us-east-1, is needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.switches import Controls, by_alarms, by_controls


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
    """The first of the settings' regions has the primary record, whichever region is active.

    ``controls`` is None unless the switch is a routing control.
    """

    def __init__(self, name: str, args: RoutingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Routing", name, None, opts)
        self._args, self._names = args, args.names
        settings = args.names.settings
        self._inside = pulumi.ResourceOptions(parent=self)
        self._zone = aws.route53.get_zone_output(name=settings.routing.zone, opts=pulumi.InvokeOutputOptions(parent=self))
        addresses = {settings.home_region: self._workload_address(settings.home_region), settings.standby_region: args.standby}
        self.controls: Controls | None = by_controls(self._names, self._inside) if settings.routed_by_controls else None
        guards = self.controls.guards if self.controls else by_alarms(self._names, args.topics, self._inside)
        for region in settings.regions:
            self._shop_record(region, addresses[region], guards[region])
            self._region_record(region, addresses[region])
        self.register_outputs({})

    def _workload_address(self, region: str) -> Address:
        balancer = aws.lb.get_load_balancer_output(
            name=self._names.load_balancer, region=region, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return Address(balancer.dns_name, balancer.zone_id)

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
