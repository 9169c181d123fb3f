"""What commands have in common: the help of their options, the desk they work at, where they print, and how a run is carried out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from runbooks.commands import Desk, Prepared

STACK = {
    "stack": "the stack whose settings to use (default prod; PULUMI_CONFIG_FILE, if set, names their file)",
    "json": "print records as JSON instead of text",
}
RUN = {
    **STACK,
    "region": "the region to move to",
    "dry-run": "show the plan and change nothing",
    "yes": "the region's name again, instead of being asked for it",
    "resume": "carry on with the unfinished run",
    "skip": "a step not to do (repeatable); needs --reason",
    "reason": "why steps are skipped; recorded",
    "local-journal": "the stack's name, to go on although the journal bucket cannot be reached",
}


def desk(stack: str, local_journal: str = "") -> "Desk":
    import settings
    from runbooks import commands

    return commands.desk(settings.load(settings.stack_file(stack)), local_journal=local_journal)


def open_console(to_json: bool) -> "Console":
    from runbooks.console import console

    return console(to_json=to_json)


def move(
    at: "Desk",
    stack: str,
    prepared: "Prepared | None",
    skip: tuple[str, ...],
    reason: str,
    dry_run: bool,
    yes: str,
    json: bool,
    region: str = "",
) -> int:
    """Show the plan, ask, carry it out, show what was measured."""
    from dataclasses import replace

    from runbooks import commands, plan, runs, terminal, typed

    out = open_console(json)
    if prepared is None:
        out.print(f"{region} is already active; nothing to do.")
        if json:
            terminal.print_json({"outcome": "already active", "region": region})
        return 0
    prepared = replace(prepared, plan=runs.skipping(prepared.plan, skip, reason))
    plan.check_skips(prepared.plan)
    terminal.show_plan(out, prepared)
    if dry_run:
        if json:
            terminal.print_json({**prepared.plan.described(), **prepared.about})
        return 0
    typed.confirmed(prepared.plan.target, yes)
    again = typed.again(prepared.plan, stack, yes, at.names.settings.environment if at.journals.local_only else "")
    with typed.resumable(prepared.name, again), terminal.RunView(out, prepared, at.clock) as view:
        records = commands.carry_out(at, prepared, view)
    terminal.show_result(out, records)
    _afterwards(at, out)
    if json:
        terminal.print_json(records)
    return 0


def _afterwards(at: "Desk", out: "Console") -> None:
    """Bring a run that was journaled on this machine alone to the bucket, if that is back."""
    from runbooks import runs
    from runbooks.errors import AwsError, JournalBroken

    try:
        for name, copied in runs.sync(at.journals).items():
            out.print(f"{copied} records of {name} copied to {at.journals.bucket.where}")
    except (AwsError, JournalBroken) as error:
        out.print(f"The journal is on this machine only ({error.message}). Later: invoke journal-sync")


def show_change(out: "Console", file: "Path", text: str, stack: str) -> None:
    """Write *text* as the stack's *file*; print the lines that differ, and what makes them take effect."""
    from difflib import unified_diff

    import settings_file

    before = file.read_text(encoding="utf-8")
    settings_file.write(file, text)
    differing = [
        line for line in unified_diff(before.splitlines(), text.splitlines(), n=0, lineterm="") if line[:2] not in ("--", "++", "@@")
    ]
    out.print("\n".join(differing) or "It is so already; nothing was changed.", markup=False)
    if differing:
        out.print(f"{file.name} is changed. It takes effect with: pulumi up --stack {stack}")
