"""Verifying files: `invoke verify --target files` over lists of a million objects in two regions, against reading the same files once.

The floor unpacks the same gzipped CSV files and takes every row apart with the csv module, in one pass and one process, and compares
nothing. Both run in every round, each a process from its start to its end. Run it with

    .venv/bin/python -m benchmarks.verify
"""

import csv
import gzip
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import ProxyHandler, build_opener

from benchmarks import lists
from benchmarks.backups import Listed, listed
from benchmarks.rounds import interleaved, machine, print_table, print_verdict, ratios
from names import Names
from settings import HERE, load, stack_file

ROUNDS = 3
MANY, FEWER = 1_000_000, 100_000
FLAT, CALLS = 1.25, MANY / 1000

OURS = [sys.executable, "-m", "invoke", "verify", "--target", "files", "--kind", "media", "--json"]


def floor(folder: Path) -> None:
    for file in sorted(folder.rglob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
            for _ in csv.reader(lines):
                pass


@contextmanager
def stub(folder: str) -> Iterator[dict[str, str]]:
    argv = [sys.executable, "-m", "benchmarks.lists", folder]
    with subprocess.Popen(argv, cwd=HERE, stdout=subprocess.PIPE, text=True) as process:
        port = process.stdout.readline().strip() if process.stdout else ""
        nobody = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_EC2_METADATA_DISABLED": "true"}
        try:
            yield {**os.environ, **nobody, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
        finally:
            process.terminate()


def counted(environ: dict[str, str]) -> dict[str, int]:
    opener = build_opener(ProxyHandler({}))
    with opener.open(f"{environ['AWS_ENDPOINT_URL']}/counted", timeout=10) as answer:
        found: dict[str, int] = json.load(answer)
    return found


def measured(count: int) -> tuple[list[Listed], list[Listed], float, int]:
    """Return what verifying and the floor took in each round, and the calls and object reads of one verification."""
    names = Names(load(stack_file("prod")))
    prefixes = [f"{names.file_bucket('media', region)}/{names.inventory}/" for region in lists.REGIONS]
    with TemporaryDirectory(prefix="solemate-benchmark-") as root:
        # In a process of its own: whoever is started by a large process counts that one's memory as its own peak.
        subprocess.run([sys.executable, "-m", "benchmarks.lists", root, str(count), *prefixes], cwd=HERE, check=True)
        reading = [sys.executable, "-m", "benchmarks.verify", root]
        with stub(root) as environ:
            print(f"\n{count:,} objects in each of two regions, {ROUNDS} rounds. {machine()}\n", flush=True)
            cases = {
                "invoke verify --target files": partial(listed, [OURS], environ),
                "unpack and parse": partial(listed, [reading], environ),
            }
            spent = interleaved(cases, ROUNDS)
            asked = counted(environ)
    print_table(spent, "unpack and parse")
    ours, least = ([one for one in each if isinstance(one, Listed)] for each in spent.values())
    print(f"peak {statistics.median(one.peak for one in ours):.0f} MB, the floor's {statistics.median(one.peak for one in least):.0f} MB")
    return ours, least, asked["calls"] / (ROUNDS + 1), asked["objects"]


def main() -> None:
    began = time.monotonic()
    fewer, _, _, _ = measured(FEWER)
    many, least, calls, objects = measured(MANY)
    print(f"\n{statistics.median(ratios(many, least, 'wall')):.2f} times the floor")
    print_verdict("objects read", objects, 0)
    print_verdict("calls", calls, CALLS)
    memory = statistics.median(one.peak for one in many) / statistics.median(one.peak for one in fewer)
    print_verdict(f"peak memory, {MANY:,} against {FEWER:,}", memory, FLAT)
    print(f"measured in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    if sys.argv[1:]:
        floor(Path(sys.argv[1]))
    else:
        main()
