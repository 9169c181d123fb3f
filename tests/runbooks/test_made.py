"""The instance that a restore makes: whose it is, and what is said when RDS gives it up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from runbooks.aws.rds import Instance
from runbooks.aws.restores import Placed
from runbooks.databases.candidates import Candidate
from runbooks.databases.made import FAILED, Made, follow, mine
from runbooks.errors import Refused, StepFailed
from runbooks.reach import Reach
from tests.runbooks.pictures import EAST, instance

RUN = "20261122T120000Z-restore-database-3f9c"
MOMENT = datetime(2026, 11, 22, 10, tzinfo=UTC)
MADE = Made(Candidate("log", EAST, "db-1", MOMENT, timedelta(0)), "orders-at-x", Placed("orders", ("sg-1",), "orders", "db.r6g.large"))


def restored(status: str = "available", maker: str = RUN) -> Instance:
    return replace(instance(EAST, status=status), identifier=MADE.to, tags={"RestoredBy": maker} if maker else {})


def reaching(*instances: Instance) -> Reach:
    """Return a reach that shows these instances alone."""
    seen = {each.identifier: each for each in instances}
    watched = SimpleNamespace(now=lambda: seen, until=lambda _what, found, _deadline: found(seen))
    return cast(Reach, SimpleNamespace(instances=lambda _region: watched))


def test_its_tags_say_which_run_made_it() -> None:
    """A run that is resumed knows its own; one whose tags are not there yet may still be."""
    assert mine(restored(), MADE, RUN)
    assert not mine(None, MADE, RUN)
    assert not mine(restored(maker=""), MADE, RUN)
    with pytest.raises(Refused, match="orders-at-x was made by another"):
        mine(restored(maker="another"), MADE, RUN)


@pytest.mark.parametrize("status", FAILED)
def test_what_rds_gives_up_is_named_with_how_to_clear_it_away(status: str) -> None:
    """Nobody who restores may delete a database: what is left of it takes the break-glass role, and these commands."""
    step = follow(reaching(restored(status)), MADE, RUN, needs=())
    with pytest.raises(StepFailed) as failed:
        step.done()
    assert failed.value.message == f"RDS restored orders-at-x and calls it {status}"
    assert failed.value.hint.endswith(
        "with the break-glass role: aws rds modify-db-instance --region us-east-1 --db-instance-identifier orders-at-x"
        " --no-deletion-protection && aws rds delete-db-instance --region us-east-1 --db-instance-identifier orders-at-x"
        " --skip-final-snapshot"
    )


@pytest.mark.parametrize(("seen", "done"), [((), False), ((restored("creating"),), False), ((restored(),), True)])
def test_it_is_waited_for_until_it_is_available(seen: tuple[Instance, ...], done: bool) -> None:
    """RDS lists it long before anybody can connect to it."""
    assert follow(reaching(*seen), MADE, RUN, needs=()).done() is done
