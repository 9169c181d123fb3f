"""What the databases of all regions share: programs, folders, links, the service's password, and the threads that do slow work."""

import contextlib
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.lab import Lab, ServiceTimes
from sandbox.link import Network, Route
from sandbox.postgres import Address, Server
from sandbox.postgres_programs import Programs

if TYPE_CHECKING:
    from sandbox.rds.instance import PostgresInstance

GLANCE = 0.1
"""Seconds between two looks at what a service time has become."""


class Estate:
    """``instances`` holds every instance whose server may run, in all regions, also while it is being deleted."""

    def __init__(self, lab: Lab, programs: Programs, home: Path) -> None:
        self.lab, self.programs, self.home = lab, programs, home
        self.network = Network(lambda: lab.one_way)
        self.instances: set[PostgresInstance] = set()
        self._password = secrets.token_hex(16)
        self._threads: set[threading.Thread] = set()
        self._counting = threading.Lock()

    def folder(self, *words: str) -> Path:
        """Return a folder below the databases' own that the servers may write to."""
        folder = self.home
        for word in words:
            folder = folder / word
            self.programs.make_folder(folder)
        return folder

    def new_server(self, home: Path) -> Server:
        return Server(self.programs, self.lab.root, home, self._password)

    def is_dark(self, region: str) -> bool:
        return self.lab.regions.outage(region) is not None

    def within(self, region: str) -> list["PostgresInstance"]:
        return [instance for instance in list(self.instances) if instance.region == region]

    def path(self, source: "PostgresInstance", target: str) -> Address:
        """Return where *source*'s server answers as seen from the region *target*: through a link, unless it is the same."""
        if source.region == target:
            return source.server.address
        return self.network.near_end(Route(source.region, target), source.server.address)

    def pause(self, service_time: Callable[[ServiceTimes], float]) -> None:
        """Let a service's injected time pass; less when it is shortened meanwhile or the sandbox closes."""
        started = time.monotonic()
        while not self.lab.closing.is_set() and (left := started + service_time(self.lab.times) - time.monotonic()) > 0:
            self.lab.closing.wait(min(left, GLANCE))

    def in_background(self, work: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        with self._counting:
            self._threads = {each for each in self._threads if each.is_alive()} | {thread}
            thread.start()

    def each(self, instances: Iterable["PostgresInstance"], act: Callable[["PostgresInstance"], None]) -> None:
        """Act on *instances* side by side."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(act, instances))

    def close(self) -> None:
        """End every server, then the threads that waited for one, then what they may have started meanwhile, then the links."""
        for _ in range(2):
            self.each(list(self.instances), lambda instance: instance.lose_power())
            for thread in list(self._threads):
                thread.join(timeout=5)
        self.network.close()

    def note(self, what: str) -> None:
        """Write a line in the server's own log."""
        print(what, file=sys.stderr, flush=True)  # noqa: T201

    def remove(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
