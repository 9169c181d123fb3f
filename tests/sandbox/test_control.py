"""The control endpoints: what a part may add, and what is refused."""

import json
from collections.abc import Mapping

import pytest
from werkzeug.test import EnvironBuilder

from sandbox import control
from sandbox.client import SandboxError
from sandbox.launch import Sandbox


def ask(method: str, path: str, document: object = None) -> tuple[int, object]:
    body = None if document is None else json.dumps(document)
    environ = EnvironBuilder(path, method=method, data=body).get_environ()
    answer = control.answer(environ)
    return answer.status, json.loads(answer.body)


def test_a_part_adds_an_endpoint() -> None:
    """It gets the method, the rest of the path, and the document or the query."""
    asked: list[object] = []

    def answer(method: str, rest: tuple[str, ...], document: Mapping[str, object]) -> object:
        asked.append((method, rest, document))
        return {"cut": True}

    control.route("test-links", answer)
    assert ask("POST", "/sandbox/test-links/cut", {"from": "us-east-1"}) == (200, {"cut": True})
    ask("GET", "/sandbox/test-links?since=3")
    assert asked == [("POST", ("cut",), {"from": "us-east-1"}), ("GET", (), {"since": "3"})]


def test_a_part_adds_to_the_state() -> None:
    """What a part describes appears in the state, as it is when asked."""
    lag = [0]
    control.state("test-lag", lambda: lag[0])
    lag[0] = 7
    status, state = ask("GET", "/sandbox/state")
    assert status == 200
    assert isinstance(state, dict)
    assert state["test-lag"] == 7


def test_a_refusal_is_a_sentence() -> None:
    """A part says no with its own status; nonsense is 400; an endpoint that is not there lists those that are."""

    def answer(method: str, _rest: tuple[str, ...], document: Mapping[str, object]) -> object:
        if method == "GET":
            raise control.Refused("there is no such link", 404)
        return {"seconds": float(str(document["seconds"]))}

    control.route("test-refusing", answer)
    assert ask("GET", "/sandbox/test-refusing") == (404, {"error": "there is no such link"})
    assert ask("POST", "/sandbox/test-refusing", {"seconds": "soon"})[0] == 400
    assert ask("POST", "/sandbox/test-refusing", ["a list"]) == (400, {"error": "send a JSON object"})
    status, said = ask("GET", "/sandbox/test-refused")
    assert status == 404
    assert "test-refusing" in str(said)


def test_the_state_tells_where_everything_is(sandbox: Sandbox) -> None:
    """One request shows regions, times, addresses, ports and processes."""
    state = sandbox.state()
    assert state["regions"] == {"us-east-1": None, "us-west-2": None}
    assert state["addresses"] == {"us-east-1": "127.0.1.1", "us-west-2": "127.0.2.1"}
    assert state["pids"][str(sandbox.pid)] == "server"
    assert (state["scale"], state["one_way"]) == (0.1, 0.035)
    assert state["dns_port"] != state["shop_port"]


def test_service_times_are_set_by_name(sandbox: Sandbox) -> None:
    """Times that are given change, the others stay; a misspelt one is an error that names them all."""
    assert sandbox.service_times(promote=20)["promote"] == 20
    assert sandbox.service_times(scale=15) == sandbox.state()["service_times"] | {"promote": 20, "scale": 15}
    with pytest.raises(SandboxError, match="promote"):
        sandbox.service_times(promotion=1)
    sandbox.service_times(promote=0, scale=0)
