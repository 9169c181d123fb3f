"""How everything stands, on one screen: unprotected things first, then each protected one, then what is wrong and what to do."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from names import Names
from runbooks.clock import spoken
from runbooks.standing.judge import Row, Standing
from runbooks.standing.look import Photograph
from runbooks.standing.unprotected import Unprotected
from runbooks.terminal import status_view

NOT_SEEN = "[red]not seen[/]"
NONE = "[red]none[/]"


def as_record(seen: Photograph, found: Standing) -> dict[str, object]:
    """Return what a look showed, for ``--json``: the whole photograph of the regions, and the verdict on it."""
    status = {name: getattr(seen.status, name) for name in ("world", "holder", "until", "unfinished", "trouble")}
    return {**status, "protected": found.rows, "unprotected": found.unprotected, "wrong": found.wrong, "healthy": found.healthy}


def screen(seen: Photograph, found: Standing, names: Names) -> Group:
    """Return the screen of one look."""
    unprotected = [_unprotected(each) for each in found.unprotected]
    windows = [f"[dim]any moment of the {row.what} in {window}[/]" for row in found.rows for window in _windows(row)]
    wrong = [f"[red]✗[/] {escape(each.of)}: {escape(each.says)}\n    [dim]{escape(each.do)}[/]" for each in found.wrong]
    how = "[green]healthy[/]" if found.healthy else "[red]not healthy[/]"
    end = f"{how} [dim]at {seen.at:%Y-%m-%d %H:%M:%S} UTC[/]"
    parts: list[RenderableType] = [status_view(seen.status, names), *unprotected, _table(found, seen.at), *windows, *wrong, end]
    return Group(*parts)


def _unprotected(each: Unprotected) -> str:
    mark = "[yellow]unprotected[/]" if each.decided else "[red]unprotected[/]"
    return f"{mark} {escape(each.what)}: {escape(each.why)}\n    [dim]{escape(each.do)}[/]"


def _table(found: Standing, now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("protected", "last backup", "its copy", "behind there", "next run, UTC"):
        table.add_column(heading, overflow="fold")
    for row in found.rows:
        wrong = any(each.of == row.what for each in found.wrong)
        mark = "[green]✓[/]" if row.backup_seen and row.copy_seen and not wrong else "[red]✗[/]"
        copy = _age(row.copy, now, seen=row.copy_seen) if row.copied_to else "[yellow]not copied[/]"
        due = f"{row.next_run:%m-%d %H:%M}" if row.next_run else "never again"
        table.add_row(f"{mark} {escape(row.what)}", _age(row.backup, now, seen=row.backup_seen), copy, _behind(row), due)
    return table


def _age(moment: datetime | None, now: datetime, *, seen: bool) -> str:
    if moment is None:
        return NONE if seen else NOT_SEEN
    return f"{spoken(max(now - moment, timedelta(0)))} ago"


def _behind(row: Row) -> str:
    if row.lag is None:
        return "[dim]not measured[/]" if row.measured else "[dim]-[/]"
    pending = "" if row.pending is None else f", {row.pending:,.0f} bytes"
    return f"{spoken(row.lag)}{pending}"


def _windows(row: Row) -> Iterator[str]:
    for region, (first, last) in (row.windows or {}).items():
        yield f"{region}: from {_moment(first)} to {_moment(last)} UTC"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "not known"
