"""Connections that are never answered, all watched by one thread, so that a dark region costs no thread per request."""

import contextlib
import selectors
import socket
from threading import Event, Lock, Thread

GLANCE = 0.2
"""Seconds between two looks at what to release."""


class Parking:
    """Holds sockets open in silence until their client leaves, their region is healed, or everything closes."""

    def __init__(self) -> None:
        self._regions: dict[socket.socket, str | None] = {}
        self._selector = selectors.DefaultSelector()
        self._lock = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._watch, name="parking", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._regions)

    def __contains__(self, connection: object) -> bool:
        return connection in self._regions

    def hold(self, connection: socket.socket, region: str | None) -> None:
        with self._lock:
            self._regions[connection] = region
            self._selector.register(connection, selectors.EVENT_READ)

    def release(self, region: str) -> None:
        """Close the connections that waited for *region*, without an answer."""
        self._close([connection for connection, waits_for in list(self._regions.items()) if waits_for == region])

    def close(self) -> None:
        self._closing.set()
        self._thread.join(timeout=2)
        self._close(list(self._regions))
        self._selector.close()

    def _watch(self) -> None:
        while not self._closing.is_set():
            ready = self._selector.select(timeout=GLANCE)
            self._close([key.fileobj for key, _ in ready if isinstance(key.fileobj, socket.socket) and _left(key.fileobj)])

    def _close(self, connections: list[socket.socket]) -> None:
        for connection in connections:
            with self._lock:
                if self._regions.pop(connection, self) is self:
                    continue
                self._selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _left(connection: socket.socket) -> bool:
    """Tell whether the client is gone; what it may still send is thrown away."""
    try:
        return connection.recv(65536) == b""
    except OSError:
        return True
