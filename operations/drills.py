"""`invoke drill`: recovery tried on isolated targets, looked into, measured and cleared away."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from runbooks.commands import Desk
    from runbooks.drills.prepare import Ready
    from runbooks.journal import Record


@task(
    help={
        **STACK,
        "scenario": "database-corrupted, region-lost, bucket-emptied, application-rebuilt, backup-tampered or operator-unavailable "
        "(default: all that the settings make possible, one after another)",
        "dry-run": "show the plans and change nothing",
        "yes": "the environment of the stack, instead of being asked for it",
        "resume": "carry on with the drill that was left unfinished",
    }
)
@command
def drill(
    _: Context, scenario: str = "", dry_run: bool = False, yes: str = "", resume: bool = False, stack: str = "prod", json: bool = False
) -> int:
    """Try recovery with the production steps beside what runs, look into it, measure it, clear it away; exits 1 unless all passed."""
    from runbooks import terminal, typed
    from runbooks.drills import prepare

    at, out = desk(stack), open_console(json)
    if resume:
        return _resumed(at, out, stack, yes, dry_run, json)
    chosen = prepare.possible(at.names, scenario)
    shown = [ready for each in chosen if (ready := _ready(at, each))]
    for ready in shown:
        terminal.show_plan(out, ready.prepared)
    if dry_run:
        if json:
            terminal.print_json([{**ready.drill.plan.described(), **ready.about} for ready in shown])
        return 0 if len(shown) == len(chosen) else 1
    typed.confirmed(at.names.settings.environment, yes)
    _settle(at, out, stack, yes)
    return _closed(at, out, chosen, [*_round(at, out, [ready.drill.scenario for ready in shown], stack, yes)], json)


def _ready(at: "Desk", scenario: str) -> "Ready | None":
    """Return the drill to carry out; one that is refused is told so, and holds up no other."""
    from runbooks.drills import prepare
    from runbooks.errors import RunbookError
    from runbooks.exits import say

    try:
        return prepare.prepare(at, scenario)
    except RunbookError as error:
        say(f"{scenario}: {error.message}", error.hint, 1)
        return None


def _round(at: "Desk", out: "Console", chosen: list[str], stack: str, yes: str) -> "Iterator[tuple[Record, ...]]":
    """Try one after another, each decided when it begins; who stops one has stopped the rest."""
    from runbooks.drills import prepare

    for scenario in chosen:
        ready = _ready(at, scenario)
        if ready is None:
            continue
        records = _tried(at, out, ready, stack, yes)
        yield records
        if prepare.stopped(records):
            return


def _tried(at: "Desk", out: "Console", ready: "Ready", stack: str, yes: str, *, only_clear: bool = False) -> "tuple[Record, ...]":
    from runbooks import terminal, typed
    from runbooks.drills import prepare

    given = {"stack": "" if stack == "prod" else stack, "yes": yes}
    again = " ".join(["invoke drill --resume", *(f"--{name} {value}" for name, value in given.items() if value)])
    out.print(f"[bold]{ready.drill.plan.heading}[/]")
    with typed.resumable(ready.drill.run, again), terminal.RunView(out, ready.prepared, at.clock) as view:
        records = prepare.carry_out(at, ready, view, only_clear=only_clear)
    terminal.show_result(out, records)
    return records


def _settle(at: "Desk", out: "Console", stack: str, yes: str) -> None:
    """Clear away and close what an earlier drill has left, if its process has ended; raise :class:`LeaseHeld` while it is at work."""
    from runbooks.drills import prepare

    earlier = prepare.unfinished(at)
    if earlier:
        out.print(f"{earlier.drill.run} was left unfinished; it is cleared away first.")
        _tried(at, out, earlier, stack, yes, only_clear=True)


def _resumed(at: "Desk", out: "Console", stack: str, yes: str, dry_run: bool, json: bool) -> int:
    from runbooks import terminal, typed
    from runbooks.drills import prepare
    from runbooks.errors import Refused

    ready = prepare.unfinished(at)
    if ready is None:
        raise Refused(f"no unfinished drill in {at.journals.first.where}", "start one: invoke drill")
    terminal.show_plan(out, ready.prepared)
    if dry_run:
        return 0
    typed.confirmed(at.names.settings.environment, yes)
    return _closed(at, out, (ready.drill.scenario,), [_tried(at, out, ready, stack, yes)], json)


def _closed(at: "Desk", out: "Console", chosen: "tuple[str, ...]", ended: "list[tuple[Record, ...]]", json: bool) -> int:
    """Say what became of all of them, and put the alarm off if all have passed."""
    from runbooks import terminal
    from runbooks.drills import overdue

    passed = len(ended) == len(chosen) and all(records[-1].outcome == "passed" for records in ended)
    until = overdue.put_off(at.reach, at.clock.now()) if passed else None
    if until:
        out.print(f"All {len(ended)} passed. The next is overdue after {until:%Y-%m-%d %H:%M} UTC.")
    if json:
        drills = [{"run": records[0].run, **records[-1].facts} for records in ended]
        terminal.print_json({"passed": passed, "overdue_after": until, "drills": drills})
    return 0 if passed else 1
