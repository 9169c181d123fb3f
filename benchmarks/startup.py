"""What a listing and a help page cost: `invoke --list` and `invoke --help failover` against a bare `invoke --list`.

The bare ones run in directories of their own, with one task and with as many as ours. Run it with

    .venv/bin/python -m benchmarks.startup
"""

import os
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.rounds import interleaved, machine, print_table, print_verdict, ratios, to_its_end
from settings import HERE

ROUNDS = 15
AT_MOST = 1.2
HEAVY = ("boto3", "botocore", "pulumi", "pulumi_aws", "pydantic", "rich", "psycopg", "httpx", "jinja2", "dns", "settings")
TASK = '''

@task
def task_{number}(_):
    """Stand for a command."""
'''


def invoke(*words: str) -> list[str]:
    return [sys.executable, "-m", "invoke", *words]


def bare_tasks(directory: Path, count: int) -> Path:
    """Write a tasks.py of *count* tasks that do nothing into a new directory under *directory*, and return that."""
    place = directory / f"bare-{count}"
    place.mkdir()
    (place / "tasks.py").write_text("from invoke import task\n" + "".join(TASK.format(number=number) for number in range(count)))
    return place


def imported(directory: Path, *words: str) -> set[str]:
    """Return the top-level modules that ``invoke`` with *words* imports in *directory*."""
    argv = [sys.executable, "-X", "importtime", "-m", "invoke", *words]
    said = subprocess.run(argv, cwd=directory, capture_output=True, text=True, check=True).stderr
    return {line.rpartition("|")[2].strip().split(".")[0] for line in said.splitlines() if line.startswith("import time:")}


def our_commands() -> int:
    listed = subprocess.run(invoke("--list", "--list-format=json"), cwd=HERE, capture_output=True, text=True, check=True).stdout
    return listed.count('"name"') - 1  # the collection itself has a name too


def main() -> None:
    count = our_commands()
    with tempfile.TemporaryDirectory() as name:
        bare = bare_tasks(Path(name), 1)
        cases = {
            "bare invoke --list, 1 task": (invoke("--list"), bare),
            f"bare invoke --list, {count} tasks": (invoke("--list"), bare_tasks(Path(name), count)),
            "bare invoke --help task-0": (invoke("--help", "task-0"), bare),
            "invoke --list": (invoke("--list"), HERE),
            "invoke --help failover": (invoke("--help", "failover"), HERE),
        }
        print(f"Starting {len(cases)} listings and help pages, {ROUNDS} rounds. {machine()}\n", flush=True)
        environ = dict(os.environ)
        spent = interleaved({name: partial(to_its_end, argv, where, environ) for name, (argv, where) in cases.items()}, ROUNDS)
        first = next(iter(cases))
        print_table(spent, first)
        print()
        _print_imports(bare)
    for case in ("invoke --list", "invoke --help failover"):
        print_verdict(f"{case}, against a bare invoke --list", statistics.median(ratios(spent[case], spent[first], "wall")), AT_MOST)


def _print_imports(bare: Path) -> None:
    """Print what our listing and help import beyond what invoke itself does, and what of that is heavy."""
    for words in (("--list",), ("--help", "failover")):
        beyond = imported(HERE, *words) - imported(bare, "--list")
        print(f"invoke {' '.join(words)} imports beyond a bare one: {', '.join(sorted(beyond))}")
        print(f"  of {', '.join(HEAVY)}: {', '.join(sorted(beyond & set(HEAVY))) or 'none'}")


if __name__ == "__main__":
    main()
