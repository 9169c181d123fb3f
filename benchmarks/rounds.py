"""Things run side by side: one of each in every round, so that a busy minute meets them all, and compared round by round."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run took, in seconds: on the wall's clock, and of processors (of which a busy neighbour takes less away)."""

    wall: float
    processor: float


Case = Callable[[], Spent]
Series = Mapping[str, Sequence[Spent]]


def interleaved(cases: Mapping[str, Case], rounds: int) -> dict[str, list[Spent]]:
    """Return what each case took in each round, after one that is not counted; who begins changes from round to round."""
    names = list(cases)
    for name in names:
        cases[name]()
    spent: dict[str, list[Spent]] = {name: [] for name in names}
    for number in range(rounds):
        for name in (*names[number % len(names) :], *names[: number % len(names)]):
            spent[name].append(cases[name]())
    return spent


def to_its_end(argv: Sequence[str], directory: Path, environ: Mapping[str, str]) -> Spent:
    """Run a command in silence and return what it took; raise when it fails."""
    began = time.monotonic()
    process = subprocess.Popen(argv, cwd=directory, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, argv)
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def spread(values: Sequence[float], digits: int) -> str:
    """Return the least, the middle and the greatest of *values*, the middle one first."""
    return f"{statistics.median(values):.{digits}f}  ({min(values):.{digits}f} to {max(values):.{digits}f})"


def ratios(of: Sequence[Spent], to: Sequence[Spent], field: str) -> list[float]:
    """Return, round by round, how many times *to*'s seconds *of* took."""
    return [getattr(left, field) / getattr(right, field) for left, right in zip(of, to, strict=True)]


def print_table(spent: Series, baseline: str) -> None:
    """Print every case's milliseconds and its ratios to *baseline*: the median, and in brackets the least and the greatest."""
    print(f"{'':44}{'milliseconds':24}{'ratio':24}{'ratio of processor time':24}")
    for name, series in spent.items():
        milliseconds = [one.wall * 1000 for one in series]
        columns = (
            spread(milliseconds, 0),
            *(spread(ratios(series, spent[baseline], field), 2) for field in ("wall", "processor")),
        )
        print(f"{name:44}" + "".join(f"{column:24}" for column in columns))


def print_verdict(what: str, measured: float, at_most: float) -> None:
    print(f"{'met   ' if measured <= at_most else 'MISSED'}  {what}: {measured:.4g}, at most {at_most:g}")


def machine() -> str:
    """Return what the numbers were measured on, and how busy it was."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ""
    )
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
