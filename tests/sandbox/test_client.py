"""Finding the sandbox from another terminal, with nothing but the exported line."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sandbox.client import SandboxError, from_environment
from sandbox.launch import Sandbox


def test_the_exported_line_is_enough(sandbox: Sandbox) -> None:
    """What `invoke sandbox` prints leads back to it."""
    assert from_environment(sandbox.environment()).state()["root"] == str(sandbox.root)


def test_without_the_line_it_says_what_to_do() -> None:
    """No endpoint: one sentence, and the way out."""
    with pytest.raises(SandboxError, match="AWS_ENDPOINT_URL is not set") as refused:
        from_environment({})
    assert "invoke sandbox" in refused.value.hint


def test_the_real_aws_is_never_asked() -> None:
    """An endpoint that is not on this machine is refused before anything is sent."""
    with pytest.raises(SandboxError, match=r"https://rds\.us-east-1"):
        from_environment({"AWS_ENDPOINT_URL": "https://rds.us-east-1.amazonaws.com"})


def test_a_sandbox_that_is_gone_is_told_from_one_that_refuses() -> None:
    """Nothing listens there: it says so."""
    with pytest.raises(SandboxError, match="no sandbox answers"):
        from_environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})


def test_another_server_is_not_taken_for_a_sandbox() -> None:
    """Something answers, and it is not ours."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(SandboxError, match="is not a sandbox's"):
            from_environment({"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"})
