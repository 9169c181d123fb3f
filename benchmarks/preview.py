"""What `invoke preview` costs: the whole command, against importing what it imports and nothing more.

The plain import is the least that a preview could take while the program stays as it is: the stacks with Pulumi's AWS package, loaded as
Python loads it. Loading that class by class is what the preview does instead. Run it with

    .venv/bin/python -m benchmarks.preview
"""

import os
import statistics
import sys
from functools import partial

from benchmarks.rounds import interleaved, machine, print_table, print_verdict, ratios, to_its_end
from settings import HERE

ROUNDS = 9
SECONDS = 5
AT_MOST = 1.5

STACKS = (
    "from importlib import import_module; from pathlib import Path;"
    "[import_module(f'stacks.{file.stem}') for file in sorted(Path('stacks').glob('*.py'))]"
)
CASES = {
    "import the stacks, as Python does": [sys.executable, "-c", STACKS],
    "import the stacks, class by class": [sys.executable, "-c", f"from sandbox.deploy.services import by_class; by_class(); {STACKS}"],
    "invoke preview": [sys.executable, "-m", "invoke", "preview"],
    "invoke preview --json": [sys.executable, "-m", "invoke", "preview", "--json"],
}


def main() -> None:
    print(f"Importing the stacks and previewing prod, {ROUNDS} rounds. {machine()}\n", flush=True)
    environ = dict(os.environ)
    spent = interleaved({name: partial(to_its_end, argv, HERE, environ) for name, argv in CASES.items()}, ROUNDS)
    plain, _, ours, _ = CASES
    print_table(spent, plain)
    print_verdict("invoke preview, against a plain import", statistics.median(ratios(spent[ours], spent[plain], "wall")), AT_MOST)
    print_verdict("invoke preview, seconds", statistics.median(one.wall for one in spent[ours]), SECONDS)


if __name__ == "__main__":
    main()
