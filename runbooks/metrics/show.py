"""Metrics for people: what succeeded, how long it took, what is stored and what it cost, and what recoveries measured."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from runbooks.clock import spoken
from runbooks.metrics.reckon import OBJECTIVE, Metrics, Rate, Recovery, Spread

NOT_MEASURED = "[dim]not measured[/]"


def screen(found: Metrics) -> Group:
    parts: list[RenderableType] = [
        f"[bold]Jobs since {found.jobs_since:%Y-%m-%d %H:%M} UTC[/] [dim]({found.counted})[/]",
        *(_rate(each.kind, each) for each in found.rates),
        *(f"  [dim]{_rate(name, each)}[/]" for name, each in found.rates_by_target.items()),
        _spreads("took", found.durations),
        _spreads("copied after its backup's end", found.copy_delays),
        _storage(found),
        *_costs(found),
        _recoveries(found),
        *(f"[red]not seen[/] {escape(what)}: {escape(why)}" for what, why in found.unseen.items()),
    ]
    return Group(*parts)


def _rate(name: str, each: Rate) -> str:
    running = f", {each.running} still run" if each.running else ""
    if each.ratio is None:
        return f"{name}: no jobs{running}"
    verdict = "" if each.kind == "restore" else "[green]met[/]" if each.met else "[red]missed[/]"
    objective = f"; the objective is {OBJECTIVE:.1%}: {verdict}" if each.kind != "restore" else ""
    return f"{name}: {each.good} of {each.ended} succeeded, {each.ratio:.2%}{objective}{running}"


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _spreads(what: str, found: Mapping[str, Spread]) -> Table | str:
    if not found:
        return f"{what}: {NOT_MEASURED}"
    table = _table(what, "count", "median", "95 %", "longest")
    for name, each in found.items():
        table.add_row(name, str(each.count), *(_seconds(value) for value in (each.median, each.percentile_95, each.longest)))
    return table


def _storage(found: Metrics) -> Table:
    table = _table("vault", "target", "tier", "points", "bytes")
    for each in found.storage:
        table.add_row(each.vault, each.target, each.tier, f"{each.points:,}", f"{each.size:,}")
    return table


def _costs(found: Metrics) -> Iterator[str]:
    if found.costs_unmeasured:
        yield f"cost by month: {NOT_MEASURED}: {escape(found.costs_unmeasured)}"
        return
    said = ", ".join(f"{each.begins:%Y-%m} {each.dollars:,.2f}{' so far' if each.estimated else ''}" for each in found.months)
    yield f"cost by month in US dollars: {said}"
    change = "not measured (it takes two whole months)" if found.trend is None else f"{found.trend:+.1%} from the month before"
    yield f"trend of the last whole month: {change}"


def _recoveries(found: Metrics) -> Table | str:
    if not found.recoveries:
        return f"no run was recorded since {found.since:%Y-%m-%d}"
    table = _table("run", "result", "recovered in", "lost", "")
    for each in found.recoveries:
        table.add_row(each.run, each.result, _seconds(each.recovery), _seconds(each.loss), _met(each))
    return table


def _met(each: Recovery) -> str:
    if each.recovery_met is None:
        return ""
    return "[green]met[/]" if each.recovery_met and each.loss_met is not False else "[red]missed[/]"


def _seconds(value: float | None) -> str:
    return NOT_MEASURED if value is None else spoken(timedelta(seconds=value))
