"""Alerts for people: what nobody hears first, then every alarm, rule and subscription of both regions."""

from datetime import timedelta

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from names import Names
from runbooks.alerts.look import Seen, heard_by, wrong
from runbooks.alerts.trial import Outcome
from runbooks.clock import spoken

STATES = {"OK": "[green]OK[/]", "ALARM": "[red]ALARM[/]", "INSUFFICIENT_DATA": "[dim]no data[/]"}


def as_record(found: tuple[Seen, ...], names: Names) -> dict[str, object]:
    return {"regions": found, "wrong": [{"says": says, "do": do} for says, do in wrong(found, names)]}


def screen(found: tuple[Seen, ...], names: Names) -> Group:
    parts: list[RenderableType] = [f"[red]✗[/] {escape(says)}\n    [dim]{escape(do)}[/]" for says, do in wrong(found, names)]
    ours = f"{names.prefix}-"  # said once, over the table: every name begins with it
    for seen in found:
        table = _table(f"{ours}… in {seen.region}", "state", "reaches")
        for alarm in seen.alarms:
            table.add_row(alarm.name.removeprefix(ours), STATES.get(alarm.state, alarm.state), escape(heard_by(seen, alarm.actions, names)))
        for rule in seen.rules:
            name, state = f"{rule.name.removeprefix(ours)} (event rule)", "on" if rule.enabled else "off"
            table.add_row(name, state, escape(heard_by(seen, rule.targets, names)))
        parts += [table] if table.row_count else []
        parts += [_subscriber(seen, each.endpoint, each.protocol, confirmed=each.confirmed) for each in seen.subscriptions]
    return Group(*parts)


def _subscriber(seen: Seen, endpoint: str, protocol: str, *, confirmed: bool) -> str:
    return f"subscribed in {seen.region}: {escape(endpoint)} ({protocol}){'' if confirmed else ', [yellow]not confirmed[/]'}"


def outcomes(tried: tuple[Outcome, ...]) -> Table:
    table = _table("alarm", "region", "arrived", "stopped")
    for each in tried:
        arrived = "[red]no[/]" if each.seconds is None else f"[green]after {spoken(timedelta(seconds=each.seconds))}[/]"
        table.add_row(each.alarm, each.region, arrived, escape(each.stopped))
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
