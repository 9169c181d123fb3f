"""What AWS Backup must know of a resource type; the sandbox has two, RDS and S3."""

from collections.abc import Callable, Mapping
from typing import Protocol

from sandbox.backup.buckets import BucketKind
from sandbox.backup.databases import DatabaseKind
from sandbox.backup.errors import InvalidParameterValueException
from sandbox.backup.records import Order, Saved

StillWanted = Callable[[], None]
"""Raises when the job was stopped or the sandbox ends; long work calls it now and then."""


class Kind(Protocol):
    """One resource type in one account. Regions are AWS names; whatever goes wrong is raised, and its text ends in the job.

    ``needs_metadata`` names the one value without which a restore cannot begin, ``takes`` what else it understands.
    """

    name: str
    can_stop: bool
    needs_metadata: str
    takes: tuple[str, ...]

    def resource_name(self, resource_arn: str, region: str) -> str | None:
        """Return the resource's name, or None when there is none in *region* under this ARN."""

    def save(self, resource_arn: str, order: Order) -> Saved:
        """Keep the resource as it is now."""

    def copy(self, saved: Saved, order: Order) -> Saved:
        """Keep *saved* in another place too, under that place's key."""

    def delete(self, saved: Saved) -> None:
        """Give up what is kept; it may be gone already."""

    def restore_metadata(self, saved: Saved) -> dict[str, str]:
        """Return what a restore takes from the resource as it was, unless it is told otherwise."""

    def restore(self, saved: Saved, region: str, metadata: Mapping[str, str]) -> str:
        """Make a resource in *region* of what is kept, and return its ARN once it can be used."""

    def as_test(self, name: str) -> dict[str, str]:
        """Return what a restore for a test is told besides, so that it makes a resource called *name*, which can be taken away again."""

    def clear_away(self, resource_arn: str) -> None:
        """Delete what a test has restored, with whatever is in it."""

    def damage(self, saved: Saved, how: str) -> None:
        """Spoil what is kept as *how* says; raise ValueError for a way that is unknown."""


def kind_of(resource_arn: str, account: str, wanted: StillWanted = lambda: None) -> Kind:
    """Return the type of *resource_arn*; raise InvalidParameterValueException when the sandbox cannot back it up."""
    match resource_arn.split(":", 5):
        case ["arn", "aws", "rds", _, _, name] if name.startswith("db:"):
            return DatabaseKind(account, wanted)
        case ["arn", "aws", "s3", "", "", _]:
            return BucketKind(account, wanted)
    raise InvalidParameterValueException(
        f"Invalid resource type for ARN {resource_arn}: this sandbox backs up RDS instances and S3 buckets"
    )
