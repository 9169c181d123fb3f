"""The command that shows how everything stands."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live

    from runbooks.commands import Desk

EVERY = 5.0
"""Seconds from one look to the next."""


@task(help={**STACK, "watch": "look again every few seconds, in place, until Ctrl-C; exits as the last look was"})
@command
def status(_: Context, watch: bool = False, stack: str = "prod", json: bool = False) -> int:
    """Show where shoppers are led, both regions, who acts, every protected thing and what is wrong; exits 1 when anything is."""
    at, out = desk(stack), open_console(json)
    return _watch(at, out, json) if watch else _once(at, out, json)


def _once(at: "Desk", out: "Console", json: bool) -> int:
    from runbooks.console import print_json
    from runbooks.standing import show
    from runbooks.standing.judge import judge
    from runbooks.standing.look import look

    seen = look(at)
    found = judge(seen, at.names)
    if json:
        print_json(show.as_record(seen, found))
    else:
        out.print(show.screen(seen, found, at.names))
    return 0 if found.healthy else 1


def _watch(at: "Desk", out: "Console", json: bool) -> int:
    """Look until Ctrl-C: on a terminal each look takes the place of the one before, elsewhere it follows it."""
    from contextlib import suppress

    from rich.live import Live

    code = 1
    with suppress(KeyboardInterrupt):
        if json or not out.is_terminal:
            while True:
                code = _once(at, out, json)
                at.clock.sleep(EVERY)
        with Live(console=out, auto_refresh=False, vertical_overflow="visible") as live:
            while True:
                code = _refreshed(at, live)
                at.clock.sleep(EVERY)
    return code


def _refreshed(at: "Desk", live: "Live") -> int:
    from runbooks.standing import show
    from runbooks.standing.judge import judge
    from runbooks.standing.look import look

    seen = look(at)
    found = judge(seen, at.names)
    live.update(show.screen(seen, found, at.names), refresh=True)
    return 0 if found.healthy else 1
