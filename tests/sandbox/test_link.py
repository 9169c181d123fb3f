"""Links between regions: late, one way each, and gone when cut."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from sandbox.link import Network, Route
from sandbox.postgres import Address

EAST_TO_WEST = Route("us-east-1", "us-west-2")
WEST_TO_EAST = Route("us-west-2", "us-east-1")


class Echo:
    """A server that sends back what it gets."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = Address("127.0.0.1", self.socket.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                connection.sendall(data)


@pytest.fixture
def delay() -> dict[str, float]:
    return {"one_way": 0.03}


@pytest.fixture
def network(delay: dict[str, float]) -> Iterator[Network]:
    network = Network(lambda: delay["one_way"])
    yield network
    network.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    echo = Echo()
    yield echo
    echo.socket.close()


def call(near: Address) -> socket.socket:
    return socket.create_connection((near.host, near.port), timeout=2)


def test_each_byte_crosses_late_both_ways(network: Network, echo: Echo) -> None:
    """A question and its answer take two delays, and little more."""
    with call(network.near_end(EAST_TO_WEST, echo.address)) as connection:
        started = time.monotonic()
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        assert 0.06 <= time.monotonic() - started < 0.5


def test_the_delay_can_change_under_way(network: Network, echo: Echo, delay: dict[str, float]) -> None:
    """The delay in force when a byte leaves is the one it gets."""
    with call(network.near_end(EAST_TO_WEST, echo.address)) as connection:
        delay["one_way"] = 0.2
        started = time.monotonic()
        connection.sendall(b"hello")
        assert connection.recv(100) == b"hello"
        assert time.monotonic() - started >= 0.4


def test_much_arrives_whole_and_in_order(network: Network, echo: Echo) -> None:
    """Eight megabytes come back as they were sent, through a closing connection."""
    sent = bytes(range(256)) * 32768
    with call(network.near_end(EAST_TO_WEST, echo.address)) as connection:

        def send() -> None:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        received = bytearray()
        while data := connection.recv(65536):
            received += data
    assert bytes(received) == sent


def test_a_cut_loses_what_is_under_way(network: Network, echo: Echo, delay: dict[str, float]) -> None:
    """What was sent but has not arrived never does, and the connection is gone."""
    delay["one_way"] = 0.5
    with call(network.near_end(EAST_TO_WEST, echo.address)) as connection:
        connection.sendall(b"lost")
        network.cut(EAST_TO_WEST)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100) == b""


def test_a_cut_link_lets_nothing_through_until_healed(network: Network, echo: Echo) -> None:
    """A new connection through a cut link dies at once; the same near end works again once it is healed."""
    near = network.near_end(EAST_TO_WEST, echo.address)
    network.cut(EAST_TO_WEST)
    with call(near) as connection, contextlib.suppress(ConnectionResetError):
        assert connection.recv(100) == b""
    network.heal(EAST_TO_WEST)
    assert network.near_end(EAST_TO_WEST, echo.address) == near
    with call(near) as connection:
        connection.sendall(b"back")
        assert connection.recv(100) == b"back"


def test_a_cut_is_one_way(network: Network, echo: Echo) -> None:
    """Cutting east to west leaves west to east alone."""
    network.cut(EAST_TO_WEST)
    with call(network.near_end(WEST_TO_EAST, echo.address)) as connection:
        connection.sendall(b"still here")
        assert connection.recv(100) == b"still here"


def test_an_isolated_region_loses_its_links_and_a_cut_outlives_its_return(network: Network) -> None:
    """A region's return heals what its loss cut, and not what was cut by itself."""
    network.cut(EAST_TO_WEST)
    network.isolate("us-west-2")
    assert network.is_cut(WEST_TO_EAST)
    network.rejoin("us-west-2")
    assert not network.is_cut(WEST_TO_EAST)
    assert network.is_cut(EAST_TO_WEST)


def test_a_server_that_is_down_ends_the_connection(network: Network, echo: Echo) -> None:
    """Nobody at the far end looks like nobody at the near end."""
    near = network.near_end(EAST_TO_WEST, Address("127.0.0.1", 1))
    with call(near) as connection, contextlib.suppress(ConnectionResetError):
        assert connection.recv(100) == b""
    assert echo.address != near
