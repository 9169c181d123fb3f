"""Where the application is kept and read from: one region's services, and the shelf of its artifacts."""

from dataclasses import dataclass
from functools import cached_property

from names import Names
from runbooks.aws import secrets
from runbooks.aws.objects import Shelf
from runbooks.aws.session import HASTY, STEADY, Door
from runbooks.errors import Refused
from sections import ApplicationBackup


@dataclass(frozen=True)
class Place:
    """One region of one stack. Its doors are made once; a door to another region may find nobody there."""

    names: Names
    region: str

    @cached_property
    def door(self) -> Door:
        return Door(self.region, pace=STEADY)

    @cached_property
    def shelf(self) -> Shelf:
        return Shelf(self.door, self.names.artifacts_bucket(self.region))

    def door_to(self, region: str) -> Door:
        return self.door if region == self.region else Door(region, pace=HASTY)

    @property
    def wanted(self) -> ApplicationBackup:
        return self.names.settings.application

    def token(self) -> str:
        return secrets.git_token(self.door, self.names.git_secret)


def place(names: Names, region: str) -> Place:
    """Return the place in *region*, or in the active one; raise :class:`Refused` for a region that is not of this stack."""
    settings = names.settings
    if not settings.application.enabled:
        raise Refused("this stack keeps no application", "set application.enabled to true and deploy it (`pulumi up`)")
    if region and region not in settings.regions:
        raise Refused(f"{region} is no region of this stack", f"choose {' or '.join(settings.regions)}")
    return Place(names, region or settings.active_region)
