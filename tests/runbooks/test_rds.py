"""RDS: what can happen once only is asked for again without harm."""

from collections.abc import Callable

import pytest

from runbooks.aws import rds
from runbooks.aws.session import Door
from runbooks.errors import AwsError, Busy, NotFound, Rejected
from tests.runbooks.pictures import NAMES, WEST

LIKE = rds.Instance("old", "", "available", "", 0, "", "", "orders", "", (), "db.t4g.medium", None)
ASK: dict[str, Callable[[Door], None]] = {
    "promote": lambda door: rds.promote(door, "orders", 7),
    "retire": lambda door: rds.retire(door, "orders", "orders-retired", "fenced"),
    "create": lambda door: rds.create_replica(door, "orders", NAMES.database_arn(WEST), like=LIKE, parameter_group="orders", key="key"),
    "copy": lambda door: rds.replicate_backups(door, NAMES.database_arn(WEST), 7, "key"),
}


class Refusing(Door):
    """A region's door behind which every call is refused with *error*."""

    def __init__(self, error: AwsError) -> None:
        super().__init__("us-east-1")
        self._error = error

    def call(self, _service: str, _operation: str, /, **_: object) -> dict[str, object]:
        raise self._error


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ("promote", Rejected("it is not a read replica", code="InvalidDBInstanceState")),
        ("retire", NotFound("no orders", code="DBInstanceNotFound")),
        ("retire", Rejected("it is renaming", code="InvalidDBInstanceState")),
        ("create", Rejected("orders exists", code="DBInstanceAlreadyExists")),
        ("copy", Rejected("replicated already", code="InvalidDBInstanceState")),
    ],
)
def test_what_a_lost_attempt_may_have_done_is_looked_at_again(asked: str, refusal: AwsError) -> None:
    """RDS refuses what is done or under way; that is no failure, but a reason to look before anything else."""
    with pytest.raises(Busy, match=refusal.message):
        ASK[asked](Refusing(refusal))


@pytest.mark.parametrize("asked", ASK)
def test_any_other_refusal_stands(asked: str) -> None:
    """A quota does not go away by looking."""
    with pytest.raises(Rejected, match="no more instances"):
        ASK[asked](Refusing(Rejected("no more instances", code="InstanceQuotaExceeded")))
