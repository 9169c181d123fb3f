"""The commands about the program and the repository themselves."""

import sys
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    pass


@task(
    help={
        **STACK,
        "database-gb": "how large the database is, for the estimate; sandbox/deploy/costs/prices.yaml has what is assumed otherwise",
        "files-gb": "how much the media bucket holds",
        "application-gb": "how much else is backed up",
        "daily-change": "how much of each a day changes, in per cent",
    }
)
@command
def preview(
    _: Context,
    stack: str = "prod",
    database_gb: str = "",
    files_gb: str = "",
    application_gb: str = "",
    daily_change: str = "",
    json: bool = False,
) -> None:
    """Show what `pulumi up` would declare and about what it costs; needs neither Pulumi's CLI nor an account."""
    import gc

    import settings
    from runbooks.console import print_json
    from sandbox.deploy import preview as program
    from sandbox.deploy.costs import estimate

    gc.disable()  # what is declared stays until the command ends: a look for garbage among it, now or at the end, costs a second
    typed = {"database-gb": database_gb, "files-gb": files_gb, "application-gb": application_gb, "daily-change": daily_change}
    given = estimate.sizes(typed)
    declared = program.declared(settings.stack_file(stack))
    gc.freeze()
    planned, estimated = program.preview(declared), estimate.estimate(declared, estimate.known_prices(), given)
    if json:
        print_json({"resources": planned, "estimate": estimated})
        return
    out = open_console(json)
    program.show(out, planned)
    if stack == "sandbox":
        program.show_recorded(out, planned)
    estimate.show(out, estimated)


@task
def check(context: Context) -> None:
    """Run what CI runs: formatting, lint, types, tests."""
    for line in ("ruff format --check .", "ruff check .", "mypy .", "pytest -n3"):
        context.run(f"{sys.executable} -m {line}", pty=sys.stdout.isatty())
