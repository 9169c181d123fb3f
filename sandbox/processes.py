"""Child processes that never outlive their sandbox: each is recorded in ``<root>/pids`` and ended by its pid, never by a name.

A guard process (``python -m sandbox.processes ROOT``) reads a pipe that only the server holds; when the server ends in
whatever way, the pipe closes and the guard sweeps. What both leave behind, if both are killed, the next start sweeps.
A server killed in the instant between starting a child and recording it leaves that child unknown.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

_records: dict[int, Path] = {}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A process as it was when it started; ``create_time`` in seconds since 1970, ``argv0`` the program it ran."""

    pid: int
    name: str
    create_time: float
    argv0: str

    @classmethod
    def of(cls, pid: int, name: str) -> Self:
        """Return what *pid* is now; raise psutil.NoSuchProcess when it is gone."""
        process = psutil.Process(pid)
        while not (argv0 := _argv0(process)) and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.001)  # Linux lets a parent go on from exec an instant before the new command line can be read
        return cls(pid, name, process.create_time(), argv0)

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """Return the record in *file*, or None when it is missing or no record."""
        try:
            return cls(**json.loads(file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        draft = file.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)

    @property
    def is_alive(self) -> bool:
        """Judge by program, and by start time to 2 s, because the kernel's idea of boot time moves with the clock."""
        try:
            process = psutil.Process(self.pid)
            same_start = abs(process.create_time() - self.create_time) < 2
            return same_start and process.status() != psutil.STATUS_ZOMBIE and _argv0(process) == self.argv0
        except psutil.NoSuchProcess:
            return False


def spawn(
    root: Path,
    argv: list[str],
    *,
    name: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    uid: int | None = None,
    gid: int | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start *argv* in its own session, with both outputs appended to *log*, and record it under *root*.

    *uid* and *gid* drop privileges (PostgreSQL refuses root); the log is opened before, so its place need not be theirs.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=env,
            cwd=cwd or "/",
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            start_new_session=True,
        )
    record(root, child.pid, name)
    return child


def record(root: Path, pid: int, name: str) -> None:
    """Note that *pid* belongs to *root*, so that a sweep ends it; a process that is already gone is not noted."""
    with contextlib.suppress(psutil.NoSuchProcess):
        entry = Recorded.of(pid, name)
        file = root / "pids" / f"{pid}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        entry.write(file)
        _records[pid] = file


def end(pid: int, *, first: signal.Signals = signal.SIGTERM, patience: float = 5.0) -> None:
    """Ask *pid* to end with the signal *first*; kill it and its children when it has not within *patience* seconds."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(first)
        with contextlib.suppress(psutil.TimeoutExpired):
            process.wait(patience)
            _forget(pid)
            return
    kill_tree(pid)


def kill_tree(pid: int) -> None:
    """Kill *pid* and all its descendants at once, as a lost machine does, and wait until they are gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _wait_for_death(family, time.monotonic() + 5.0)
    _forget(pid)


def _wait_for_death(family: list[psutil.Process], deadline: float) -> None:
    """Wait until nothing of *family* runs; an orphan stays a zombie for as long as process 1 takes to reap it, which is not our wait."""
    while any(map(_runs, family)) and time.monotonic() < deadline:
        time.sleep(0.005)


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def living(root: Path) -> dict[int, str]:
    """Return the recorded processes of *root* that are alive: pid to name."""
    return {entry.pid: entry.name for _, entry in _recorded(root) if entry.is_alive}


def sweep(root: Path) -> list[str]:
    """Kill whatever is still recorded under *root* and return the names of those that were alive.

    A pid that now belongs to another program is left alone: its start time and its program must be the recorded ones.
    """
    ended = []
    for file, entry in list(_recorded(root)):
        if entry.pid != os.getpid() and entry.is_alive:
            kill_tree(entry.pid)
            ended.append(entry.name)
        file.unlink(missing_ok=True)
    return ended


def guard(root: Path) -> int:
    """Start the guard of *root*; return the file descriptor that keeps it quiet for as long as this process holds it."""
    reading, writing = os.pipe()
    try:
        here = Path(__file__).resolve().parent.parent
        argv = [sys.executable, "-m", "sandbox.processes", str(root)]
        guarding = subprocess.Popen(
            argv, stdin=reading, cwd=here, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        record(root, guarding.pid, "guard")
    finally:
        os.close(reading)
    return writing


def _recorded(root: Path) -> Iterator[tuple[Path, Recorded]]:
    for file in sorted((root / "pids").glob("*.json")):
        entry = Recorded.read(file)
        if entry is not None:
            yield file, entry


def _argv0(process: psutil.Process) -> str:
    return next(iter(process.cmdline()), "")


def _forget(pid: int) -> None:
    file = _records.pop(pid, None)
    if file is not None:
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    sweep(Path(sys.argv[1]))
