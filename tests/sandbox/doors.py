"""A fake of the two API calls by which a storefront finds its database, and a storefront process beside it."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import httpx

from sandbox import processes
from sandbox.locate import Place
from sandbox.ports import HOST, free_port
from sandbox.postgres import ADMIN, Server
from tests.sandbox.parts import EAST, until

PASSWORD = "correct horse"
ORDERS = """create table orders (id uuid primary key, sku text not null, quantity int not null,
placed_at timestamptz not null default clock_timestamp(), region text not null)"""


class Door:
    """Answers where ``server`` is; ``broken`` makes it answer 503 to everything; ``asked`` counts the requests."""

    def __init__(self) -> None:
        self.server: Server | None = None
        self.broken = False
        self.asked = 0
        door = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                door.asked += 1
                body = door.answer(self.headers.get("X-Amz-Target"))
                self.send_response(503 if door.broken else 200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
                pass

        self._http = ThreadingHTTPServer((HOST, 0), Answers)
        self.endpoint = f"http://{HOST}:{self._http.server_port}"
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, target: str | None) -> bytes:
        if target is not None:
            return json.dumps({"SecretString": json.dumps({"username": ADMIN, "password": PASSWORD})}).encode()
        if self.server is None:
            return b"<r><DBInstance/></r>"
        where = f"<Endpoint><Address>{HOST}</Address><Port>{self.server.port}</Port></Endpoint>"
        return f"<r xmlns='urn:rds'><DBInstances><DBInstance>{where}</DBInstance></DBInstances></r>".encode()

    def place(self, region: str = EAST) -> Place:
        return Place(self.endpoint, region, "orders", "orders/database", "postgres")

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def storefront(door: Door, root: Path, region: str = EAST, address: str = "127.0.1.1", port: int | None = None) -> Iterator[httpx.Client]:
    """Run one storefront that finds its database through *door*; yield a client whose base is the shop."""
    port = port or free_port(socket.SOCK_STREAM, address)
    ready = root / f"ready-{uuid4()}"
    process = start_storefront(door.place(region), root, address, port, ready)
    try:
        until(lambda: ready.exists() or process.poll() is not None, within=20)
        with httpx.Client(base_url=f"http://{address}:{port}", timeout=10, trust_env=False) as client:
            yield client
    finally:
        processes.end(process.pid)
        ready.unlink(missing_ok=True)


def start_storefront(place: Place, root: Path, address: str, port: int, ready: Path) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "sandbox.shop", "--region", place.region, "--address", address, "--port", str(port)]
    argv += ["--instance", place.instance, "--secret", place.secret, "--database", place.database, "--ready", str(ready)]
    env = {"AWS_ENDPOINT_URL": place.endpoint, "PATH": "/usr/bin:/bin"}
    return processes.spawn(root, argv, name="storefront", log=root / "storefront.log", env=env, cwd=Path(__file__).parents[2])
