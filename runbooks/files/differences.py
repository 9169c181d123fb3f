"""The manifest of differences: one line each, on disk as they are found, and how many of which kind."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from runbooks.files.pairs import Tally

COLUMNS = ("key", "version", "what differs")


class Differences:
    """Collects what differs between the regions' files of one bucket."""

    def __init__(self, tally: Tally, write: Callable[[tuple[str, str, str]], object]) -> None:
        self.tally, self._write = tally, write

    def add(self, key: str, version: str, what: str) -> None:
        self.tally.add(what, key)
        self._write((key, version, what))


@contextmanager
def written(to: Path) -> Iterator[Differences]:
    """Yield what writes a CSV file at *to*."""
    with to.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        yield Differences(Tally(), lines.writerow)
