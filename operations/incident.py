"""The commands of an incident: look, move, fence, and tidy up after an interrupted run."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import RUN, STACK, desk, move, open_console
from runbooks.exits import command


@task(help={**STACK, "region": "the region that would take over (default: the one that is not active)"})
@command
def check_readiness(_: Context, region: str = "", stack: str = "prod", json: bool = False) -> int:
    """Show whether a region could take over now; exits 1 when anything speaks against it."""
    from runbooks import commands, terminal

    found = commands.check_readiness(desk(stack), region)
    if json:
        terminal.print_json(found)
    else:
        terminal.show_findings(open_console(json), found)
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

    at = desk(stack, local_journal)
    if resume:
        return move(at, stack, commands.prepare_resume(at, "failover", region), tuple(skip or ()), reason, dry_run, yes, json)
    wish = Wish(region, typed.mode(mode), typed.moment(failed_at), typed.loss(accept_loss))
    return move(at, stack, commands.prepare_failover(at, wish), tuple(skip or ()), reason, dry_run, yes, json, region)


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

    at = desk(stack, local_journal)
    prepared = commands.prepare_resume(at, "failback", region) if resume else commands.prepare_failback(at, region)
    return move(at, stack, prepared, tuple(skip or ()), reason, dry_run, yes, json, region)


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

    at = desk(stack, local_journal)
    return move(at, stack, commands.prepare_fence(at, region), (), "", dry_run, yes, json)


@task(help=STACK)
@command
def journal_sync(_: Context, stack: str = "prod", json: bool = False) -> None:
    """Copy runs that only this machine recorded to the journal bucket."""
    from runbooks import runs, terminal

    at = desk(stack)
    copied = runs.sync(at.journals)
    if json:
        terminal.print_json(copied)
    else:
        open_console(json).print(
            "\n".join(f"{count} records of {name} copied" for name, count in copied.items()) or "The bucket has every run of this machine."
        )


@task(
    help={
        **STACK,
        "reason": "why the run is given up; recorded",
        "run": "which kind: move (failover, failback or swap; the default), restore-database, restore-files or drill",
        "local-journal": RUN["local-journal"],
    }
)
@command
def abandon(_: Context, reason: str, run: str = "move", stack: str = "prod", local_journal: str = "", json: bool = False) -> None:
    """Give up the unfinished run, so that another can start; what it did stays as it is."""
    from runbooks import runs, terminal, typed

    line = typed.line(run)
    at = desk(stack, local_journal)
    given_up = runs.abandon(at.journals, reason, at.clock, line)
    if json:
        terminal.print_json(given_up)
    else:
        open_console(json).print(f"{given_up['run']} is closed as abandoned.")
