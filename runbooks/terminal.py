"""What the operator sees: a plan before it runs, a run while it runs, a result; the same records as ``--json``."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from names import Names
from runbooks.clock import Clock, spoken
from runbooks.commands import Listed, Prepared, Status
from runbooks.console import console, print_json
from runbooks.journal import Facts, Record
from runbooks.readiness import Finding
from runbooks.world import RegionView

__all__ = ["RunView", "console", "print_json", "show_findings", "show_plan", "show_result", "show_runs", "status_view"]

MARKS = {
    "running": "[cyan]▶[/]",
    "done": "[green]✓[/]",
    "already done": "[green]=[/]",
    "not done": "[yellow]![/]",
    "failed": "[red]✗[/]",
    "skipped": "[yellow]-[/]",
    "": "[dim]·[/]",
}


LABELS = {
    "": (("rto", "RTO"), ("rpo", "RPO")),
    "swap": (("rto", "until orders were taken"),),
    "restore": (("rto", "restored and checked in"), ("rpo", "before the asked moment")),
    "drill": (("rto", "until it was validated"), ("rpo", "before the declared start")),
}
"""What a result calls what was measured, by the mode of its run."""


def show_plan(out: Console, prepared: Prepared) -> None:
    """Print what would happen, how long it should take, and what it may lose."""
    plan = prepared.plan
    out.print(f"[bold]{plan.heading}[/]: {plan.why}")
    for finding in prepared.findings:
        if not finding.well:
            out.print(f"  [yellow]note[/] {finding.says}")
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for step in plan.steps:
        when = f"after {', '.join(step.needs)}" if step.needs else "at once"
        beside = "; the run does not depend on it" if step.beside else ""
        skipped = f" [yellow]skipped: {escape(plan.skipped[step.name])}[/]" if step.name in plan.skipped else ""
        table.add_row(step.name, f"{step.says} [dim]({when}; about {spoken(step.estimate)}{beside})[/]{skipped}")
    out.print(table)
    out.print(f"Estimated time {plan.until}: about {spoken(plan.estimate())} on AWS.")
    out.print(f"RPO: {plan.loss.how}." if plan.mode == "drill" else f"Loss this accepts: {plan.loss.spoken()}.")


class RunView:
    """A run as it happens: one line per record, and on a terminal a clock that counts from the declared start."""

    def __init__(self, out: Console, prepared: Prepared, clock: Clock) -> None:
        self._out, self._plan, self._clock = out, prepared.plan, clock
        self._state: dict[str, str] = {}
        self._began = clock.ticks()
        self._live = Live(get_renderable=self._picture, console=out, refresh_per_second=4, transient=True) if out.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, record: Record) -> None:
        line = self._line(record)
        if line:
            self._out.print(line)

    def _line(self, record: Record) -> str:
        at = f"[dim]{_clock(self._clock.ticks() - self._began)}[/]"
        says = {step.name: step.says for step in self._plan.steps}.get(record.step, record.step)
        match record.kind:
            case "opened":
                return f"{at} run {record.run}"
            case "resumed":
                return f"{at} resumed {record.run} as {record.operator}"
            case "step-started":
                self._state[record.step] = "running"
                return f"{at} {MARKS['running']} {says}"
            case "step-finished" | "step-skipped" | "step-failed":
                outcome = "failed" if record.kind == "step-failed" else record.outcome
                self._state[record.step] = outcome
                return f"{at} {MARKS.get(outcome, '')} {record.step}: {outcome}{_took(record)}{_facts(record)}"
            case "paused":
                return f"{at} [yellow]paused[/]"
            case "closed":
                return ""

    def _picture(self) -> RenderableType:
        said = {step.name: step.progress() for step in self._plan.steps}
        names = [name for name, state in self._state.items() if state == "running"]
        working = escape(", ".join(f"{name} ({said[name]})" if said.get(name) else name for name in names))
        waiting = len(self._plan.steps) - len(self._state)
        elapsed = _clock(self._clock.ticks() - self._began)
        ctrl_c = "Ctrl-C stops and clears away." if self._plan.mode == "drill" else "Ctrl-C pauses."
        return Group(
            Text.from_markup(f"[bold]RTO clock {elapsed}[/]  working on {working or 'nothing yet'}; {waiting} steps wait. {ctrl_c}")
        )


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60):3d}:{seconds % 60:04.1f}"


def _took(record: Record) -> str:
    return "" if record.seconds is None else f" in {spoken(timedelta(seconds=record.seconds))}"


def _facts(record: Record) -> str:
    shown = {
        name: value for name, value in record.facts.items() if name not in ("attempts", "hint", "checks") and value not in (None, "", [])
    }
    return (
        ""
        if not shown
        else " [dim]("
        + ", ".join(f"{name} {', '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in shown.items())
        + ")[/]"
    )


def show_result(out: Console, records: Iterable[Record]) -> None:
    """Print what a closed run measured against its objectives."""
    chain = tuple(records)
    opened, closing = chain[0].facts, chain[-1].facts
    if "rto_seconds" not in closing:
        return
    objectives, met = opened["objectives"], closing["met"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("", "measured", "objective", ""):
        table.add_column(heading)
    for name, label in LABELS.get(str(opened.get("mode")), LABELS[""]):
        value, limit = closing[f"{name}_seconds"], objectives[f"{name}_seconds"] if isinstance(objectives, dict) else None
        well = met.get(name) if isinstance(met, dict) else None
        verdict = "not measured" if well is None else "[green]met[/]" if well else "[red]missed[/]"
        table.add_row(label, _seconds(value), f"under {_seconds(limit)}", verdict)
    out.print(table)
    _show_verdict(out, closing)
    if opened.get("afterwards"):
        out.print(str(opened["afterwards"]))
    if opened.get("environment") == "sandbox":
        out.print("[dim]Measured in the sandbox: real PostgreSQL and real processes on one machine, not AWS.[/]")


def _show_verdict(out: Console, closing: Facts) -> None:
    """Print what a drill looked at, what is left of it, and whether it passed; of other runs, nothing."""
    checks = closing.get("checks")
    if not isinstance(checks, list):
        return
    for each in checks:
        if isinstance(each, dict):
            out.print(f"{MARKS['done' if each['well'] else 'failed']} {escape(str(each['name']))}  {escape(str(each['says']))}")
    left = closing.get("left_over")
    out.print("Nothing is left of it." if left == [] else f"Left over: {escape(str(left))}")
    why = closing.get("why")
    out.print(f"[red]failed[/]: {escape(str(why))}" if why else "[green]passed[/]")


def _seconds(value: object) -> str:
    return spoken(timedelta(seconds=float(value))) if isinstance(value, int | float) else "not measured"


def show_runs(out: Console, listed: Iterable[Listed]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("run", "outcome", "took", "by"):
        table.add_column(heading, overflow="fold")
    for entry in listed:
        table.add_row(entry.run, entry.broken or entry.outcome, _seconds(entry.seconds), ", ".join(entry.operators))
    out.print(table if table.row_count else "The journal holds no run yet.")


def show_findings(out: Console, found: Iterable[Finding]) -> None:
    for finding in found:
        mark = "[green]✓[/]" if finding.well else ("[red]✗[/]" if finding.blocks else "[yellow]![/]")
        out.print(f"{mark} {finding.name}: {finding.says}" + (f"\n    [dim]{finding.hint}[/]" if not finding.well and finding.hint else ""))


def status_view(seen: Status, names: Names) -> Group:
    """Return where shoppers are led, both regions side by side, and who acts."""
    world = seen.world
    said = ", ".join(f"{answer.resolver}: {answer.region or 'no answer'}" for answer in world.answers)
    lines: list[RenderableType] = [f"{names.shop_domain} leads to [bold]{world.active or 'no one region'}[/]  [dim]({said})[/]"]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("region", "database", "storefront", "writes", "newest backup"):
        table.add_column(heading, overflow="fold")
    for view in world.views.values():
        table.add_row(view.region, *_cells(view, world.taken_at))
    lines.append(table)
    if seen.trouble:
        lines.append(f"[red]journal[/]: {escape(seen.trouble)}")
    if seen.holder:
        lines.append(
            f"{seen.holder.holder} acts in {seen.holder.run} since {seen.holder.since}, until {seen.until:%H:%M:%S} unless renewed"
        )
    if seen.unfinished:
        lines.append(f"[yellow]unfinished[/]: {seen.unfinished} (finish it with --resume)")
    return Group(*lines)


def _cells(view: RegionView, now: datetime) -> tuple[str, str, str, str]:
    if not view.reachable:
        return "[red]gives no answer[/]", "", "", ""
    newest = max((point.created_at for point in view.backups.values()), default=None)
    return (
        _database(view),
        f"{view.service.running} of {view.service.desired} tasks" if view.service else "none",
        "fenced" if view.read_only else "open",
        f"{spoken(now - newest)} ago" if newest else "none",
    )


def _database(view: RegionView) -> str:
    if view.database is None:
        return "none"
    if view.database.writer:
        return f"writer, {view.database.status}"
    age = view.replay.age() if view.replay else None
    behind = f", {spoken(age)} behind" if age is not None else ""
    return f"replica, {view.database.replication or view.database.status}{behind}"
