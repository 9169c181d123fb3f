"""Whether what was restored can take the database's place."""

from dataclasses import replace

import pytest

from runbooks.databases import swap
from runbooks.errors import Refused
from runbooks.world import World
from tests.runbooks.pictures import EAST, NAMES, WEST, instance, lost, primary, seen, standby, with_database

TO = f"{NAMES.restored_databases.rstrip('*')}x"


def world(*, leads_to: str = EAST, writer: str = "available", west: bool = True, **restored: str) -> World:
    beside = replace(instance(EAST), identifier=TO, tags={"RestoredBy": "a run"}, **restored)  # type: ignore[arg-type]
    east = replace(with_database(primary(), status=writer), instances={TO: beside, "orders": replace(beside, identifier="orders", tags={})})
    return seen(east, standby() if west else lost(WEST), leads_to)


def test_it_takes_the_place_where_the_shop_runs() -> None:
    """In the region that shoppers are led to."""
    assert swap.decide(world(), NAMES, TO) == EAST


@pytest.mark.parametrize(
    ("picture", "to", "says"),
    [
        (world(leads_to=""), TO, "the shop's name leads to no one region"),
        (world(leads_to=WEST), TO, f"us-west-2, where the shop runs, has no instance {TO}"),
        (world(), "", r"us-east-1, where the shop runs, has no instance \(no --to\)"),
        (world(), "orders", "orders was not made by a restore of ours"),
        (world(parameter_group="fenced"), TO, f"{TO} is under the parameters fenced"),
        (world(status="creating"), TO, f"{TO} is creating, not available"),
        (world(writer="stopped"), TO, f"{NAMES.database} in us-east-1 is not an available writer"),
        (world(west=False), TO, "us-west-2 gives no answer, and its replica must be rebuilt"),
    ],
)
def test_what_cannot_is_refused(picture: World, to: str, says: str) -> None:
    """Before a write is stopped."""
    with pytest.raises(Refused, match=says):
        swap.decide(picture, NAMES, to)
