"""The state that the parts of one sandbox server share: where things live, how fast time runs, and which regions are dark."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, RLock
from typing import Literal

from sandbox.controls import Controls
from settings import Settings

OutageMode = Literal["hang", "refuse"]


@dataclass(slots=True)
class ServiceTimes:
    """Extra seconds that a service takes on top of the real work, so that a laptop can stand for AWS; 0 adds nothing.

    ``thaw_hour`` is what an hour of a retrieval from an archive takes here.
    """

    promote: float = 0.0
    scale: float = 0.0
    create_replica: float = 0.0
    rename: float = 0.0
    thaw_hour: float = 0.25


class Regions:
    """Which regions are dark, and who must act when one goes dark or comes back.

    Listeners are called in the order they were added, on the caller's thread: links are cut before processes are killed.
    """

    def __init__(self) -> None:
        self._dark: dict[str, OutageMode] = {}
        self._lock = RLock()
        self.on_break: list[Callable[[str], None]] = []
        self.on_heal: list[Callable[[str], None]] = []

    def outage(self, region: str) -> OutageMode | None:
        return self._dark.get(region)

    def break_region(self, region: str, mode: OutageMode) -> None:
        with self._lock:
            if region in self._dark:
                return
            self._dark[region] = mode
            for told in self.on_break:
                told(region)

    def heal_region(self, region: str) -> None:
        with self._lock:
            if self._dark.pop(region, None) is None:
                return
            for told in self.on_heal:
                told(region)


@dataclass(slots=True)
class Lab:
    """One sandbox.

    ``root`` holds everything it writes. ``addresses`` maps a region to the loopback address where its load balancer answers,
    on ``settings.workload.shop.port``. ``scale`` multiplies every Route 53 second; ``one_way`` is the link's delay in seconds.
    ``closing`` is set once, when everything must end; ``on_close`` is then called in reverse order.
    """

    root: Path
    settings: Settings
    endpoint: str
    addresses: dict[str, str]
    scale: float = 1.0
    one_way: float = 0.035
    times: ServiceTimes = field(default_factory=ServiceTimes)
    regions: Regions = field(default_factory=Regions)
    controls: Controls = field(default_factory=Controls)
    closing: Event = field(default_factory=Event)
    on_close: list[Callable[[], None]] = field(default_factory=list)

    def close(self) -> None:
        """End every part; one that fails to end does not keep the others alive."""
        if self.closing.is_set():
            return
        self.closing.set()
        for end in reversed(self.on_close):
            with contextlib.suppress(OSError, RuntimeError):
                end()
