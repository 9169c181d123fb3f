"""The commands that read what runs have recorded."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import RUN, STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    pass


@task(help={**STACK, "run": "one run (default: the newest failover and failback)", "to": "the file to write"})
@command
def report(_: Context, run: str = "", to: str = "build/report.html", stack: str = "prod", json: bool = False) -> None:
    """Write a run's report, made from its journal alone, as one HTML page."""
    from runbooks import commands, terminal

    stories, file = commands.write_report(desk(stack), run, to)
    if json:
        terminal.print_json(stories)
    else:
        open_console(json).print(f"{file} tells of {', '.join(story.run for story in stories)}.")


@task(help={**STACK, "local-journal": RUN["local-journal"]})
@command
def runs(_: Context, stack: str = "prod", local_journal: str = "", json: bool = False) -> None:
    """List the runs in the journal, newest first, and check that each one's records hold together."""
    from runbooks import commands, terminal

    listed = commands.list_runs(desk(stack, local_journal))
    if json:
        terminal.print_json(listed)
    else:
        terminal.show_runs(open_console(json), listed)
