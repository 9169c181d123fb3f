"""One page about one or more runs, for whoever must believe it later: self-contained, printable, made from the journal alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from runbooks.journal import Fact, Facts
from runbooks.story import Story, story
from runbooks.timeline import MINUS, exact, timeline

__all__ = ["Observed", "Story", "render", "rows", "story"]

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
NOT_MEASURED = "not measured"
_TOLD_ELSEWHERE = ("attempts", "checks", "error", "hint", "reason")


@dataclass(frozen=True, slots=True)
class Observed:
    """What somebody counted on the shoppers' side of a run. None is "not measured".

    ``client_downtime_seconds`` is the longest that any one shopper went without an acknowledged order, from ``failed_at`` on.
    """

    failed_at: datetime | None = None
    orders_acknowledged: int | None = None
    orders_lost: int | None = None
    client_downtime_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of objectives. ``met`` None: there is nothing to judge, or nothing was measured."""

    name: str
    means: str
    objective: str
    measured: str
    met: bool | None

    @property
    def verdict(self) -> Literal["good", "bad", "unknown", ""]:
        if self.measured == NOT_MEASURED:
            return "unknown"
        return "" if self.met is None else "good" if self.met else "bad"


def render(stories: Sequence[Story], observed: Mapping[str, Observed] | None = None) -> str:
    """Return the page on *stories*; *observed* maps a run's name to what was counted on the shoppers' side."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only a report waits for it, not every command

    seen = observed or {}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"seconds": seconds, "moment": moment, "facts": facts, "plus": plus}
    page = environment.get_template("report.html.j2")
    return page.render(
        chapters=[{"story": one, "rows": rows(one, seen.get(one.run, Observed())), "timeline": timeline(one)} for one in stories]
    )


def rows(story: Story, observed: Observed) -> list[Row]:
    """Return objectives beside what was measured, both as text; a run that moves no shoppers has only its length."""
    whole = Row("Whole run", "from the declared start to the last record", "", seconds(story.measured.run), None)
    match story.command:
        case "fence":
            return [whole]
        case "drill":
            return [*_tried(story), whole]
        case _:
            return [*_service(story, observed), whole]


def _tried(story: Story) -> list[Row]:
    measured, how = story.measured, story.loss.how
    rto = _within(story.rto_objective), seconds(measured.rto), measured.rto_met
    rpo = _within(story.rpo_objective), seconds(measured.rpo), measured.rpo_met
    return [
        Row("Recovery time (RTO)", "from the declared start until what was restored was looked into", *rto),
        Row("Recovery point (RPO)", how, *rpo),
    ]


def _service(story: Story, observed: Observed) -> list[Row]:
    measured, began = story.measured, "writes were stopped" if story.mode == "planned" else "the failover was declared"
    since = f", from {observed.failed_at.astimezone(UTC):%H:%M:%S} UTC on" if observed.failed_at else ""
    waited = f"the longest that any one shopper went without an acknowledged order{since}"
    return [
        Row(
            "Recovery time (RTO)",
            f"from when {began} until an order was placed and read back",
            _within(story.rto_objective),
            seconds(measured.rto),
            measured.rto_met,
        ),
        Row(
            "Recovery point (RPO)",
            "writes lost: from the last that survived to the failure",
            _within(story.rpo_objective),
            seconds(measured.rpo),
            measured.rpo_met,
        ),
        Row("Orders lost", "acknowledged to a shopper, and not in the database that took over", "", _orders(observed), None),
        Row("Shoppers without service", waited, "", seconds(observed.client_downtime_seconds), None),
        Row("Longest chain of steps", "no run of these steps could have been shorter", "", seconds(measured.critical_path), None),
    ]


def _within(objective: float | None) -> str:
    return "" if objective is None else f"within {exact(objective)}"


def _orders(observed: Observed) -> str:
    if observed.orders_lost is None:
        return NOT_MEASURED
    return f"{observed.orders_lost:,}" + (
        "" if observed.orders_acknowledged is None else f" of {observed.orders_acknowledged:,} acknowledged"
    )


def seconds(value: float | None) -> str:
    """Return a duration as people say it."""
    return NOT_MEASURED if value is None else exact(value)


def plus(value: float) -> str:
    """Return a time after the declared start, to the tenth of a second, in columns that line up."""
    minutes, rest = divmod(round(abs(value), 1), 60)
    return f"{MINUS if value < 0 else ''}{int(minutes)}:{rest:04.1f}"


def moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def facts(found: Facts) -> list[tuple[str, str]]:
    """Return what a step learned as (name, text), without what the page says elsewhere."""
    return [
        (name.replace("_", " "), _said(value))
        for name, value in found.items()
        if name not in _TOLD_ELSEWHERE and value not in (None, "", [])
    ]


def _said(value: Fact) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_said, value))
        case dict():
            return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
        case _:
            return str(value)
