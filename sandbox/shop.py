"""The storefront: takes orders into the PostgreSQL instance of its own region, and says plainly when it cannot.

An order is acknowledged (201) only after its commit. The shopper's client makes the id, so placing the same order twice
answers with the stored one (200). With a replica behind it the storefront serves reads and refuses orders with 503.
Run as ``python -m sandbox.shop --region us-east-1 --address 127.0.1.1 --port 8080 ...``; several share one port.
"""

import argparse
import asyncio
import contextlib
import json
import math
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import uvicorn
from psycopg.rows import TupleRow
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.locate import NotFoundHere, Place, locate

CONNECTIONS = 4
STATEMENT_PATIENCE = 2.0
REQUEST_PATIENCE = 4.0
LOCATE_PAUSE = 1.0

PLACE = "insert into orders (id, sku, quantity, region) values (%s, %s, %s, %s) on conflict (id) do nothing returning id, region, placed_at"
FIND = "select id, region, placed_at from orders where id = %s"
HEALTH = "select current_setting('transaction_read_only') = 'off'"

Connection = psycopg.AsyncConnection[TupleRow]


class Unavailable(Exception):
    """The database cannot do what was asked; the message says why. Nothing was acknowledged."""


class Database:
    """At most ``CONNECTIONS`` sessions with one region's database, opened when needed.

    When one fails, or takes no writes, the API is asked again where the database is, at most once per ``LOCATE_PAUSE`` seconds: an
    instance that was renamed still answers, and its successor is elsewhere.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._slots = asyncio.Semaphore(CONNECTIONS)
        self._locating = asyncio.Lock()
        self._idle: list[Connection] = []
        self._found: dict[str, str] | None = None
        self._doubtful = True
        self._asked = -math.inf
        self._fault = ""

    async def run(self, query: str, parameters: tuple[object, ...] = ()) -> list[TupleRow]:
        """Return the rows of one statement, committed by itself. Raises :class:`Unavailable`, within ``REQUEST_PATIENCE``."""
        try:
            async with asyncio.timeout(REQUEST_PATIENCE), self._slots, self._session() as session:
                cursor = await session.execute(query.encode(), parameters)
                return await cursor.fetchall()
        except psycopg.errors.ReadOnlySqlTransaction:
            raise Unavailable("the database is read-only") from None
        except TimeoutError:
            raise Unavailable(f"the database did not answer within {REQUEST_PATIENCE:g} s") from None
        except (psycopg.Error, NotFoundHere) as error:
            raise Unavailable(f"the database is not available: {str(error).strip() or type(error).__name__}") from None

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[Connection]:
        found = await self._locate()
        session = self._idle.pop() if self._idle else await self._connect(found)
        try:
            yield session
        except psycopg.errors.ReadOnlySqlTransaction:
            self._doubtful = True
            await self._put_back(session, found)
            raise
        except BaseException:
            self._doubtful = True
            await session.close()
            await self.close()
            raise
        await self._put_back(session, found)

    async def _put_back(self, session: Connection, found: dict[str, str]) -> None:
        if found is self._found:
            self._idle.append(session)
        else:
            await session.close()

    async def _connect(self, found: dict[str, str]) -> Connection:
        try:
            return await psycopg.AsyncConnection.connect(
                host=found["host"],
                port=found["port"],
                user=found["user"],
                password=found["password"],
                dbname=found["dbname"],
                autocommit=True,
                connect_timeout=2,
                tcp_user_timeout=3000,
                application_name="storefront",
                options=f"-c statement_timeout={STATEMENT_PATIENCE:g}s",
            )
        except psycopg.Error:
            self._doubtful = True
            raise

    async def _locate(self) -> dict[str, str]:
        async with self._locating:
            if self._doubtful and time.monotonic() - self._asked >= LOCATE_PAUSE:
                try:
                    await self._move(await asyncio.to_thread(locate, self.place))
                    self._doubtful = False
                except NotFoundHere as error:
                    self._fault = str(error)
                self._asked = time.monotonic()
            if self._found is None:
                raise NotFoundHere(self._fault)
            return self._found

    async def _move(self, found: dict[str, str]) -> None:
        """Leave the sessions with any other database than the one that was *found*."""
        if found != self._found:
            self._found = found
            await self.close()


def storefront(place: Place) -> Starlette:
    """Return the shop of one region as an ASGI application: ``POST /orders``, ``GET /orders/<id>`` and ``GET /health``."""
    database = Database(place)

    async def place_order(request: Request) -> JSONResponse:
        fault, order = _order(await request.body())
        if order is None:
            return JSONResponse({"error": fault}, 400)
        rows = await database.run(PLACE, (order.id, order.sku, order.quantity, place.region))
        if rows:
            return JSONResponse(_shown(rows[0]), 201)
        return await find_order(order.id)

    async def read_order(request: Request) -> JSONResponse:
        return await find_order(request.path_params["id"])

    async def find_order(order: UUID) -> JSONResponse:
        rows = await database.run(FIND, (order,))
        return JSONResponse(_shown(rows[0])) if rows else JSONResponse({"error": f"no order {order}"}, 404)

    async def health(_: Request) -> JSONResponse:
        [(writable,)] = await database.run(HEALTH)
        return JSONResponse({"region": place.region, "takes_orders": writable})

    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error), "region": place.region}, 503)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await database.close()

    return Starlette(
        routes=[
            Route("/orders", place_order, methods=["POST"]),
            Route("/orders/{id:uuid}", read_order),
            Route("/health", health),
        ],
        exception_handlers={Unavailable: unavailable},
        lifespan=lifespan,
    )


@dataclass(frozen=True, slots=True)
class Order:
    id: UUID
    sku: str
    quantity: int


def _order(body: bytes) -> tuple[str, Order | None]:
    """Return ``("", order)``, or what is wrong with *body* and None."""
    try:
        given = json.loads(body)
        order, sku, quantity = UUID(given["id"]), given["sku"], given["quantity"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "an order is {id: a UUID, sku: text, quantity: a number}", None
    if not isinstance(sku, str) or not 1 <= len(sku) <= 64:
        return "sku: 1 to 64 characters", None
    if type(quantity) is not int or not 1 <= quantity <= 1000:
        return "quantity: 1 to 1000", None
    return "", Order(order, sku, quantity)


def _shown(row: TupleRow) -> dict[str, str]:
    order, region, placed_at = row
    return {"id": str(order), "region": region, "placed_at": placed_at.isoformat()}


class _Server(uvicorn.Server):
    """Says by an empty file that it is listening, because tasks that share a port cannot be asked one by one."""

    def __init__(self, config: uvicorn.Config, ready: Path | None) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.ready is not None:
            self.ready.touch()


def _listen(address: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((address, port))
    return listening


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Serve one region's shop, finding its database through AWS_ENDPOINT_URL.")
    parser.add_argument("--region", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--instance", required=True, help="the database instance's identifier")
    parser.add_argument("--secret", required=True, help="the Secrets Manager secret with its username and password")
    parser.add_argument("--database", required=True, help="the database's name in PostgreSQL")
    parser.add_argument("--ready", type=Path, help="a file to make when orders can be sent")
    return parser.parse_args()


def main() -> None:
    given = _arguments()
    place = Place(os.environ["AWS_ENDPOINT_URL"], given.region, given.instance, given.secret, given.database)
    config = uvicorn.Config(
        storefront(place), loop="asyncio", http="h11", ws="none", access_log=False, log_level="warning", timeout_graceful_shutdown=2
    )
    _Server(config, given.ready).run([_listen(given.address, given.port)])


if __name__ == "__main__":
    main()
