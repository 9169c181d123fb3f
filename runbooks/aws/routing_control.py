"""ARC routing controls: states that a cluster keeps in five regions, read and set through whichever of its endpoints answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import randrange
from typing import TypeVar

from runbooks.aws.session import Door
from runbooks.errors import Busy, Rejected, Unreachable

T = TypeVar("T")


class Cluster:
    """One cluster, through a door to each of its five endpoints; they are down for upkeep now and then, so AWS says to try them in turn.

    Which is asked first is left to chance, and afterwards it is the one that answered: a dead one costs its time-out once.
    """

    def __init__(self, doors: Sequence[Door]) -> None:
        self._doors = tuple(doors)
        self._first = randrange(len(doors))  # noqa: S311 - spreading load is no secret

    def states(self, controls: Iterable[str]) -> dict[str, bool]:
        """Return which of *controls* (ARNs) are on; raise :class:`NotFound` for one that the cluster does not have."""
        return {arn: self._anywhere(lambda door, arn=arn: _is_on(door, arn)) for arn in controls}  # type: ignore[misc]

    def turn(self, states: Mapping[str, bool]) -> None:
        """Turn controls on and off, all at once or none; raise :class:`Busy` while ARC lets none of them change again."""
        self._anywhere(lambda door: _turn(door, states))

    def _anywhere(self, ask: Callable[[Door], T]) -> T:
        """Return the first endpoint's answer; raise :class:`Unreachable` when none of them is well."""
        silent = []
        start, count = self._first, len(self._doors)
        for number in (each % count for each in range(start, start + count)):
            try:
                answer = ask(self._doors[number])
            except (Busy, Unreachable) as error:
                if isinstance(error, Busy) and error.code == CONFLICT:
                    raise
                silent.append(self._doors[number].region)
            else:
                self._first = number
                return answer
        raise Unreachable(
            f"no endpoint of the routing controls' cluster answers ({', '.join(silent)})",
            "check this machine's network and routing.cluster.endpoints in the settings, then repeat the command",
        )


CONFLICT = "ConflictException"


def _is_on(door: Door, arn: str) -> bool:
    answer = door.call("route53-recovery-cluster", "get_routing_control_state", RoutingControlArn=arn)
    return bool(answer["RoutingControlState"] == "On")


def _turn(door: Door, states: Mapping[str, bool]) -> None:
    entries = [{"RoutingControlArn": arn, "RoutingControlState": "On" if on else "Off"} for arn, on in states.items()]
    try:
        door.call("route53-recovery-cluster", "update_routing_control_states", UpdateRoutingControlStateEntries=entries)
    except Rejected as error:
        if error.code == CONFLICT:  # a safety rule's wait is not over
            raise Busy(error.message, "another change was made a moment ago: repeat the command", error.code) from error
        raise
