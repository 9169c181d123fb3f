"""Shoppers on a shop with two storefronts, one database and real name resolution."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sandbox import cloudwatch, route53
from sandbox.lab import Lab
from sandbox.ledger import acknowledged, downtime, longest_wait, lost, per_region, read_ledger, read_orders
from sandbox.postgres import ADMIN, Server
from sandbox.postgres_programs import at_home
from sandbox.traffic import Resolver, Shop, Shoppers
from settings import HERE
from tests.sandbox.doors import ORDERS, PASSWORD, Door, storefront
from tests.sandbox.parts import EAST, WEST, client, running, until
from tests.sandbox.test_dns import addresses, create_balancer
from tests.sandbox.test_route53 import change, create_check, create_zone, put_switch, simple, throw


@dataclass(frozen=True, slots=True)
class Town:
    """A lab whose name server leads to us-east-1's storefront until us-west-2 takes over; both use one database."""

    lab: Lab
    conninfo: str
    door: Door

    def present(self) -> set[str]:
        return read_orders(self.conninfo)

    def open(self, region: str) -> AbstractContextManager[httpx.Client]:
        address, port = self.lab.addresses[region], self.lab.settings.workload.shop.port
        return storefront(self.door, self.lab.root, region, address, port)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with at_home(tmp_path_factory.mktemp("traffic")) as (programs, folder):
        server = Server(programs, folder, folder / "orders", PASSWORD)
        server.initialise()
        server.configure({})
        server.start()
        with server.session() as session:
            session.execute(ORDERS)
        yield server
        server.stop()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, database: Server) -> Iterator[Town]:
    conninfo = f"host=127.0.0.1 port={database.port} user={ADMIN} password='{PASSWORD}' dbname=postgres"
    with running(tmp_path_factory.mktemp("town"), cloudwatch, route53) as lab, closing(Door()) as door:
        routes = client(lab, "route53")
        zone = create_zone(routes)
        guard = create_check(lab, put_switch(lab, WEST))
        change(routes, zone, create_balancer(lab, EAST) | {"SetIdentifier": EAST, "Failover": "PRIMARY", "HealthCheckId": guard})
        change(routes, zone, create_balancer(lab, WEST) | {"SetIdentifier": WEST, "Failover": "SECONDARY"})
        door.server = database
        town = Town(lab, conninfo, door)
        with town.open(WEST):
            yield town


@pytest.fixture
def east(town: Town) -> Iterator[ExitStack]:
    """us-east-1's storefront, for a test to close; the name leads to it again."""
    throw(town.lab, WEST, 0)
    with ExitStack() as shops:
        shops.enter_context(town.open(EAST))
        until(lambda: addresses(town.lab) == [town.lab.addresses[EAST]])
        yield shops


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.mark.usefixtures("east")
def test_every_order_is_in_the_ledger_and_in_the_database(town: Town, ledger: Path) -> None:
    """No more than forty orders a second are placed; the region that the name leads to acknowledges each, and none is lost."""
    with Shoppers(town.lab.settings, ledger, rate=40):
        time.sleep(2)
    orders = read_ledger(ledger)
    assert len(acknowledged(orders)) == len(orders) == len({order.id for order in orders})
    assert 20 <= len(orders) <= 2 * 40 + 8
    assert per_region(orders) == {EAST: len(orders)}
    assert lost(orders, town.present()) == []


def test_shoppers_follow_the_switch(town: Town, east: ExitStack, ledger: Path) -> None:
    """us-east-1's storefront dies and us-west-2 takes over: orders are refused, then acknowledged there; nobody asks twice with one id."""
    with Shoppers(town.lab.settings, ledger, rate=40):
        until(lambda: ledger.exists() and len(read_ledger(ledger)) > 20)
        east.close()
        failed = datetime.now(UTC)
        throw(town.lab, WEST, 1)
        until(lambda: longest_wait(read_ledger(ledger), failed) is not None)
    orders = read_ledger(ledger)
    refused = [order for order in orders if order.acked_at is None]
    assert per_region(orders).keys() == {EAST, WEST}
    assert {order.address for order in refused} == {town.lab.addresses[EAST]}
    assert {order.error for order in refused} <= {"ConnectError", "ReadError", "RemoteProtocolError"}
    assert len({order.id for order in orders}) == len(orders)
    assert lost(orders, town.present()) == []
    assert 0 < (downtime(orders, failed) or 0) <= (longest_wait(orders, failed) or 0) < 6


def test_a_name_is_kept_for_its_time_to_live(town: Town) -> None:
    """A changed record is not seen before the time to live of the old answer is over, and is seen after it."""
    routes = client(town.lab, "route53")
    zone = routes.list_hosted_zones()["HostedZones"][0]["Id"]
    change(routes, zone, {"Name": "other.solemate.test", "TTL": round(1 / town.lab.scale), "ResourceRecords": [{"Value": "192.0.2.1"}]})
    asked = tuple((resolver.address, resolver.port) for resolver in town.lab.settings.routing.resolvers)

    async def watch() -> list[str | None]:
        resolver = Resolver(Shop("other.solemate.test", asked, "http", 80, "/"))
        seen = [await resolver.address()]
        change(routes, zone, simple("192.0.2.2") | {"Name": "other.solemate.test"})
        seen.append(await resolver.address())
        await asyncio.sleep(1.1)
        return [*seen, await resolver.address()]

    assert asyncio.run(watch()) == ["192.0.2.1", "192.0.2.1", "192.0.2.2"]


def test_an_order_without_a_name_server_is_in_the_ledger_too(town: Town, ledger: Path) -> None:
    """Shoppers whose resolver is silent place nothing, and their ledger says why."""
    routing = town.lab.settings.routing
    silent = routing.model_copy(update={"resolvers": (routing.resolvers[0].model_copy(update={"port": 9}),)})
    with Shoppers(town.lab.settings.model_copy(update={"routing": silent}), ledger, rate=20, workers=2):
        until(lambda: ledger.exists() and read_ledger(ledger))
    assert {order.error for order in read_ledger(ledger)} == {"the shop's name does not resolve"}


@pytest.mark.usefixtures("east")
def test_the_program_ends_cleanly_when_told(town: Town, ledger: Path) -> None:
    """SIGTERM ends it with its counts, and every order that was placed is in the ledger."""
    config = town.lab.root / "Pulumi.sandbox.yaml"
    argv = [sys.executable, "-m", "sandbox.traffic", "--config", str(config), "--ledger", str(ledger), "--rate", "40"]
    with subprocess.Popen(argv, cwd=HERE, stdout=subprocess.PIPE, text=True) as shoppers:
        until(lambda: ledger.exists() and len(read_ledger(ledger)) > 20)
        shoppers.send_signal(signal.SIGTERM)
        printed, _ = shoppers.communicate(timeout=10)
    orders = read_ledger(ledger)
    assert shoppers.returncode == 0
    assert json.loads(printed) == {EAST: len(orders)}
    assert lost(orders, town.present()) == []
