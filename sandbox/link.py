"""The distance between regions: each byte crosses late, and a link that is cut loses what is on its way.

A link leads one way, from the region that holds the data to the one that asks for it. It is a relay on loopback: whoever connects to
its near end in *target* reaches a server in *source*. One event loop, on a thread of its own, carries all of them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from threading import Thread
from typing import TypeVar

from sandbox.ports import HOST
from sandbox.postgres import Address

CHUNK = 1 << 16
IN_FLIGHT = 512
"""Chunks under way in each direction of a connection: 32 MB, far more than 35 ms of any disk here can fill."""

Result = TypeVar("Result")
Late = asyncio.Queue[tuple[float, bytes]]


@dataclass(frozen=True, slots=True)
class Route:
    """From the region that holds the data to the region that reads it."""

    source: str
    target: str


@dataclass(slots=True)
class _Link:
    """``doors`` are the near ends, by the server they lead to; ``under_way`` the connections being carried."""

    doors: dict[Address, Address] = field(default_factory=dict)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    listeners: list[asyncio.Server] = field(default_factory=list)


class Network:
    """All links of one sandbox; ``one_way()`` is their delay in seconds, asked for each chunk."""

    def __init__(self, one_way: Callable[[], float]) -> None:
        self._one_way = one_way
        self._links: dict[Route, _Link] = {}
        self._cut: set[Route] = set()
        self._dark: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="links", daemon=True)
        self._thread.start()

    def near_end(self, route: Route, server: Address) -> Address:
        """Return where *server* answers as seen from the route's target; the same each time, also across a cut."""
        return self._ask(self._open(route, server))

    def cut(self, route: Route) -> None:
        """Drop every connection of *route* with what it carries, and let no other through until it is healed."""
        self._cut.add(route)
        self._ask(self._drop({route}))

    def heal(self, route: Route) -> None:
        self._cut.discard(route)

    def isolate(self, region: str) -> None:
        """Cut *region* off; a route that was cut by itself stays so when the region returns."""
        self._dark.add(region)
        self._ask(self._drop({route for route in self._links if region in (route.source, route.target)}))

    def rejoin(self, region: str) -> None:
        self._dark.discard(region)

    def is_cut(self, route: Route) -> bool:
        return route in self._cut or not self._dark.isdisjoint((route.source, route.target))

    def routes(self) -> list[Route]:
        """Return every route that carries something or was cut."""
        return sorted(self._links.keys() | self._cut, key=lambda route: (route.source, route.target))

    def close(self) -> None:
        if self._thread.is_alive():
            self._ask(self._drop(set(self._links)))
            for listener in [listener for link in self._links.values() for listener in link.listeners]:
                self._loop.call_soon_threadsafe(listener.close)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _ask(self, question: Coroutine[object, object, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result(timeout=10)

    async def _open(self, route: Route, server: Address) -> Address:
        link = self._links.setdefault(route, _Link())
        if server not in link.doors:

            async def carried(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await self._admit(route, server, reader, writer)

            listener = await asyncio.start_server(carried, HOST, 0)
            link.listeners.append(listener)
            link.doors[server] = Address(HOST, listener.sockets[0].getsockname()[1])
        return link.doors[server]

    async def _drop(self, routes: set[Route]) -> None:
        lost = [task for route in routes if route in self._links for task in self._links[route].under_way]
        for task in lost:
            task.cancel()
        await asyncio.gather(*lost, return_exceptions=True)

    async def _admit(self, route: Route, server: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a new connection as a task that a cut can cancel; there is no await between the look at the link and its start."""
        if self.is_cut(route):
            writer.transport.abort()
            return
        under_way = self._links[route].under_way
        task = asyncio.ensure_future(self._carry(server, reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    async def _carry(self, server: Address, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry both directions until both ends are done; whatever breaks one breaks the other."""
        far_writer = None
        try:
            far_reader, far_writer = await asyncio.open_connection(server.host, server.port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._one_direction(reader, far_writer))
                both.create_task(self._one_direction(far_reader, writer))
            for each in (writer, far_writer):
                each.close()
                await each.wait_closed()
        except* OSError:
            pass  # an end that is gone: the other is told below
        finally:
            for each in filter(None, (writer, far_writer)):
                each.transport.abort()

    async def _one_direction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        late: Late = asyncio.Queue(IN_FLIGHT)
        async with asyncio.TaskGroup() as both:
            both.create_task(self._send_off(reader, late))
            both.create_task(_deliver(late, writer))

    async def _send_off(self, reader: asyncio.StreamReader, late: Late) -> None:
        """Note when each chunk is due; an empty one says that no more will come."""
        chunk = b"-"
        while chunk:
            chunk = await reader.read(CHUNK)
            await late.put((self._loop.time() + self._one_way(), chunk))


async def _deliver(late: Late, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, chunk = await late.get()
        await asyncio.sleep(max(0.0, due - loop.time()))
        if not chunk:
            break
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        writer.write_eof()
