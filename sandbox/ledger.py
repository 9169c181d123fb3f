"""The shoppers' own record of every order they sent, and what it proves: what was lost, and for how long they were turned away.

One JSON line per order, appended when its outcome is known. It lives on the client's side, so it survives the shop.
"""

import json
from collections import Counter, defaultdict
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
    """Return the longest stretch without any acknowledgement, in seconds, from the last one before *since* on.

    The longest, not the first: a shop that is cut off at *since* may still acknowledge what was under way. None when nothing
    was acknowledged before *since*, or when the longest stretch has not ended by the last order sent.
    """
    orders = list(ledger)
    acked = sorted((datetime.fromisoformat(order.acked_at), order.acked_monotonic) for order in orders if order.acked_at)
    before = [moment for at, moment in acked if at < since and moment is not None]
    moments = before[-1:] + [moment for at, moment in acked if at >= since and moment is not None]
    stretches = [later - earlier for earlier, later in pairwise(moments)]
    if not before or not stretches:
        return None
    unfinished = max(order.sent_monotonic for order in orders) - moments[-1]
    return max(stretches) if max(stretches) > unfinished else None


def longest_wait(ledger: Iterable[Order], since: datetime) -> float | None:
    """Return the longest that any one shopper went without an acknowledgement, as :func:`downtime` counts it.

    None while it is unknown for some shopper, or some shopper's newest order was not acknowledged: not everyone is back.
    """
    by_shopper: defaultdict[int, list[Order]] = defaultdict(list)
    for order in ledger:
        by_shopper[order.shopper].append(order)
    waits = [_wait(orders, since) for orders in by_shopper.values()]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known and len(known) == len(waits) else None


def _wait(orders: list[Order], since: datetime) -> float | None:
    newest = max(orders, key=lambda order: order.sent_monotonic)
    return downtime(orders, since) if newest.acked_at is not None else None


def read_orders(conninfo: str) -> set[str]:
    """Return the ids of the orders in the database that *conninfo* leads to."""
    with psycopg.connect(conninfo, connect_timeout=5) as connection:
        return {str(order) for (order,) in connection.execute("select id from orders")}


def orders_in(settings: Settings, region: str, endpoint: str) -> set[str]:
    """Return the ids of the orders in *region*'s database, found as its storefront finds it. Raises ``locate.NotFoundHere``."""
    names = Names(settings)
    found = locate(Place(endpoint, region, names.database, names.database_secret, settings.workload.database.name))
    return read_orders(psycopg.conninfo.make_conninfo(**found))
