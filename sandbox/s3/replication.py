"""Replication that copies: what a bucket's rules ask for is done a moment later, in order, while both regions are up."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Condition, Thread
from typing import TYPE_CHECKING, cast

from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends

from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from sandbox.s3.copying import KMS, CannotReplicate, copy_version
from sandbox.s3.metering import Meter
from sandbox.s3.rules import Configuration, Rule, applying_rules, enabled_rules

if TYPE_CHECKING:
    from sandbox.s3.models import LabS3Backend

Version = tuple[str, str, str]
"""Bucket, key, version id."""

LINK_TRIPS = 10
"""How many one-way trips of the link a copy takes: 350 ms over the default link."""

TICK = 0.05
"""Seconds between looks at what is pending; a dark region is looked at no more often."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One operation still to be done at a destination. ``since`` is monotonic; ``size`` is in bytes, 0 for a delete marker."""

    version: Version
    rule: Rule
    size: int
    since: float


@dataclass(frozen=True, slots=True)
class Route:
    """One rule of one bucket; operations on a route keep their order."""

    source: str
    rule: Rule


class Replicator:
    """The queue of one sandbox's replication, and the thread that works it off."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._delay = LINK_TRIPS * lab.one_way
        self._wake = Condition()
        self._queues: dict[Route, deque[Pending]] = {}
        self._meters: dict[Route, Meter] = {}
        self._states: dict[Version, dict[str, str]] = {}
        self._replicas: set[Version] = set()

    def start(self) -> None:
        Thread(target=self._work, name="s3-replication", daemon=True).start()
        self._lab.on_close.append(self._notify)

    def forget(self) -> None:
        """Start over, as after a reset of all buckets."""
        with self._wake:
            for state in (self._queues, self._meters, self._states, self._replicas):
                state.clear()

    def status(self, version: Version) -> str | None:
        """Return the ``x-amz-replication-status`` of *version*: over several destinations, the worst."""
        if version in self._replicas:
            return "REPLICA"
        states = self._states.get(version, {}).values()
        return next((state for state in ("FAILED", "PENDING", "COMPLETED") if state in states), None)

    def configure(self, source: str, configuration: Configuration | None) -> None:
        """Meter what bucket *source*'s rules ask to be metered, from now on, whether or not anything is written."""
        rules = enabled_rules(configuration) if configuration else []
        with self._wake:
            for route in [route for route in self._meters if route.source == source]:
                del self._meters[route]
            self._meters.update({Route(source, rule): Meter(source, rule) for rule in rules if rule.metered})
            self._wake.notify()

    def write(self, written: FakeKey | FakeDeleteMarker) -> None:
        """Queue what the bucket's rules ask for. Replicas do not come here, which keeps two directions from looping."""
        for rule in self._rules(written):
            self._enqueue(written, rule)

    def change(self, changed: FakeKey) -> None:
        """Queue *changed*'s new tags or lock when it was copied already; a waiting copy takes them along.

        An object gets its tags a moment after its bytes, so rules that ask for tags are looked at here.
        """
        status = self.status(_version(changed))
        for rule in self._rules(changed):
            wanted = {"COMPLETED": True, "REPLICA": rule.modifications, None: bool(rule.tags)}
            if wanted.get(status):
                self._enqueue(changed, rule)

    def _rules(self, written: FakeKey | FakeDeleteMarker) -> Iterator[Rule]:
        key = _object(written)
        configuration = self._backend.get_bucket_replication(str(key.bucket_name))
        tags = self._backend.tagger.get_tag_dict_for_resource(key.arn)
        for rule in applying_rules(configuration, key.name, tags) if configuration else ():
            if isinstance(written, FakeDeleteMarker):
                wanted = rule.delete_markers and not rule.tags
            else:
                wanted = written.encryption != KMS or rule.kms_objects
            if wanted:
                yield rule

    def _enqueue(self, written: FakeKey | FakeDeleteMarker, rule: Rule) -> None:
        version, size = _version(written), written.size if isinstance(written, FakeKey) else 0
        route = Route(version[0], rule)
        with self._wake:
            self._states.setdefault(version, {})[rule.id] = "PENDING"
            self._queues.setdefault(route, deque()).append(Pending(version, rule, size, time.monotonic()))
            self._wake.notify()

    def _work(self) -> None:
        while not self._lab.closing.is_set():
            with self._wake:
                self._wake.wait(TICK if any(self._queues.values()) else 1.0)
                routes = list(self._queues.items())
            for route, queue in routes:
                self._drain(route, queue)
            self._publish()

    def _drain(self, route: Route, queue: deque[Pending]) -> None:
        while queue and self._is_up(route) and time.monotonic() >= queue[0].since + self._delay:
            pending = queue[0]
            self._copy(route, pending)
            if queue and queue[0] is pending:
                queue.popleft()

    def _copy(self, route: Route, pending: Pending) -> None:
        with one_at_a_time:
            source = self._backend.find_version(*pending.version)
            if source is None:
                return
            try:
                if copy_version(self._backend, source, pending.rule):
                    self._replicas.add((pending.rule.destination, *pending.version[1:]))
            except CannotReplicate:
                self._settle(route, pending, "FAILED")
            else:
                self._settle(route, pending, "COMPLETED")

    def _settle(self, route: Route, pending: Pending, state: str) -> None:
        self._states[pending.version][pending.rule.id] = state
        if meter := self._meters.get(route):
            meter.settled(time.monotonic() - pending.since, failed=state == "FAILED")

    def _publish(self) -> None:
        now = time.monotonic()
        for route, meter in list(self._meters.items()):
            queue = list(self._queues.get(route, ()))
            if meter.is_due(now, pending=len(queue)) and (regions := self._regions(route)) and self._is_up(route):
                oldest = now - queue[0].since if queue else 0.0
                meter.publish(now, regions, self._lab.settings.account, sum(each.size for each in queue), len(queue), oldest)

    def _is_up(self, route: Route) -> bool:
        regions = self._regions(route)
        return regions is None or not any(self._lab.regions.outage(region) for region in regions)

    def _regions(self, route: Route) -> tuple[str, str] | None:
        """Where the source and the destination are; None when one of the buckets is gone."""
        source, destination = (self._backend.buckets.get(name) for name in (route.source, route.rule.destination))
        return (source.region_name, destination.region_name) if source and destination else None

    @property
    def _backend(self) -> "LabS3Backend":
        return cast("LabS3Backend", s3_backends[self._lab.settings.account]["aws"])

    def _notify(self) -> None:
        with self._wake:
            self._wake.notify_all()


def _object(written: FakeKey | FakeDeleteMarker) -> FakeKey:
    """The object that *written* is, or that it hides: a delete marker may hide another."""
    while isinstance(written, FakeDeleteMarker):
        written = written.key
    return written


def _version(written: FakeKey | FakeDeleteMarker) -> Version:
    return str(_object(written).bucket_name), written.name, written.version_id
