"""The commands. Each loads settings, calls one function and renders what it returns; `invoke --help COMMAND` explains one.

Exit codes: 0 done (or nothing to do), 1 refused or failed, 2 wrong usage, 3 stopped but resumable.
"""

import sys
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from runbooks.exits import command

if TYPE_CHECKING:
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


def _desk(stack: str, local_journal: str = "") -> "Desk":
    import settings
    from runbooks import commands

    return commands.desk(settings.load(settings.stack_file(stack)), local_journal=local_journal)


def _console(to_json: bool) -> "Console":
    from runbooks.console import console

    return console(to_json=to_json)


@task(help=STACK)
@command
def status(_: Context, stack: str = "prod", json: bool = False) -> int:
    """Show where shoppers are led, both regions side by side, and who acts."""
    from runbooks import commands, terminal

    at = _desk(stack)
    seen = commands.status(at)
    if json:
        terminal.print_json(seen)
    else:
        terminal.show_status(_console(json), seen, at.names)
    return 0 if seen.world.active else 1


@task(help={**STACK, "region": "the region that would take over (default: the one that is not active)"})
@command
def check_readiness(_: Context, region: str = "", stack: str = "prod", json: bool = False) -> int:
    """Show whether a region could take over now; exits 1 when anything speaks against it."""
    from runbooks import commands, terminal

    found = commands.check_readiness(_desk(stack), region)
    if json:
        terminal.print_json(found)
    else:
        terminal.show_findings(_console(json), found)
    return 0 if all(finding.well for finding in found) else 1


