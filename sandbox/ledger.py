"""The shoppers' own record of every order they sent, and what it proves: what was lost, and for how long they were turned away.

One JSON line per order, appended when its outcome is known. It lives on the client's side, so it survives the shop.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import psycopg

from names import Names
from sandbox.locate import Place, locate
from settings import Settings


@dataclass(frozen=True, slots=True)
class Order:
    """One order as its shopper saw it. Times are UTC, in ISO 8601; ``*_monotonic`` are the machine's monotonic seconds.

    ``acked_at`` is set only when the shop acknowledged it; otherwise ``error`` says what the shopper got instead.
    ``region`` is the one that acknowledged, ``address`` where the name led at that moment.
    """

    id: str
    shopper: int
    sent_at: str
    sent_monotonic: float
    acked_at: str | None
    acked_monotonic: float | None
    status: int | None
    region: str | None
    address: str | None
    error: str | None


def write_line(order: Order) -> str:
    return json.dumps(asdict(order)) + "\n"


def read_ledger(file: Path) -> list[Order]:
    """Return the orders in *file*; a last line that is still being written is left out."""
    with file.open(encoding="utf-8") as lines:
        return [Order(**json.loads(line)) for line in lines if line.endswith("\n")]


def acknowledged(ledger: Iterable[Order]) -> list[Order]:
    return [order for order in ledger if order.acked_at is not None]


def lost(ledger: Iterable[Order], present: Iterable[str]) -> list[Order]:
    """Return the orders that were acknowledged and are not among the ids *present*. Present but unacknowledged is no loss."""
    there = set(present)
    return [order for order in acknowledged(ledger) if order.id not in there]


def per_region(ledger: Iterable[Order]) -> dict[str, int]:
    """Return how many orders each region acknowledged."""
    return dict(Counter(order.region or "unknown" for order in acknowledged(ledger)))


def downtime(ledger: Iterable[Order], since: datetime) -> float | None:
    """Return the seconds between the last acknowledgement before *since* and the first after it; None when there is none on a side."""
    moments = sorted((datetime.fromisoformat(order.acked_at), order.acked_monotonic) for order in ledger if order.acked_at)
    before = [moment for at, moment in moments if at < since]
    after = [moment for at, moment in moments if at >= since]
    if not before or not after or before[-1] is None or after[0] is None:
        return None
    return after[0] - before[-1]


def longest_wait(ledger: Iterable[Order], since: datetime) -> float | None:
    """Return the longest time any one shopper went without an acknowledgement from *since* on, in seconds.

    It starts at the last one before *since*. None when some shopper has had none after it: the shop is not back for everyone.
    """
    orders = list(ledger)
    waits = [_wait([order for order in orders if order.shopper == shopper], since) for shopper in {order.shopper for order in orders}]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known and len(known) == len(waits) else None


def _wait(orders: list[Order], since: datetime) -> float | None:
    if downtime(orders, since) is None:
        return None
    acked = sorted(order.acked_monotonic for order in orders if order.acked_monotonic is not None)
    last_before = max(
        order.acked_monotonic or 0.0 for order in acknowledged(orders) if datetime.fromisoformat(order.acked_at or "") < since
    )
    return max(later - earlier for earlier, later in pairwise(acked) if earlier >= last_before)


def read_orders(conninfo: str) -> set[str]:
    """Return the ids of the orders in the database that *conninfo* leads to."""
    with psycopg.connect(conninfo, connect_timeout=5) as connection:
        return {str(order) for (order,) in connection.execute("select id from orders")}


def orders_in(settings: Settings, region: str, endpoint: str) -> set[str]:
    """Return the ids of the orders in *region*'s database, found as its storefront finds it. Raises ``locate.NotFoundHere``."""
    names = Names(settings)
    found = locate(Place(endpoint, region, names.database, names.database_secret, settings.workload.database.name))
    return read_orders(psycopg.conninfo.make_conninfo(**found))
