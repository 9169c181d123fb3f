"""Starts a sandbox and makes sure that nothing of it stays behind, however the starter ends.

::

    with Sandbox.start(root) as sandbox:
        subprocess.run(["invoke", "status"], env=os.environ | sandbox.environment())

A normal exit, an exception and Ctrl-C end it here; when the starter is killed, the server notices and ends itself; when the
server is killed, its guard ends its children; and what is left when even the guard is killed, the next start ends.
"""

import json
import os
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from names import Names
from sandbox import processes
from sandbox.client import Client, SandboxError
from sandbox.controls import REGIONS, control_arn
from sandbox.ports import HOST, free_port, load_balancer_addresses
from sandbox.processes import Recorded
from settings import HERE, PROJECT, load

STARTER = "starter.json"
"""Says which process started the sandbox in a directory; it also marks the directory as one that may be emptied."""
READY_WITHIN = 60.0
END_WITHIN = 20.0
LOG_TAIL = 20


class Sandbox(Client):
    """A running sandbox: its control endpoints, and its life."""

    def __init__(self, root: Path, config: Path, server: subprocess.Popen[bytes], endpoint: str) -> None:
        super().__init__(endpoint)
        self.root, self.config, self._server = root, config, server

    @classmethod
    def start(cls, root: Path, *, scale: float = 0.1, one_way: float = 0.035, port: int | None = None, switch: str = "") -> Self:
        """Return a fresh sandbox in *root*, once it answers; raise :class:`SandboxError` with the server's last words otherwise.

        *scale* multiplies every Route 53 second, *one_way* is the delay between the regions in seconds, *port* the AWS API's;
        *switch* is the traffic switch, if it is not the one in Pulumi.sandbox.yaml.
        """
        root = root.resolve()
        _claim(root)
        config = write_config(root, switch)
        server = _spawn(root, config, ["--scale", str(scale), "--one-way", str(one_way), "--port", str(port or 0)])
        try:
            return cls(root, config, server, _await_ready(root, server))
        except BaseException:
            _end(root, server)
            raise

    def environment(self) -> dict[str, str]:
        """Return the variables by which any AWS client reaches the sandbox, and our commands find its settings."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "operator",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "PULUMI_CONFIG_FILE": str(self.config),
            **_past_the_proxy(),
        }

    def export_line(self) -> str:
        """Return the line that makes the commands of another shell work on this sandbox."""
        return "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in self.environment().items())

    @property
    def pid(self) -> int:
        return self._server.pid

    @property
    def alive(self) -> bool:
        return self._server.poll() is None

    def stop(self) -> None:
        """End every process of the sandbox; its directory stays, for its logs. Repeating it is harmless."""
        _end(self.root, self._server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def default_root(purpose: str) -> Path:
    """Return where a sandbox for *purpose* lives: in the repository, unless PostgreSQL, which drops root for nobody, could not go there."""
    beside = HERE / "build" / purpose
    if os.geteuid() != 0 or _open_to_all(HERE):
        return beside
    return Path(tempfile.gettempdir()) / f"solemate-{purpose.replace('/', '-')}"


def _open_to_all(directory: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (directory, *directory.parents))


def _claim(root: Path) -> None:
    """Make *root* an empty directory of ours: end what a crashed predecessor left, refuse to disturb a living one."""
    if root.is_dir() and any(root.iterdir()):
        _take_over(root)
    root.mkdir(parents=True, exist_ok=True)
    if root.stat().st_uid != os.geteuid():
        raise SandboxError(f"{root} belongs to another user", "choose another directory")
    root.chmod(0o755)
    if os.geteuid() == 0 and not _open_to_all(root):
        raise SandboxError(f"PostgreSQL runs as nobody and cannot reach {root}", "choose a directory whose parents all can enter")
    Recorded.of(os.getpid(), "starter").write(root / STARTER)


def _take_over(root: Path) -> None:
    starter = Recorded.read(root / STARTER)
    if starter is None:
        raise SandboxError(f"{root} is not empty, and no sandbox was there", "choose another directory")
    if starter.is_alive and starter.pid != os.getpid():
        raise SandboxError(f"a sandbox is running in {root}, started by process {starter.pid}", f"use it, or end it: kill {starter.pid}")
    processes.sweep(root)
    shutil.rmtree(root)


def write_config(root: Path, switch: str) -> Path:
    """Write the repository's sandbox settings with ports that are free here and now, and with *switch* if given; return the file."""
    source = HERE / "Pulumi.sandbox.yaml"
    chosen = load(source)
    addresses = load_balancer_addresses(chosen)
    document = yaml.safe_load(source.read_text(encoding="utf-8"))
    values = document["config"]
    values[f"{PROJECT}:routing"]["resolvers"] = [f"{HOST}:{free_port(socket.SOCK_DGRAM, HOST)}"]
    values[f"{PROJECT}:workload"]["shop"]["port"] = free_port(socket.SOCK_STREAM, *addresses.values())
    if switch:
        values[f"{PROJECT}:routing"]["switch"] = switch
    if values[f"{PROJECT}:routing"]["switch"] == "arc-routing-control":
        values[f"{PROJECT}:routing"]["cluster"] = _cluster(Names(chosen))
    config = root / source.name
    config.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return config


def _cluster(names: Names) -> dict[str, object]:
    """Return what the first ``pulumi up`` would export of the routing controls: here it is known before."""
    account, regions = names.settings.account, names.settings.regions
    controls = {region: control_arn(account, names.control_cluster, names.routing_control(region)) for region in regions}
    ports: set[int] = set()
    while len(ports) < len(REGIONS):
        ports.add(free_port(socket.SOCK_STREAM, HOST))
    endpoints = [{"region": region, "url": f"http://{HOST}:{port}/v1"} for region, port in zip(REGIONS, ports, strict=True)]
    return {"endpoints": endpoints, "controls": controls}


def _spawn(root: Path, config: Path, options: list[str]) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that the Ctrl-C meant for the starter does not reach it."""
    argv = [
        sys.executable,
        "-m",
        "sandbox.server",
        "--root",
        str(root),
        "--config",
        str(config),
        "--parent-pid",
        str(os.getpid()),
        *options,
    ]
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))} | _past_the_proxy()
    with _ready_file(root).open("wb") as ready, _log_file(root).open("wb") as log:
        return subprocess.Popen(argv, cwd=HERE, env=environ, stdin=subprocess.DEVNULL, stdout=ready, stderr=log, start_new_session=True)


def _past_the_proxy() -> dict[str, str]:
    """Return what keeps calls to loopback from going to the proxy that the environment names, if it names one."""
    if not urllib.request.getproxies_environment():
        return {}
    excepted = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    return {"no_proxy": ",".join(dict.fromkeys([*filter(None, excepted), HOST]))}


def _await_ready(root: Path, server: subprocess.Popen[bytes]) -> str:
    """Return the endpoint that the server prints when it is ready."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        line = _ready_file(root).read_text(encoding="utf-8")
        if line.endswith("\n"):
            return str(json.loads(line)["endpoint"])
        time.sleep(0.02)
    how = f"was not ready within {READY_WITHIN:.0f} s" if server.poll() is None else f"ended with code {server.returncode}"
    tail = _log_file(root).read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_TAIL:]
    raise SandboxError("\n".join([f"the sandbox's server {how}; its last words:", *tail]), f"see {_log_file(root)}")


def _end(root: Path, server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        processes.end(server.pid, patience=END_WITHIN)
        server.wait()
    processes.sweep(root)


def _ready_file(root: Path) -> Path:
    return root / "ready.json"


def _log_file(root: Path) -> Path:
    return root / "server.log"
