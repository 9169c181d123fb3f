"""Everything one command may touch: a door to each region, the database's credentials, and the shared describes."""

from collections.abc import Callable
from threading import Lock

from names import Names
from runbooks.aws import ecs, rds, routing_control, secrets
from runbooks.aws.session import CALM, HASTY, SMALL, Door
from runbooks.clock import Clock
from runbooks.errors import NotFound
from runbooks.watch import Watched
from sections import Database, Endpoint


class Reach:
    """Doors to both regions. ``guard``, once set, is asked before every mutating call through them."""

    def __init__(self, names: Names, clock: Clock) -> None:
        self.names, self.clock = names, clock
        self.guard: Callable[[], None] = lambda: None
        self._doors = {
            (region, pace): Door(region, pace=pace, guard=self._guarded) for region in names.settings.regions for pace in (CALM, HASTY)
        }
        self._journals = {region: Door(region, pace=SMALL) for region in names.settings.regions}
        self._lists = {region: Door(region, pace=SMALL) for region in names.settings.regions}
        chosen = names.settings.routing.cluster
        self._cluster = routing_control.Cluster([self._endpoint(each) for each in chosen.endpoints]) if chosen else None
        self._watched = {region: self._instances(region) for region in names.settings.regions}
        self._storefronts = {region: self._storefront(region) for region in names.settings.regions}
        self._credentials: dict[str, secrets.Credentials] = {}
        self._locks = {region: Lock() for region in names.settings.regions}  # one each: a region that hangs must not hold up the other

    def door(self, region: str) -> Door:
        return self._doors[region, CALM]

    def hasty(self, region: str) -> Door:
        """A door for a region that may be lost: an answer within a second, or none."""
        return self._doors[region, HASTY]

    def journal_door(self, region: str) -> Door:
        """A door without the guard, for the lease and the records themselves."""
        return self._journals[region]

    def list_door(self, region: str) -> Door:
        """A door for long lists: three seconds for a page, and whoever asks decides whether it is asked for again."""
        return self._lists[region]

    @property
    def cluster(self) -> routing_control.Cluster:
        """The cluster of routing controls; raise :class:`NotFound` while the settings do not say where it is."""
        if self._cluster is None:
            raise NotFound("routing.cluster is missing", "copy it from `pulumi stack output routingCluster` into the settings")
        return self._cluster

    def instances(self, region: str) -> Watched[dict[str, rds.Instance]]:
        """The region's database instances, described once for every wait."""
        return self._watched[region]

    def storefront(self, region: str) -> Watched[ecs.Service]:
        """The region's storefront service, described once for every wait."""
        return self._storefronts[region]

    @property
    def database(self) -> Database:
        return self.names.settings.workload.database

    def credentials(self, region: str, *, hasty: bool = False) -> secrets.Credentials:
        """Return the database's credentials from *region*'s own copy of the secret, read once."""
        with self._locks[region]:
            if region not in self._credentials:
                door = self.hasty(region) if hasty else self.door(region)
                self._credentials[region] = secrets.database_credentials(door, self.names.database_secret)
            return self._credentials[region]

    def _endpoint(self, where: Endpoint) -> Door:
        return Door(where.region, pace=SMALL, endpoint=where.url, guard=self._guarded)

    def _guarded(self) -> None:
        self.guard()

    def _instances(self, region: str) -> Watched[dict[str, rds.Instance]]:
        return Watched(lambda: rds.instances(self.door(region)), self.clock)

    def _storefront(self, region: str) -> Watched[ecs.Service]:
        return Watched(lambda: ecs.service(self.door(region), self.names.cluster, self.names.service), self.clock)
