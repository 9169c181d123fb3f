"""The two kinds of traffic switch behind the same verbs: which one there is, is asked here and nowhere else."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from names import Names
from runbooks.aws import cloudwatch
from runbooks.aws.session import Door
from runbooks.errors import NotFound, Unreachable
from runbooks.reach import Reach


class Switch(Protocol):
    """What leads the shop's name to one region or the other. ``hint`` is the way out while it cannot be thrown."""

    @property
    def hint(self) -> str: ...

    def named(self, region: str) -> str:
        """Return what it is called, as a sentence names it."""
        ...

    def unset(self) -> str | None:
        """Return what the settings still lack for it to be thrown, or None."""
        ...

    def fault(self, reach: Reach, door: Door) -> str | None:
        """Return what keeps the door's region from taking over with it, or None; raise ``AwsError`` when that cannot be seen."""
        ...

    def turn(self, reach: Reach, target: str) -> None:
        """Turn it to *target*. Harmless when repeated, and repeated until the name leads there."""
        ...


@dataclass(frozen=True, slots=True)
class Alarms:
    """An alarm in each region, raised by a metric: "this region has taken over".

    The first region's record is the primary one: it answers unless the second region's alarm is raised. The first region takes
    over from a lost second one with an alarm of its own: when both records are unhealthy, Route 53 answers the primary.
    """

    names: Names

    @property
    def hint(self) -> str:
        return "deploy the stack (`pulumi up`), which creates the switch"

    def named(self, region: str) -> str:
        return f"the takeover switch {self.names.takeover_alarm(region)}"

    def unset(self) -> str | None:
        return None

    def fault(self, reach: Reach, door: Door) -> str | None:  # noqa: ARG002 - a routing control's verb needs it
        return cloudwatch.switch_fault(door, self.names.takeover_alarm(door.region), self.names.metrics)

    def turn(self, reach: Reach, target: str) -> None:
        primary, secondary = self.names.settings.regions
        if target == secondary:
            cloudwatch.throw_switch(reach.door(secondary), self.names.metrics, 1)
            _stand_back(reach, primary)
        else:
            # With both switches off the second region can take over again; with both on, nothing moves the name to it.
            cloudwatch.throw_switch(reach.door(primary), self.names.metrics, 0 if _stand_back(reach, secondary) else 1)


@dataclass(frozen=True, slots=True)
class RoutingControls:
    """An ARC routing control for each region: the target's on and the other's off, in one call that does both or neither.

    The cluster lives in five regions of which any answers, so neither of ours is needed for it.
    """

    names: Names

    @property
    def hint(self) -> str:
        if self.unset():
            return (
                f"pulumi stack output routingCluster --json --stack {self.names.settings.environment},"
                " and write what it prints under solemate-dr:routing as cluster"
            )
        return "compare routing.cluster in the settings with `pulumi stack output routingCluster`"

    def named(self, region: str) -> str:
        return f"the routing control {self.names.routing_control(region)}"

    def unset(self) -> str | None:
        if self.names.settings.routing.cluster:
            return None
        return "the settings do not say yet where the routing controls answer (routing.cluster)"

    def fault(self, reach: Reach, door: Door) -> str | None:
        cluster = self.names.settings.routing.cluster
        if cluster is None:
            return self.unset()
        try:
            reach.cluster.states([cluster.controls[door.region]])
        except NotFound as error:
            return error.message
        return None

    def turn(self, reach: Reach, target: str) -> None:
        cluster = self.names.settings.routing.cluster
        if cluster is None:
            raise NotFound(self.unset() or "", self.hint)
        wanted = {arn: region == target for region, arn in cluster.controls.items()}
        # A state stays; setting it again would only start the safety rule's wait anew.
        if reach.cluster.states(wanted) != wanted:
            reach.cluster.turn(wanted)


def switch_of(names: Names) -> Switch:
    return RoutingControls(names) if names.settings.routed_by_controls else Alarms(names)


def _stand_back(reach: Reach, region: str) -> bool:
    """Turn *region*'s switch off; return whether it was there to take it. No answer three times is a lost region, a busy one is not."""
    for _ in range(3):
        with suppress(Unreachable):
            cloudwatch.throw_switch(reach.hasty(region), reach.names.metrics, 0)
            return True
    return False
