"""Shoppers who place orders at an even pace, each with a client and a resolver's cache of their own.

They behave as browsers do: the shop's name is asked for again only when its time to live is over, also when nothing answers;
an order is sent once and never again. What each was told is in the ledger (``sandbox.ledger``).
Run as ``python -m sandbox.traffic --config FILE --ledger FILE``; SIGTERM or Ctrl-C ends it, and it prints its counts.
"""

import argparse
import asyncio
import contextlib
import json
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self
from uuid import uuid4

import dns.asyncresolver
import dns.exception
import httpx

import settings
from names import Names
from sandbox.ledger import Order, write_line
from settings import Settings

PATIENCE = httpx.Timeout(5.0, connect=2.0)
LOOK_UP_PATIENCE = 2.0
LOOK_UP_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Shop:
    """Where shoppers go: the name that they resolve, the servers they ask, and the rest of the address."""

    domain: str
    resolvers: tuple[tuple[str, int], ...]
    scheme: str
    port: int
    path: str

    @classmethod
    def of(cls, chosen: Settings) -> Self:
        shop = chosen.workload.shop
        asked = tuple((resolver.address, resolver.port) for resolver in chosen.routing.resolvers)
        return cls(Names(chosen).shop_domain, asked, shop.scheme, shop.port, shop.orders_path)


class Resolver:
    """One shopper's cached answer for the shop's name. ``shortening`` lets the first answer expire early, by that share of its time,
    so that shoppers do not all ask at once.
    """

    def __init__(self, shop: Shop, shortening: float = 0.0) -> None:
        self._domain, self._shortening = shop.domain, shortening
        self._asked = dns.asyncresolver.Resolver(configure=False)
        self._asked.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in shop.resolvers]
        self._address: str | None = None
        self._expires = 0.0

    async def address(self) -> str | None:
        """Return where the shop's name leads, or None while nobody knows; asks at most once per time to live."""
        if time.monotonic() >= self._expires:
            self._address, lives = await self._ask()
            self._expires = time.monotonic() + lives * (1 - self._shortening)
            self._shortening = 0.0
        return self._address

    async def _ask(self) -> tuple[str | None, float]:
        try:
            answer = await self._asked.resolve(self._domain, "A", lifetime=LOOK_UP_PATIENCE)
        except dns.exception.DNSException:
            return None, LOOK_UP_PAUSE
        return str(answer[0]), answer.rrset.ttl if answer.rrset else LOOK_UP_PAUSE


class Shoppers:
    """Places ``rate`` orders a second, spread over ``workers`` shoppers, from a thread of its own: ``with Shoppers(...): ...``."""

    def __init__(self, chosen: Settings, ledger: Path, rate: float = 20.0, workers: int = 8) -> None:
        self._shop, self._file = Shop.of(chosen), ledger
        self._interval, self._workers = workers / rate, workers
        self._leave: Callable[[], object] = lambda: None
        self._open = Event()
        self._thread = Thread(target=lambda: asyncio.run(self.run()), name="shoppers", daemon=True)
        self.outcomes: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everyone finish the order they are placing, and leave."""
        self._open.wait(timeout=10)
        with contextlib.suppress(RuntimeError):
            self._leave()
        self._thread.join(timeout=10)

    async def run(self, on_start: Callable[[asyncio.Event], None] = lambda _: None) -> None:
        """Shop until told to leave; *on_start* receives the event that tells."""
        leaving = asyncio.Event()
        self._leave = partial(asyncio.get_running_loop().call_soon_threadsafe, leaving.set)
        self._open.set()
        on_start(leaving)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8", buffering=1) as ledger:
            note = self._noting(ledger.write)
            await asyncio.gather(*(self._shop_around(number, note, leaving) for number in range(self._workers)))

    def _noting(self, write: Callable[[str], int]) -> Callable[[Order], None]:
        def note(order: Order) -> None:
            write(write_line(order))
            self.outcomes[order.region if order.acked_at and order.region else order.error or "unknown"] += 1

        return note

    async def _shop_around(self, shopper: int, note: Callable[[Order], None], leaving: asyncio.Event) -> None:
        resolver = Resolver(self._shop, shortening=random.random())
        next_order = time.monotonic() + self._interval * shopper / self._workers
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False, headers={"Host": self._shop.domain}) as client:
            while not await _told(leaving, next_order - time.monotonic()):
                note(await self._place(shopper, client, await resolver.address()))
                next_order = max(next_order + self._interval, time.monotonic())

    async def _place(self, shopper: int, client: httpx.AsyncClient, address: str | None) -> Order:
        order, sent_at, sent = str(uuid4()), datetime.now(UTC), time.monotonic()
        status, region, error = None, None, "the shop's name does not resolve"
        if address is not None:
            status, region, error = await self._send(client, address, order)
        acked = not error
        return Order(
            id=order,
            shopper=shopper,
            sent_at=sent_at.isoformat(),
            sent_monotonic=sent,
            acked_at=datetime.now(UTC).isoformat() if acked else None,
            acked_monotonic=time.monotonic() if acked else None,
            status=status,
            region=region,
            address=address,
            error=error or None,
        )

    async def _send(self, client: httpx.AsyncClient, address: str, order: str) -> tuple[int | None, str | None, str]:
        """Return the status, the region that answered, and what went wrong, if anything."""
        wanted = {"id": order, "sku": f"sole-{random.randint(36, 47)}", "quantity": random.randint(1, 3)}
        try:
            answer = await client.post(f"{self._shop.scheme}://{address}:{self._shop.port}{self._shop.path}", json=wanted)
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            return None, None, type(error).__name__
        fault = "" if answer.status_code in (200, 201) else str(said.get("error", answer.status_code))
        return answer.status_code, said.get("region"), fault


async def _told(leaving: asyncio.Event, seconds: float) -> bool:
    """Wait *seconds*, or until told to leave; return whether told."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(leaving.wait(), max(seconds, 0.001))
    return leaving.is_set()


def main() -> None:
    parser = argparse.ArgumentParser(description="Place orders at the shop, at an even pace, until told to stop.")
    parser.add_argument("--config", type=Path, required=True, help="the stack's settings, such as Pulumi.sandbox.yaml")
    parser.add_argument("--ledger", type=Path, required=True, help="the file to which every order is added")
    parser.add_argument("--rate", type=float, default=20.0, help="orders a second")
    parser.add_argument("--workers", type=int, default=8, help="shoppers")
    given = parser.parse_args()
    shoppers = Shoppers(settings.load(given.config), given.ledger, given.rate, given.workers)
    asyncio.run(shoppers.run(_stop_on_signals))
    print(json.dumps(shoppers.outcomes))  # noqa: T201 the counts are this program's output


def _stop_on_signals(leaving: asyncio.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leaving.set)


if __name__ == "__main__":
    main()
