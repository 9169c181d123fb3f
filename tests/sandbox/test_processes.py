"""Child processes: recorded, ended by pid, never left behind."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil

from sandbox import processes
from sandbox.processes import Recorded
from tests.sandbox.parts import until

FAMILY = (
    "import subprocess, sys; subprocess.Popen(['sleep', '300']); print('born', flush=True); sys.stdin.read(); import time; time.sleep(300)"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)"


def python(root: Path, program: str) -> subprocess.Popen[bytes]:
    """Start *program* and wait for its first line."""
    log = root / "child.log"
    child = processes.spawn(root, [sys.executable, "-c", program], name="child", log=log)
    until(lambda: log.read_text() != "")
    return child


def test_a_child_is_recorded_while_it_lives(tmp_path: Path) -> None:
    """What is spawned is known by pid and name until it is ended."""
    child = processes.spawn(tmp_path, ["sleep", "300"], name="postgres", log=tmp_path / "logs" / "postgres.log")
    assert processes.living(tmp_path) == {child.pid: "postgres"}
    processes.end(child.pid)
    assert processes.living(tmp_path) == {}
    assert list((tmp_path / "pids").iterdir()) == []


def test_no_child_is_recorded_too_early(tmp_path: Path) -> None:
    """Each is recognised later, also one that is recorded in the instant in which Linux shows no command line yet."""
    children = [processes.spawn(tmp_path, ["sleep", "300"], name="task", log=tmp_path / "log") for _ in range(100)]
    known = processes.living(tmp_path)
    processes.sweep(tmp_path)
    assert set(known) == {child.pid for child in children}
    assert all(child.wait(5) for child in children)


def test_killing_takes_the_descendants(tmp_path: Path) -> None:
    """A region that goes dark leaves no backend running behind its postmaster."""
    child = python(tmp_path, FAMILY)
    (grandchild,) = psutil.Process(child.pid).children()
    processes.kill_tree(child.pid)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE
    assert processes.living(tmp_path) == {}


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    """A process that ignores SIGTERM is gone when its patience is over."""
    child = python(tmp_path, DEAF)
    processes.end(child.pid, patience=0.2)
    assert child.wait(5) != 0


def test_a_sweep_ends_what_is_recorded_and_says_what(tmp_path: Path) -> None:
    """What a crashed predecessor recorded is ended, and named."""
    processes.spawn(tmp_path, ["sleep", "300"], name="storefront", log=tmp_path / "log")
    assert processes.sweep(tmp_path) == ["storefront"]
    assert processes.sweep(tmp_path) == []


def test_a_sweep_spares_a_stranger_that_got_the_pid(tmp_path: Path) -> None:
    """A pid that was given to another process since is left alone."""
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (tmp_path / "pids").mkdir()
        there = Recorded.of(stranger.pid, "postgres")
        replace(there, create_time=there.create_time - 60).write(tmp_path / "pids" / f"{stranger.pid}.json")
        assert processes.sweep(tmp_path) == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_guard_sweeps_when_the_server_is_gone(tmp_path: Path) -> None:
    """Children end when the pipe that only the server holds is closed, as it is by SIGKILL."""
    child = processes.spawn(tmp_path, ["sleep", "300"], name="postgres", log=tmp_path / "log")
    quiet = processes.guard(tmp_path)
    assert child.poll() is None
    os.close(quiet)
    until(lambda: child.poll() is not None)
