"""The report as one HTML page: self-contained, summary first, every control with its evidence, charts as inline SVG."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from runbooks.aws.recovery_points import Point
from runbooks.compliance import charts
from runbooks.compliance.evidence import newest_first
from runbooks.compliance.record import Report
from runbooks.compliance.words import day, moment, objective, size, value
from runbooks.report import TEMPLATES
from runbooks.timeline import exact

VERDICTS = {"pass": "good", "fail": "bad", "excepted": "warn", "no evidence": "unknown"}


def render(made: Report, points: Sequence[Point]) -> str:
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
    return environment.get_template("compliance.html.j2").render(
        report=made,
        by_framework=by_framework,
        heat=charts.heat(made),
        lag=charts.lag(made),
        recovery=charts.recovery(made),
        storage=charts.storage(made),
        points=Markup("").join(rows(points)),
    )


def rows(points: Sequence[Point]) -> Iterator[Markup]:
    """Yield a table row for each point, the newest first: of a hundred thousand, a template would take most of the time."""
    for point in newest_first(points):
        ends = f"{point.expires:%Y-%m-%d}" if point.expires else "never"
        yield Markup(  # noqa: S704 - every value that comes from elsewhere is escaped
            f"<tr><td>{point.created:%Y-%m-%d %H:%M}</td><td>{escape(point.target)}</td><td>{point.kind}</td><td>{escape(point.state)}</td>"
            f"<td>{point.region}</td><td>{escape(point.vault)}</td><td>{point.tier}</td><td class=number>{size(point.size)}</td>"
            f"<td>{ends}</td><td><code>{escape(point.arn)}</code></td></tr>\n"
        )
