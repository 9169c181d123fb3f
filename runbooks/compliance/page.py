"""The report as one HTML page: self-contained, summary first, every control with its evidence, charts as inline SVG."""

import html
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import groupby

from runbooks.aws.recovery_points import Point
from runbooks.compliance import charts
from runbooks.compliance.record import Report
from runbooks.compliance.words import day, moment, objective, size, value
from runbooks.report import TEMPLATES
from runbooks.timeline import exact

VERDICTS = {"pass": "good", "fail": "bad", "excepted": "warn", "no evidence": "unknown"}


ROWS = "<!-- rows -->"


def render(made: Report, points: Iterable[Point]) -> bytes:
    """Return the page; *points* are the recovery points that the evidence holds."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "moment": moment,
        "day": day,
        "value": value,
        "objective": objective,
        "verdict": VERDICTS.__getitem__,
        "seconds": exact,
    }
    by_framework = {name: list(controls) for name, controls in groupby(made.controls, key=lambda each: each.framework)}
    frame = environment.get_template("compliance.html.j2").render(
        report=made,
        by_framework=by_framework,
        heat=charts.heat(made),
        lag=charts.lag(made),
        recovery=charts.recovery(made),
        storage=charts.storage(made),
    )
    head, _, tail = frame.partition(ROWS)
    page = BytesIO()  # its value is no copy: the rows are most of the page, and are not there twice
    page.write(head.encode())
    page.writelines(row.encode() for row in rows(points))
    page.write(tail.encode())
    return page.getvalue()


def rows(points: Iterable[Point]) -> Iterator[str]:
    """Yield a table row for each point: of a hundred thousand, a template would take most of the time.

    Every text that comes from elsewhere is escaped: what comes again and again once, a recovery point's own name each time.
    """
    known: dict[str, str] = {}
    for point in points:
        ends = str(point.expires)[:10] if point.expires else "never"
        place = f"{point.target}\0{point.kind}\0{point.state}\0{point.region}\0{point.vault}\0{point.tier}"
        if place not in known:
            known[place] = "</td><td>".join(map(html.escape, place.split("\0")))
        yield (
            f"<tr><td>{str(point.created)[:16]}</td><td>{known[place]}</td><td class=number>{size(point.size)}</td>"
            f"<td>{ends}</td><td><code>{html.escape(point.arn)}</code></td></tr>\n"
        )
