"""A list that is shown while it is still being read: lines of one width on a terminal, or the same records as JSON."""

import sys
from collections.abc import Iterator

import orjson
from rich.console import Console

from runbooks.aws.recovery_points import Point
from runbooks.backups import Backups

AT_A_TIME = 1000
"""Backups to a write."""

HEADINGS = (
    f"{'created':20} {'target':11} {'kind':10} {'state':9} {'size':>9}  {'tier':4} {'expires':10} {'region':9} {'vault':24} "
    "resource and ARN"
)


def show(out: Console, found: Backups) -> None:
    """Print the backups as they come, under one heading: a table that fits its columns would have to wait for its last row."""
    batches = found.batches()
    shown = False
    for batch in batches:
        if not shown:
            out.print(HEADINGS, style="bold")
            shown = True
        out.out("\n".join(map(line, batch)), highlight=False)
    out.print(f"{found.count:,} backups." if found.count else "No backups.")


def line(point: Point) -> str:
    expires = f"{point.expires:%Y-%m-%d}" if point.expires else "never"
    return (
        f"{point.created:%Y-%m-%d %H:%M:%SZ} {point.target:11} {point.kind:10} {point.state:9} {size(point.size):>9}  {point.tier:4} "
        f"{expires:10} {point.region:9} {point.vault:24} {point.resource.rpartition(':')[2]} {point.arn}"
        f"{f'  {point.trouble}' if point.trouble else ''}"
    )


def size(count: int) -> str:
    """Return so many bytes as people say them."""
    amount, units = float(count), iter(("B", "KiB", "MiB", "GiB", "TiB"))
    unit = next(units)
    while amount >= 1024 and unit != "TiB":
        amount, unit = amount / 1024, next(units)
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def print_json(found: Backups) -> None:
    """Write one JSON document, a backup a line: ``backups``, and at the end ``complete``, ``count`` and ``troubles``."""
    sys.stdout.write('{"backups": [')
    for text in _lines(found):
        sys.stdout.write(text)
        sys.stdout.flush()
    end = {"complete": not found.troubles, "count": found.count, "troubles": found.troubles}
    sys.stdout.write(f"],\n{orjson.dumps(end).decode()[1:]}\n")


def _lines(found: Backups) -> Iterator[str]:
    comma = "\n"
    for batch in found.batches():
        for begin in range(0, len(batch), AT_A_TIME):
            yield comma + b",\n".join(map(orjson.dumps, batch[begin : begin + AT_A_TIME])).decode()
            comma = ",\n"
