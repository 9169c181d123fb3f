"""The two traffic switches: which endpoint of a cluster is asked, what is turned, and what is said while it cannot be."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from names import Names
from runbooks.aws.routing_control import Cluster
from runbooks.aws.session import Door
from runbooks.clock import RealClock
from runbooks.errors import AwsError, Busy, Denied, NotFound, Refused, Rejected, Unreachable
from runbooks.failback import decide
from runbooks.reach import Reach
from runbooks.readiness import findings
from runbooks.switches import Alarms, RoutingControls, switch_of
from settings import parse
from tests.given import changed
from tests.runbooks.pictures import EAST, NAMES, WEST, instance, primary, seen
from tests.test_settings_routing import CLUSTER

EAST_ARN, WEST_ARN = CLUSTER["controls"].values()
REGIONS = [entry["region"] for entry in CLUSTER["endpoints"]]


class Endpoint(Door):
    """One endpoint of a cluster whose *states* all of them share, or one that answers every call with *error*."""

    def __init__(self, region: str, states: dict[str, str], error: AwsError | None = None) -> None:
        super().__init__(region)
        self.states, self.error = states, error
        self.asked: list[str] = []

    def call(self, service: str, operation: str, /, **arguments: object) -> dict[str, object]:
        assert service == "route53-recovery-cluster"
        self.asked.append(operation)
        if self.error:
            raise self.error
        if operation == "get_routing_control_state":
            return {"RoutingControlState": self.states[str(arguments["RoutingControlArn"])]}
        for entry in arguments["UpdateRoutingControlStateEntries"]:  # type: ignore[attr-defined]
            self.states[entry["RoutingControlArn"]] = entry["RoutingControlState"]
        return {}


class Prepared(Reach):
    """A reach whose cluster is made of *endpoints*."""

    def __init__(self, endpoints: list[Endpoint]) -> None:
        super().__init__(controlled(), RealClock())
        self._cluster = Cluster(endpoints)


def controlled(**changes: object) -> Names:
    return Names(parse(changed(routing__switch="arc-routing-control", **{"routing__cluster": CLUSTER, **changes}), "test"))


def endpoints(dead: Mapping[str, AwsError] | None = None, *, east: str = "On", west: str = "Off") -> list[Endpoint]:
    shared = {EAST_ARN: east, WEST_ARN: west}
    return [Endpoint(region, shared, (dead or {}).get(region)) for region in REGIONS]


DEAD = Unreachable("no answer")
AWAY = Busy("use another endpoint", code="EndpointTemporarilyUnavailableException")


@pytest.mark.parametrize("alive", REGIONS)
def test_any_endpoint_is_enough(alive: str) -> None:
    """Four dead ones are passed over, whichever was tried first, and the one that answered is asked first from then on."""
    doors = endpoints({region: DEAD if region == EAST else AWAY for region in REGIONS if region != alive})
    cluster = Cluster(doors)
    assert cluster.states([EAST_ARN]) == {EAST_ARN: True}
    before = [len(door.asked) for door in doors]
    cluster.states([WEST_ARN])
    assert sum(len(door.asked) for door in doors) == sum(before) + 1


def test_no_endpoint_is_one_clear_error() -> None:
    """Each was tried once, and the error names them all."""
    doors = endpoints(dict.fromkeys(REGIONS, DEAD))
    with pytest.raises(Unreachable, match="no endpoint of the routing controls' cluster answers") as silence:
        Cluster(doors).states([EAST_ARN])
    assert all(region in silence.value.message for region in REGIONS)
    assert [len(door.asked) for door in doors] == [1] * 5
    assert "routing.cluster.endpoints" in silence.value.hint


@pytest.mark.parametrize(
    ("answer", "raised"),
    [(Rejected("too soon", code="ConflictException"), Busy), (Denied("no"), Denied), (NotFound("no such control"), NotFound)],
)
def test_what_one_endpoint_refuses_is_not_asked_of_the_next(answer: AwsError, raised: type[AwsError]) -> None:
    """All five would say the same; a safety rule's wait passes, so that one is worth repeating."""
    doors = endpoints(dict.fromkeys(REGIONS, answer))
    with pytest.raises(raised):
        Cluster(doors).turn({EAST_ARN: False, WEST_ARN: True})
    assert sum(len(door.asked) for door in doors) == 1


@pytest.mark.parametrize(("target", "east", "west"), [(WEST, "Off", "On"), (EAST, "On", "Off")])
def test_both_controls_turn_in_one_call(target: str, east: str, west: str) -> None:
    """The target's is on and the other's off, from whatever they were; once they are, nothing is sent again."""
    for was in ({"east": "Off", "west": "Off"}, {"east": "On", "west": "Off"}, {"east": "Off", "west": "On"}):
        doors = endpoints(east=was["east"], west=was["west"])
        reach = Prepared(doors)
        for _ in range(2):
            switch_of(reach.names).turn(reach, target)
        assert doors[0].states == {EAST_ARN: east, WEST_ARN: west}
        sent = [operation for door in doors for operation in door.asked if operation.startswith("update")]
        assert sent == ["update_routing_control_states"] * (was != {"east": east, "west": west})


def test_a_control_is_ready_when_the_cluster_knows_it() -> None:
    """On or off is no fault; a control that is not there is, and a cluster that is silent could not be seen."""
    reach = Prepared(endpoints())
    assert switch_of(reach.names).fault(reach, reach.door(WEST)) is None
    missing = Prepared(endpoints(dict.fromkeys(REGIONS, NotFound("it does not exist"))))
    assert switch_of(missing.names).fault(missing, missing.door(WEST)) == "it does not exist"
    silent = Prepared(endpoints(dict.fromkeys(REGIONS, DEAD)))
    with pytest.raises(Unreachable):
        switch_of(silent.names).fault(silent, silent.door(WEST))


def test_the_settings_choose_the_switch() -> None:
    """Each is called by its own name in the readiness check."""
    assert isinstance(switch_of(NAMES), Alarms)
    assert isinstance(switch_of(controlled()), RoutingControls)
    said = {finding.name: finding.says for finding in findings(seen(), controlled(), WEST)}
    assert said["switch"] == f"the routing control solemate-prod-{WEST} can be thrown"


def test_each_door_of_the_cluster_leads_to_its_own_address() -> None:
    """Signed for the endpoint's region, sent where the settings say, whatever else the region's services are reached by."""
    doors: tuple[Door, ...] = Reach(controlled(), RealClock()).cluster._doors
    clients = [door.client("route53-recovery-cluster") for door in doors]
    assert [(one.meta.region_name, one.meta.endpoint_url) for one in clients] == [
        (entry["region"], entry["url"]) for entry in CLUSTER["endpoints"]
    ]


def back(names: Names) -> None:
    decide(seen(west=replace(primary(), region=WEST, database=instance(WEST)), leads_to=WEST), names, EAST)


def test_a_failback_waits_for_the_cluster_too() -> None:
    """It would come to the switch only after the old primary was put aside."""
    back(controlled())
    with pytest.raises(Refused, match=r"routing\.cluster") as refused:
        back(controlled(routing__cluster=...))
    assert refused.value.hint.startswith("pulumi stack output routingCluster --json --stack prod")
