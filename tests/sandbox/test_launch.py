"""Starting a sandbox, and what is left of it however it ends: nothing."""

import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import psutil
import pytest

from sandbox import processes
from sandbox.client import Client, SandboxError
from sandbox.launch import STARTER, Sandbox, default_root
from sandbox.processes import Recorded
from settings import HERE, load
from tests.sandbox.parts import until

STARTS = """
import sys, time
from pathlib import Path
from sandbox.launch import Sandbox
with Sandbox.start(Path(sys.argv[1])) as sandbox:
    print(sandbox.endpoint, flush=True)
    time.sleep(300)
"""


@pytest.fixture
def starter(sandbox_root: Path) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that starts a sandbox and keeps it; its first line is the endpoint."""
    with subprocess.Popen([sys.executable, "-c", STARTS, str(sandbox_root)], cwd=HERE, stdout=subprocess.PIPE, text=True) as starter:
        yield starter
        starter.terminate()
    until(lambda: processes.living(sandbox_root) == {}, within=15)


def sandbox_of(starter: subprocess.Popen[str]) -> Client:
    assert starter.stdout is not None
    return Client(starter.stdout.readline().strip())


def create_database(sandbox: Client) -> None:
    """Have the sandbox run a PostgreSQL server, the child that would hurt most if it stayed."""
    rds = boto3.client(
        "rds", region_name="us-east-1", endpoint_url=sandbox.endpoint, aws_access_key_id="tester", aws_secret_access_key="tester"
    )
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="shop",
        MasterUserPassword="not-a-secret",
    )
    until(lambda: rds.describe_db_instances()["DBInstances"][0]["DBInstanceStatus"] == "available", within=30)


def family(sandbox: Client) -> list[psutil.Process]:
    """Return the server and all that descends from it: its guard, and PostgreSQL's processes."""
    server = next(int(pid) for pid, name in sandbox.state()["pids"].items() if name == "server")
    process = psutil.Process(server)
    return [process, *process.children(recursive=True)]


def gone(members: list[psutil.Process]) -> bool:
    return not [one for one in members if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_nothing_outlives_a_starter_that_is_killed(starter: subprocess.Popen[str]) -> None:
    """The server notices by itself, and ends its databases."""
    sandbox = sandbox_of(starter)
    create_database(sandbox)
    members = family(sandbox)
    starter.kill()
    until(lambda: gone(members), within=15)


def test_nothing_outlives_ctrl_c(starter: subprocess.Popen[str]) -> None:
    """Interrupted, as by any exception, the starter ends the sandbox before it ends."""
    members = family(sandbox_of(starter))
    starter.send_signal(signal.SIGINT)
    starter.wait(timeout=30)
    assert gone(members)


def test_nothing_outlives_the_server(sandbox_root: Path) -> None:
    """When the server itself is killed, its guard ends the databases."""
    with Sandbox.start(sandbox_root) as sandbox:
        create_database(sandbox)
        members = family(sandbox)
        members[0].kill()
        until(lambda: gone(members))


def test_the_next_start_ends_what_a_crash_left(starter: subprocess.Popen[str], sandbox_root: Path) -> None:
    """When starter, server and guard are all killed, databases stay, until a sandbox starts there again."""
    crashed = sandbox_of(starter)
    create_database(crashed)
    members = family(crashed)
    guard = next(one for one in members if "sandbox.processes" in one.cmdline())
    for one in (guard, psutil.Process(starter.pid), members[0]):
        one.kill()
    starter.wait()
    assert not gone(members)
    with Sandbox.start(sandbox_root) as sandbox:
        assert gone(members)
        assert sorted(sandbox.state()["pids"].values()) == ["guard", "server"]


def test_a_start_that_fails_shows_why(sandbox_root: Path) -> None:
    """The server's last words are in the error, and nothing stays behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SandboxError, match="Address already in use"):
        Sandbox.start(sandbox_root, port=taken.getsockname()[1])
    assert processes.living(sandbox_root) == {}


def test_a_running_sandbox_is_not_disturbed(sandbox_root: Path) -> None:
    """A second start in the same place is refused, and says who has it and how to end it."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        Recorded.of(other.pid, "starter").write(sandbox_root / STARTER)
        with pytest.raises(SandboxError, match=f"started by process {other.pid}") as refused:
            Sandbox.start(sandbox_root)
        assert f"kill {other.pid}" in refused.value.hint


def test_a_directory_of_somebody_elses_is_not_emptied(sandbox_root: Path) -> None:
    """Only an empty directory, or one where a sandbox was, becomes a sandbox's."""
    (sandbox_root / "thesis.txt").write_text("the only copy")
    with pytest.raises(SandboxError, match="is not empty"):
        Sandbox.start(sandbox_root)
    assert (sandbox_root / "thesis.txt").read_text() == "the only copy"


def test_its_settings_are_the_repositorys_on_free_ports(sandbox: Sandbox) -> None:
    """Only the resolver and the shop's port differ from Pulumi.sandbox.yaml."""
    ours, theirs = load(sandbox.config), load(HERE / "Pulumi.sandbox.yaml")
    assert ours.routing.resolvers != theirs.routing.resolvers
    shop = theirs.workload.shop.model_copy(update={"port": ours.workload.shop.port})
    workload = theirs.workload.model_copy(update={"shop": shop})
    assert ours == theirs.model_copy(update={"routing": ours.routing, "workload": workload})
    assert ours.routing.model_copy(update={"resolvers": theirs.routing.resolvers}) == theirs.routing


def test_the_line_to_export_is_for_any_shell(sandbox: Sandbox) -> None:
    """It sets exactly the environment that a command needs."""
    command, *assignments = shlex.split(sandbox.export_line())
    assert command == "export"
    assert dict(assignment.split("=", 1) for assignment in assignments) == sandbox.environment()


def test_a_proxy_stays_out_of_it(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names a proxy, calls to the sandbox go past it, and past what went past it before."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "intranet.example")
    assert sandbox.environment()["no_proxy"] == "intranet.example,127.0.0.1"


def test_its_place_can_be_entered_by_postgresql() -> None:
    """Where PostgreSQL must drop root, every directory above the sandbox lets any user pass."""
    root = default_root("sandbox")
    if os.geteuid() == 0:
        assert all(place.stat().st_mode & stat.S_IXOTH for place in root.parents if place.exists())
    else:
        assert root == HERE / "build" / "sandbox"
