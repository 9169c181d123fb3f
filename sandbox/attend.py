"""``invoke sandbox``, ``break`` and ``heal``: a sandbox to play in, from several terminals."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from runbooks.errors import Refused
from sandbox import client
from sandbox.launch import Sandbox, default_root
from sandbox.play import bring_up
from sandbox.progress import Progress
from settings import HERE, load, stack_file


def until_interrupted(out: Console, *, scale: float, port: int, orders_a_second: float) -> None:
    """Run a sandbox, with shoppers in it, until Ctrl-C; show how to reach it."""
    with bring_up(default_root("sandbox"), lambda progress: show(out, progress), scale=scale, port=port) as sandbox:
        ledger = sandbox.root / "ledger.jsonl"
        with shopping(sandbox, ledger, orders_a_second):
            out.print(_welcome(sandbox, ledger), soft_wrap=True)  # a line to paste must stay one line
            with suppress(KeyboardInterrupt):
                while sandbox.alive:
                    time.sleep(0.5)


def _welcome(sandbox: Sandbox, ledger: Path) -> str:
    first, second = load(sandbox.config).regions
    return "\n".join(
        (
            f"\nThe shop is open in {first}. In another terminal, in this directory, paste this line:\n",
            sandbox.export_line(),
            "\nThen, one after the other:\n",
            "  invoke status",
            f"  invoke break {first}",
            f"  invoke failover --region {second}",
            f"  invoke heal {first}",
            f"  invoke failback --region {first}",
            f"\nThe shoppers' ledger is {ledger}. Ctrl-C ends the sandbox.",
        )
    )


@contextmanager
def shopping(sandbox: Sandbox, ledger: Path, orders_a_second: float) -> Iterator[None]:
    """Let shoppers place orders meanwhile, in a process of their own."""
    argv = [
        sys.executable,
        "-m",
        "sandbox.traffic",
        "--config",
        str(sandbox.config),
        "--ledger",
        str(ledger),
        "--rate",
        str(orders_a_second),
    ]
    shoppers = subprocess.Popen(argv, cwd=HERE, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        shoppers.terminate()
        shoppers.wait(timeout=15)


def show(out: Console, progress: Progress) -> None:
    """Print one line of what is being made."""
    took = "recorded" if progress.outcome == "recorded" else f"{progress.seconds:6.2f} s"
    line = f"  {took}  {progress.region:10} {_short(progress.type):34} {progress.name}"
    out.print(line, style="red" if progress.outcome == "failed" else "dim", no_wrap=True, overflow="ellipsis")


def _short(kind: str) -> str:
    """Return Pulumi's ``aws:s3/bucketVersioning:BucketVersioning`` as ``s3 BucketVersioning``; other words as they are."""
    package, _, name = kind.removeprefix("aws:").partition("/")
    return f"{package} {name.partition(':')[2]}" if name else kind


def break_region(region: str, mode: str) -> str:
    """Make *region* dark and return what to say about it."""
    _known(region)
    match mode:
        case "hang" | "refuse":
            client.from_environment().break_region(region, mode)
        case _:
            raise Refused(f"--mode {mode} is unknown", "choose hang or refuse")
    return f"{region} is dark: processes killed, links cut, its API {'hangs' if mode == 'hang' else 'refuses'}."


def heal_region(region: str) -> str:
    """Bring *region* back and return what to say about it."""
    _known(region)
    client.from_environment().heal_region(region)
    return f"{region} is back, as it was when it went dark: its database still takes writes until it is fenced."


def _known(region: str) -> None:
    sandbox = client.from_environment()
    regions = load(stack_file("sandbox")).regions
    if region not in regions:
        raise Refused(f"{region} is not a region of the sandbox at {sandbox.endpoint}", f"choose {' or '.join(regions)}")
