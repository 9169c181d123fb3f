"""Listing backups: `invoke backups --json` against other ways to list the same vaults, each a process from its start to its end.

Twenty vaults in two regions, one of which holds half; pages of 1,000 entries of 1.3 kB in no order, 50 to 100 ms each, from a stub on this
machine. Run it with

    .venv/bin/python -m benchmarks.backups
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from benchmarks.rounds import Spent, interleaved, machine, print_table, print_verdict, ratios
from benchmarks.vaults import REGIONS, VAULTS
from settings import HERE

ROUNDS = 3
MANY, FEWER = 100_000, 10_000
OVER_RAW, OVER_SEQUENTIAL, OVER_LOOP, OF_MEMORY = 2.0, 0.15, 0.1, 0.5

RIVALS = [sys.executable, "-m", "benchmarks.backups_rivals"]
OURS = [sys.executable, "-m", "invoke", "backups", "--json", *(word for vault in VAULTS for word in ("--vault", vault))]
AWS = shutil.which("aws")


@dataclass(frozen=True, slots=True)
class Listed(Spent):
    """What a listing took; ``peak`` in MB of its largest process."""

    peak: float


@contextmanager
def stub(count: int) -> Iterator[dict[str, str]]:
    """Serve *count* recovery points and yield the environment that leads there."""
    argv = [sys.executable, "-m", "benchmarks.vaults", str(count)]
    with subprocess.Popen(argv, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_EC2_METADATA_DISABLED": "true"}
        try:
            yield {**os.environ, **nobody, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_PAGER": ""}
        finally:
            process.terminate()


def listed(commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> Listed:
    """Run *commands* one after the other in silence and return what they took together."""
    began, processor, peak = time.monotonic(), 0.0, 0
    for argv in commands:
        process = subprocess.Popen(argv, cwd=HERE, env=environ, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, argv)
        processor += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
    return Listed(time.monotonic() - began, processor, peak / 1024)


def loop() -> tuple[str, list[list[str]]]:
    """Return a process for each vault: AWS's command line where it is installed, else boto3's paginator."""
    places = [(region, vault) for region in REGIONS for vault in VAULTS]
    if AWS:
        listing = [AWS, "backup", "list-recovery-points-by-backup-vault", "--output", "json"]
        return "loop over `aws`", [[*listing, "--region", region, "--backup-vault-name", vault] for region, vault in places]
    return "loop over processes with boto3 (no `aws` here)", [[*RIVALS, "one", region, vault] for region, vault in places]


def measured(count: int, cases: Mapping[str, Sequence[Sequence[str]]]) -> list[list[Listed]]:
    """Run *cases* in turn, print them against the second, and return what each took in each round."""
    with stub(count) as environ:
        print(f"\n{count:,} recovery points, {ROUNDS} rounds. {machine()}\n", flush=True)
        spent = interleaved({name: partial(listed, commands, environ) for name, commands in cases.items()}, ROUNDS)
    print_table(spent, list(cases)[1])
    series = [[one for one in each if isinstance(one, Listed)] for each in spent.values()]
    for name, each in zip(spent, series, strict=True):
        print(f"{name:44}peak {statistics.median(one.peak for one in each):.0f} MB")
    return series


def main() -> None:
    name, processes = loop()
    ours, looped = measured(FEWER, {"invoke backups": [OURS], name: processes})
    fewer = statistics.median(ratios(ours, looped, "wall"))
    rivals = {"raw threads and orjson": "raw", "boto3, sequential": "sequential", "boto3, one list of all": "building"}
    ours, raw, sequential, building = measured(MANY, {"invoke backups": [OURS], **{each: [[*RIVALS, way]] for each, way in rivals.items()}})
    memory = statistics.median(left.peak / right.peak for left, right in zip(ours, building, strict=True))
    print()
    print_verdict(f"{FEWER:,} against a {name}", fewer, OVER_LOOP)
    print_verdict(f"{MANY:,} against raw threads and orjson", statistics.median(ratios(ours, raw, "wall")), OVER_RAW)
    print_verdict(f"{MANY:,} against boto3, sequential", statistics.median(ratios(ours, sequential, "wall")), OVER_SEQUENTIAL)
    print_verdict(f"{MANY:,}, peak memory against boto3, one list of all", memory, OF_MEMORY)


if __name__ == "__main__":
    main()