@task(
    iterable=["skip"],
    help={
        **RUN,
        "mode": "auto, planned (both regions live, nothing is lost) or unplanned (a region is lost)",
        "failed-at": "when orders stopped, in UTC, such as 2026-11-22T10:04:59Z; makes the measured loss exact",
        "accept-loss": "the loss to accept, such as 1203s or 21m; 'unmeasured' when it could not be measured",
    },
)
@command
def failover(
    _: Context,
    region: str,
    mode: str = "auto",
    failed_at: str = "",
    accept_loss: str = "",
    dry_run: bool = False,
    yes: str = "",
    resume: bool = False,
    skip: list[str] | None = None,
    reason: str = "",
    local_journal: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Let a region take over: from a lost one, or planned, without losing a write."""
    from runbooks import commands, typed
    from runbooks.failover import Wish

    at = _desk(stack, local_journal)
    if resume:
        return _move(at, stack, commands.prepare_resume(at, "failover", region), tuple(skip or ()), reason, dry_run, yes, json)
    wish = Wish(region, typed.mode(mode), typed.moment(failed_at), typed.loss(accept_loss))
    return _move(at, stack, commands.prepare_failover(at, wish), tuple(skip or ()), reason, dry_run, yes, json, region)


@task(iterable=["skip"], help=RUN)
@command
def failback(
    _: Context,
    region: str,
    dry_run: bool = False,
    yes: str = "",
    resume: bool = False,
    skip: list[str] | None = None,
    reason: str = "",
    local_journal: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Go back to a region that returned: rebuild it, move without losing a write, protect everything again."""
    from runbooks import commands

    at = _desk(stack, local_journal)
    prepared = commands.prepare_resume(at, "failback", region) if resume else commands.prepare_failback(at, region)
    return _move(at, stack, prepared, tuple(skip or ()), reason, dry_run, yes, json, region)


@task(
    help={name: RUN[name] for name in ("region", "dry-run", "yes", "local-journal", "stack", "json")}
    | {"region": "the region to keep writes out of"}
)
@command
def fence(
    _: Context, region: str, dry_run: bool = False, yes: str = "", local_journal: str = "", stack: str = "prod", json: bool = False
) -> int:
    """Keep writes out of a region that returned, before anything else touches it."""
    from runbooks import commands

    at = _desk(stack, local_journal)
    return _move(at, stack, commands.prepare_fence(at, region), (), "", dry_run, yes, json)


def _move(
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

    out = _console(json)
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


@task(help=STACK)
@command
def journal_sync(_: Context, stack: str = "prod", json: bool = False) -> None:
    """Copy runs that only this machine recorded to the journal bucket."""
    from runbooks import runs, terminal

    at = _desk(stack)
    copied = runs.sync(at.journals)
    if json:
        terminal.print_json(copied)
    else:
        _console(json).print(
            "\n".join(f"{count} records of {name} copied" for name, count in copied.items()) or "The bucket has every run of this machine."
        )


@task(help={**STACK, "reason": "why the run is given up; recorded", "local-journal": RUN["local-journal"]})
@command
def abandon(_: Context, reason: str, stack: str = "prod", local_journal: str = "", json: bool = False) -> None:
    """Give up the unfinished run, so that another can start; what it did stays as it is."""
    from runbooks import runs, terminal

    at = _desk(stack, local_journal)
    given_up = runs.abandon(at.journals, reason, at.clock)
    if json:
        terminal.print_json(given_up)
    else:
        _console(json).print(f"{given_up['run']} is closed as abandoned.")


@task(help={**STACK, "run": "one run (default: the newest failover and failback)", "to": "the file to write"})
@command
def report(_: Context, run: str = "", to: str = "build/report.html", stack: str = "prod", json: bool = False) -> None:
    """Write a run's report, made from its journal alone, as one HTML page."""
    from runbooks import commands, terminal

    stories, file = commands.write_report(_desk(stack), run, to)
    if json:
        terminal.print_json(stories)
    else:
        _console(json).print(f"{file} tells of {', '.join(story.run for story in stories)}.")


@task(help={**STACK, "local-journal": RUN["local-journal"]})
@command
def runs(_: Context, stack: str = "prod", local_journal: str = "", json: bool = False) -> None:
    """List the runs in the journal, newest first, and check that each one's records hold together."""
    from runbooks import commands, terminal

    listed = commands.list_runs(_desk(stack, local_journal))
    if json:
        terminal.print_json(listed)
    else:
        terminal.show_runs(_console(json), listed)


@task(
    help={
        "scale": "what a Route 53 second lasts (1 is AWS's own pace)",
        "port": "the port of the AWS API",
        "shoppers": "orders a second to place meanwhile",
    }
)
@command
def sandbox(_: Context, scale: float = 0.1, port: int = 4566, shoppers: float = 5.0) -> None:
    """Start a two-region AWS with a shop in it on this machine, until Ctrl-C."""
    from sandbox import attend

    attend.until_interrupted(_console(to_json=False), scale=scale, port=port, orders_a_second=shoppers)


@task(name="break", help={"mode": "hang (no answer) or refuse (connections are closed)"})
@command
def break_(_: Context, region: str, mode: str = "hang") -> None:
    """Make a region of the sandbox dark: processes killed, links cut, its API silent."""
    from sandbox import attend

    _console(to_json=False).print(attend.break_region(region, mode))


@task
@command
def heal(_: Context, region: str) -> None:
    """Bring a dark region of the sandbox back, as it was when it went."""
    from sandbox import attend

    _console(to_json=False).print(attend.heal_region(region))


@task(help={"scale": "what a Route 53 second lasts"})
@command
def demo(_: Context, scale: float = 0.1) -> None:
    """Lose a region under load, fail over, fail back; write build/demo/report.html and summary.json."""
    from sandbox import demo

    demo.run(_console(to_json=False), scale=scale)


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
    import settings
    from runbooks.console import print_json
    from sandbox.deploy import preview as program
    from sandbox.deploy.costs import estimate

    typed = {"database-gb": database_gb, "files-gb": files_gb, "application-gb": application_gb, "daily-change": daily_change}
    given = estimate.sizes(typed)
    declared = program.declared(settings.stack_file(stack))
    planned, estimated = program.preview(declared), estimate.estimate(declared, estimate.known_prices(), given)
    if json:
        print_json({"resources": planned, "estimate": estimated})
        return
    out = _console(json)
    program.show(out, planned)
    if stack == "sandbox":
        program.show_recorded(out, planned)
    estimate.show(out, estimated)


@task
def check(context: Context) -> None:
    """Run what CI runs: formatting, lint, types, tests."""
    for line in ("ruff format --check .", "ruff check .", "mypy .", "pytest -n3"):
        context.run(f"{sys.executable} -m {line}", pty=sys.stdout.isatty())
