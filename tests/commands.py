"""The commands as an operator runs them, each a process of its own; forked from one that has read the program already, as reading it takes
longer than most of them work. How long a command takes to start is for test_startup, which starts Python anew.
"""

import multiprocessing
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from pkgutil import walk_packages
from threading import Lock, Thread

from settings import HERE

OWN = [found.name for package in ("runbooks", "operations") for found in walk_packages([str(HERE / package)], f"{package}.")]
"""What a command may import in the midst of its work."""

_from_one = multiprocessing.get_context("forkserver")
_from_one.set_forkserver_preload(["invoke.main", "tasks", "psycopg", "httpx", "dns.resolver", "rich.live", *OWN, __name__])
_one_at_a_time = Lock()  # of two that look at once whether a process has ended, one would be told nonsense


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: its exit code, or the signal that killed it as a negative number; what it said, and the seconds it took."""

    code: int
    out: str
    err: str
    seconds: float

    def refusal(self) -> tuple[str, str]:
        """Return what a refusal says and what it says to try; fail unless it is exactly one of each."""
        found = re.fullmatch(r"Error: (.+)\nTry: (.+)\n", self.err)
        assert self.code == 1, self
        assert found, self
        return found[1], found[2]

    def __str__(self) -> str:
        return f"exit {self.code} after {self.seconds:.1f} s\n--- out\n{self.out}\n--- err\n{self.err}"


class Command:
    """``invoke`` with *words*, at work from the moment that this is made, in a session of its own.

    It knows only *environ*, and reads from the file *stdin*, or nothing. ``first`` is done in its process before anything else.
    """

    def __init__(
        self,
        words: tuple[str, ...],
        environ: Mapping[str, str],
        cwd: Path = HERE,
        stdin: int | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        self._began, self._said = time.monotonic(), ([b""], [b""])
        reads = Connection(os.open(os.devnull, os.O_RDONLY) if stdin is None else os.dup(stdin), writable=False)
        ends = [_from_one.Pipe(duplex=False) for _ in self._said]
        inner = (reads, *(inside for _, inside in ends))
        self._process = _from_one.Process(target=_run, args=(words, dict(environ), str(cwd), inner, first), daemon=True)
        with _one_at_a_time:
            self._process.start()
        for inside in inner:
            inside.close()
        self._readers = [Thread(target=_read, args=(outside, said)) for (outside, _), said in zip(ends, self._said, strict=True)]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return int(self._process.pid or 0)

    def poll(self) -> int | None:
        """Return the exit code, or None while it is at work."""
        with _one_at_a_time:
            return self._process.exitcode

    def ends(self, within: float = 120.0) -> Ended:
        """Wait until it ends by itself; kill it and raise :class:`TimeoutError` when it does not."""
        if not wait([self._process.sentinel], within):
            self.kill()
            raise TimeoutError(f"no end after {within:.0f} s: {self._result()}")
        return self._result()

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a crash does."""
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        wait([self._process.sentinel], 10)

    def _result(self) -> Ended:
        for reader in self._readers:
            reader.join()
        code = self.poll()
        assert code is not None
        out, err = (said[0].decode() for said in self._said)
        return Ended(code, out, err, time.monotonic() - self._began)


def operator(endpoint: str, config: Path, **more: str) -> dict[str, str]:
    """Return all that an operator's shell says: where AWS is, who asks, and which settings hold."""
    told = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    return told | {"PULUMI_CONFIG_FILE": str(config), "PATH": os.environ["PATH"]} | more


def invoke(*words: str, environ: Mapping[str, str], cwd: Path = HERE, within: float = 120.0) -> Ended:
    """Run one command to its end."""
    return Command(words, environ, cwd).ends(within)


def _read(outside: Connection, said: list[bytes]) -> None:
    with open(outside.fileno(), "rb", closefd=False) as end, outside:
        said[0] = end.read()


def _run(
    words: tuple[str, ...], environ: Mapping[str, str], cwd: str, ends: tuple[Connection, ...], first: Callable[[], None] | None
) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    for number, end in enumerate(ends):
        os.dup2(end.fileno(), number)
        end.close()
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8")
    if first:
        first()
    from invoke.main import program

    sys.argv = ["invoke", "--search-root", str(HERE), *words]
    program.run()
