"""A web server on this machine, and what can go wrong with one: refusals, pauses, altered bytes, connections that break off."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal

from sandbox.ports import HOST


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    address: str
    path: str
    query: str
    headers: Message


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Trouble:
    """What happens to the next ``times`` requests whose path has ``path`` in it. ``busy`` asks for ``wait`` seconds of peace."""

    kind: Literal["busy", "refused", "altered", "cut"]
    path: str
    times: int = 1_000_000
    wait: int = 1


@dataclass(slots=True)
class Site:
    """One server: who answers, what goes wrong, and the paths that were asked for so far."""

    answer: Callable[[Request], Answer]
    address: str = ""
    troubles: list[Trouble] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def trouble(self, request: Request) -> Trouble | None:
        with self._lock:
            self.asked.append(f"{request.method} {request.path}")
            for each in self.troubles:
                if each.times > 0 and each.path in request.path:
                    each.times -= 1
                    return each
        return None


@contextmanager
def serving(answer: Callable[[Request], Answer]) -> Iterator[Site]:
    """Serve what *answer* gives, whole or in the range that is asked for."""
    site = Site(answer)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            request = Request(self.command, site.address, path, query, self.headers)
            trouble = site.trouble(request)
            if trouble and trouble.kind in ("busy", "refused"):
                busy = trouble.kind == "busy"
                self._send(Answer(429 if busy else 401, b"{}", {"Retry-After": str(trouble.wait)} if busy else {}))
                return
            found = site.answer(request)
            if trouble and trouble.kind == "altered" and found.status == 200:
                found = Answer(200, found.body[:-1] + bytes([found.body[-1] ^ 1]), found.headers)
            self._send(_ranged(found, self.headers.get("Range", "")), cut=trouble is not None and trouble.kind == "cut")

        do_HEAD = do_GET  # noqa: N815 the base class asks for it

        def _send(self, answer: Answer, *, cut: bool = False) -> None:
            self.send_response(answer.status)
            for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
            self.close_connection = self.close_connection or cut

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of clients that were killed in mid-request, which is what they are for here."""
            if not isinstance(sys.exception(), ConnectionError):
                super().handle_error(request, client_address)  # type: ignore[arg-type] # a socket

    server = Server((HOST, 0), Answers)
    site.address = f"http://{HOST}:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _ranged(answer: Answer, asked: str) -> Answer:
    first = re.fullmatch(r"bytes=(\d+)-", asked)
    if first is None or answer.status != 200:
        return answer
    start, size = int(first[1]), len(answer.body)
    return Answer(206, answer.body[start:], {**answer.headers, "Content-Range": f"bytes {start}-{size - 1}/{size}"})
