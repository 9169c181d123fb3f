"""Speaks to a running sandbox's control endpoints; all it needs is ``AWS_ENDPOINT_URL``, as the runbooks do."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, cast

from runbooks.errors import RunbookError
from sandbox.lab import OutageMode

PATIENCE = 60.0
"""Seconds for an answer: breaking a region waits until its processes are dead."""

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback is never behind the proxy that the environment may name."""


class SandboxError(RunbookError):
    """There is no sandbox where one was expected, or it does not start."""


class Client:
    """The control endpoints of the sandbox at *endpoint*; every call raises :class:`SandboxError` when it is refused."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def break_region(self, region: str, mode: OutageMode = "hang") -> None:
        """Make *region* dark; when this returns, its links are cut and its processes are dead."""
        self.ask("POST", f"regions/{region}/break", {"mode": mode})

    def heal_region(self, region: str) -> None:
        self.ask("POST", f"regions/{region}/heal")

    def fault(self, kind: str, **fault: object) -> int:
        """Set a fault (see sandbox/faults.py for what it may hold) and return its number."""
        return int(self.ask("POST", "faults", {"kind": kind, **fault})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are still to happen."""
        return cast(list[dict[str, Any]], self.ask("GET", "faults"))

    def clear_faults(self) -> None:
        self.ask("DELETE", "faults")

    def service_times(self, **seconds: float) -> dict[str, float]:
        """Set the given service times and return all of them."""
        return cast(dict[str, float], self.ask("POST", "service-times", seconds))

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the logged API requests after number *since* (see :class:`sandbox.requestlog.Entry`)."""
        return cast(list[dict[str, Any]], self.ask("GET", f"requests?since={since}"))

    def deliver_inventories(self, created: str = "") -> list[str]:
        """Have S3 deliver every list that is set up, as of *created* (ISO, default now), and return the manifests."""
        answer = self.ask("POST", "inventories", {"created": created} if created else {})
        return cast(list[str], answer["manifests"])

    def state(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.ask("GET", "state"))

    def ask(self, method: str, path: str, document: Mapping[str, object] | None = None) -> Any:
        """Send one control request, such as ``ask("POST", "links/cut", {...})``, and return its JSON answer."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.endpoint}/sandbox/{path}", method=method, data=body)  # noqa: S310 - checked in from_environment
        try:
            with _direct.open(request, timeout=PATIENCE) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refusal:
            raise SandboxError(_reason(refusal), "see sandbox/endpoints.py for what a sandbox can be asked") from None
        except (OSError, ValueError) as error:
            raise SandboxError(f"no sandbox answers at {self.endpoint}: {error}", "start one with `invoke sandbox`") from None


def _reason(refusal: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(refusal)["error"])
    except (ValueError, KeyError, TypeError):
        return f"{refusal.url} is not a sandbox's: HTTP {refusal.code}"


def from_environment(environ: Mapping[str, str] = os.environ) -> Client:
    """Return the client for the sandbox that ``AWS_ENDPOINT_URL`` names, once it has shown that it is one."""
    endpoint = environ.get("AWS_ENDPOINT_URL", "").rstrip("/")
    way_out = "start one with `invoke sandbox`, and export the line it prints"
    if not endpoint.startswith("http://127."):
        where = f"AWS_ENDPOINT_URL is {endpoint}" if endpoint else "AWS_ENDPOINT_URL is not set"
        raise SandboxError(f"{where}: this needs a sandbox, and a sandbox is on 127.0.0.1", way_out)
    client = Client(endpoint)
    if "service_times" not in client.state():
        raise SandboxError(f"what answers at {endpoint} is not a sandbox", way_out)
    return client
