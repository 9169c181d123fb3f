"""The command about schedules: show them, or change one in the settings."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console, show_change
from runbooks.exits import command

if TYPE_CHECKING:
    from rich.console import Console

    from runbooks.scheduled import Scheduled


@task(
    help={
        **STACK,
        "target": "database, files or application, to change its schedule (default: show all)",
        "rule": "one of its further rules, such as weekly, or export (default: its own schedule)",
        "schedule": "the new one, in UTC: 'cron(0 5 * * ? *)'; AWS Backup takes none closer than an hour",
        "retention": "for how many days its backups are kept from now on",
    }
)
@command
def backup_schedule(
    _: Context, target: str = "", rule: str = "", schedule: str = "", retention: str = "", stack: str = "prod", json: bool = False
) -> int:
    """Show when backups are made and whether AWS has it so; or change it in the settings, which `pulumi up` carries out."""
    from runbooks import scheduled
    from runbooks.console import print_json
    from runbooks.errors import Refused

    if schedule or retention:
        return _change(stack, target, rule, schedule, retention, json)
    if rule:
        raise Refused("--rule alone changes nothing", "add --schedule or --retention; without any option all schedules are shown")
    at = desk(stack)
    found = tuple(each for each in scheduled.look(at.reach, at.clock.now()) if target in ("", each.target))
    if json:
        print_json(found)
    else:
        _show(open_console(json), found)
    return 0 if all(each.deployed in (scheduled.AS_DECLARED, scheduled.ELSEWHERE) for each in found) else 1


def _change(stack: str, target: str, rule: str, schedule: str, retention: str, json: bool) -> int:
    """Write the change into the stack's file, unless the settings would have a fault; print the lines that differ."""
    from datetime import UTC, datetime

    import settings
    import settings_file
    from runbooks import scheduled
    from runbooks.console import print_json

    file, now = settings.stack_file(stack), datetime.now(UTC)
    wanted = scheduled.declared(settings.load(file), now)
    changes = dict(scheduled.changes(wanted, target, rule, schedule, retention))
    text, after = settings_file.changed(file, changes)
    show_change(open_console(json), file, text, stack)
    if json:
        print_json(scheduled.declared(after, now))
    return 0


def _show(out: "Console", found: tuple["Scheduled", ...]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("target", "rule", "schedule (UTC)", "kept", "next run", "AWS Backup has it"):
        table.add_column(heading, overflow="fold")
    for each in found:
        when = f"{each.next_run:%Y-%m-%d %H:%M}" if each.next_run else "never again"
        table.add_row(each.target, each.rule, each.schedule, f"{each.retention.days} days", when, each.deployed)
    out.print(table)
