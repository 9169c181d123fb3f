"""What commands have in common: the help of their options, the desk they work at, and where they print."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from runbooks.commands import Desk

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
