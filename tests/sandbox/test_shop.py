"""The storefront before a real PostgreSQL: what is acknowledged is committed, and what cannot be committed is refused."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from sandbox.ledger import read_orders
from sandbox.postgres import ADMIN, Server
from sandbox.postgres_programs import Programs, at_home
from tests.sandbox.doors import ORDERS, PASSWORD, Door, storefront
from tests.sandbox.parts import EAST, until


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Programs, Path]]:
    with at_home(tmp_path_factory.mktemp("shop")) as (programs, folder):
        yield programs, folder


@pytest.fixture(scope="module")
def primary(home: tuple[Programs, Path]) -> Iterator[Server]:
    programs, folder = home
    server = Server(programs, folder, folder / "primary", PASSWORD)
    server.initialise()
    server.configure({})
    server.start()
    with server.session() as session:
        session.execute(ORDERS)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    door = Door()
    yield door
    door.close()


@pytest.fixture(scope="module")
def running(door: Door, primary: Server, home: tuple[Programs, Path]) -> Iterator[httpx.Client]:
    door.server = primary
    with storefront(door, home[1]) as client:
        yield client


@pytest.fixture
def shop(running: httpx.Client, door: Door, primary: Server) -> httpx.Client:
    """The shop that all tests share, with its database and its API as they should be."""
    if not primary.is_running:
        primary.start()
    door.server, door.broken = primary, False
    until(lambda: running.get("/health").status_code == 200)
    return running


def order() -> dict[str, object]:
    return {"id": str(uuid4()), "sku": "sole-42", "quantity": 1}


def stored(server: Server) -> set[str]:
    return read_orders(f"host=127.0.0.1 port={server.port} user={ADMIN} password='{PASSWORD}' dbname=postgres")


def test_an_order_is_stored_and_read_back(shop: httpx.Client, primary: Server) -> None:
    """201 says what was stored; the same order is read under its id, and is in the database."""
    wanted = order()
    placed = shop.post("/orders", json=wanted)
    assert placed.status_code == 201
    assert (placed.json()["id"], placed.json()["region"]) == (wanted["id"], EAST)
    assert shop.get(f"/orders/{wanted['id']}").json() == placed.json()
    assert wanted["id"] in stored(primary)


def test_placing_an_order_again_changes_nothing(shop: httpx.Client) -> None:
    """A repeated id is answered 200 with the order that is stored."""
    wanted = order()
    first = shop.post("/orders", json=wanted)
    again = shop.post("/orders", json=wanted | {"quantity": 9})
    assert (again.status_code, again.json()) == (200, first.json())


def test_an_unknown_order_is_not_found(shop: httpx.Client) -> None:
    """An id that nobody placed is 404."""
    assert shop.get(f"/orders/{uuid4()}").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"id": "7"}, {"id": None}, {"sku": ""}, {"sku": 3}, {"quantity": 0}, {"quantity": True}, {"quantity": "many"}]
)
def test_what_is_no_order_is_refused(shop: httpx.Client, wrong: dict[str, object]) -> None:
    """A wrong order is 400 with a reason, whatever part is wrong."""
    answer = shop.post("/orders", json=order() | wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(shop: httpx.Client, body: bytes) -> None:
    """A body that holds no order is 400."""
    assert shop.post("/orders", content=body).status_code == 400


def test_a_read_only_database_takes_no_orders(shop: httpx.Client, primary: Server) -> None:
    """Fenced by its parameter, the database still serves reads; orders are 503 with the reason, until the fence is lifted."""
    kept = order()
    shop.post("/orders", json=kept)
    primary.configure({"default_transaction_read_only": "on"})
    primary.reload()
    refused = order()
    until(lambda: shop.get("/health").json()["takes_orders"] is False)
    answer = shop.post("/orders", json=refused)
    assert (answer.status_code, answer.json()["error"]) == (503, "the database is read-only")
    assert shop.get(f"/orders/{kept['id']}").status_code == 200
    primary.configure({})
    primary.reload()
    until(lambda: shop.post("/orders", json=order()).status_code == 201)
    assert refused["id"] not in stored(primary)


def test_a_replica_serves_reads_and_takes_orders_once_promoted(
    shop: httpx.Client, door: Door, primary: Server, home: tuple[Programs, Path]
) -> None:
    """The pilot light refuses orders while its database is a replica, and takes them when it is promoted, without a restart."""
    placed = order()
    shop.post("/orders", json=placed)
    programs, folder = home
    replica = Server(programs, folder, folder / "replica", PASSWORD)
    replica.copy_from(primary.address)
    replica.configure({})
    replica.stand_by()
    replica.start()
    door.server = replica
    try:
        with storefront(door, folder) as pilot_light:
            assert pilot_light.get("/health").json()["takes_orders"] is False
            assert pilot_light.get(f"/orders/{placed['id']}").status_code == 200
            assert pilot_light.post("/orders", json=order()).status_code == 503
            replica.promote()
            assert pilot_light.post("/orders", json=order()).status_code == 201
            moved = order()
            replica.kill()
            assert pilot_light.post("/orders", json=moved).status_code == 503
            door.server = primary
            until(lambda: pilot_light.post("/orders", json=moved).status_code in (200, 201))
            assert moved["id"] in stored(primary)
    finally:
        replica.kill()


def test_a_database_that_was_replaced_is_left(shop: httpx.Client, door: Door, primary: Server, home: tuple[Programs, Path]) -> None:
    """The old writer, renamed and read-only, still answers; the shop that held on to it moves to the one that has its name now."""
    programs, folder = home
    successor = Server(programs, folder, folder / "successor", PASSWORD)
    successor.copy_from(primary.address)
    successor.configure({})
    successor.start()
    primary.configure({"default_transaction_read_only": "on"})
    primary.reload()
    until(lambda: shop.post("/orders", json=order()).status_code == 503)
    door.server = successor
    try:
        moved = order()
        until(lambda: shop.post("/orders", json=moved).status_code == 201, within=5)
        assert moved["id"] in stored(successor)
    finally:
        primary.configure({})
        primary.reload()
        successor.kill()


def test_nothing_is_acknowledged_that_a_crash_loses(shop: httpx.Client, primary: Server) -> None:
    """The database is killed under load: every order that was acknowledged is there when it is back, the others were refused or cut off."""
    acknowledged: list[str] = []

    def place_until_refused() -> int:
        with httpx.Client(base_url=shop.base_url, timeout=10, trust_env=False) as client:
            while (wanted := order()) and (status := client.post("/orders", json=wanted).status_code) == 201:
                acknowledged.append(str(wanted["id"]))
        return status

    with ThreadPoolExecutor(4) as shoppers:
        outcomes = [shoppers.submit(place_until_refused) for _ in range(4)]
        until(lambda: len(acknowledged) >= 40)
        primary.kill()
        assert {outcome.result() for outcome in outcomes} == {503}
    primary.start()
    assert set(acknowledged) <= stored(primary)
    until(lambda: shop.post("/orders", json=order()).status_code == 201)


def test_a_silent_api_is_asked_once_a_second(shop: httpx.Client, primary: Server, door: Door) -> None:
    """Without database and API the shop says so at once, without a storm of questions to the API."""
    door.broken = True
    primary.kill()
    asked, started = door.asked, time.monotonic()
    answers = [shop.post("/orders", json=order()) for _ in range(50)]
    assert {answer.status_code for answer in answers} == {503}
    assert door.asked - asked <= 2 + 2 * (time.monotonic() - started)


def test_a_stuck_database_does_not_hold_shoppers(shop: httpx.Client, primary: Server) -> None:
    """While a lock stops orders each is refused within five seconds, and other questions are answered meanwhile."""
    with primary.session() as session, session.transaction(), ThreadPoolExecutor(1) as shoppers:
        session.execute("lock table orders")
        started = time.monotonic()
        stuck = shoppers.submit(shop.post, "/orders", json=order())
        assert shop.get("/health").status_code == 200
        assert stuck.result().status_code == 503
        assert time.monotonic() - started < 5


def test_two_storefronts_share_a_port(shop: httpx.Client, door: Door, home: tuple[Programs, Path]) -> None:
    """A second task serves the same address, and goes on alone when the first has ended."""
    with storefront(door, home[1]) as first:
        with storefront(door, home[1], port=first.base_url.port) as second:
            second.get("/health").raise_for_status()
        until(lambda: httpx.get(f"{first.base_url}/health", trust_env=False).status_code == 200)
    assert shop.get("/health").status_code == 200
