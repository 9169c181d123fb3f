"""The command that shows what backups and recoveries came to, or serves it."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from rich.console import Console

    from runbooks.commands import Desk


@task(
    optional=["serve"],
    help={
        **STACK,
        "days": "how far back (AWS shows jobs for 30 days; the journal's runs and costs reach further)",
        "serve": "serve them to Prometheus at this address until Ctrl-C (without one: 127.0.0.1:9464)",
        "open-to-all": "let others than this machine reach that address",
    },
)
@command
def metrics(_: Context, days: int = 30, serve: str | bool = "", open_to_all: bool = False, stack: str = "prod", json: bool = False) -> int:
    """Show success, durations, storage, costs and measured recoveries; exits 1 when the objective was missed or something was not seen."""
    from runbooks.console import print_json
    from runbooks.errors import Refused
    from runbooks.metrics import show
    from runbooks.metrics.look import look
    from runbooks.metrics.reckon import reckon

    if not 1 <= days <= 366:
        raise Refused(f"--days {days} is no span that can be looked at", "choose 1 to 366")
    at, out = desk(stack), open_console(json)
    if serve:
        return _serve(at, out, days, serve, open_to_all)
    found = reckon(look(at, days))
    if json:
        print_json(found)
    else:
        out.print(show.screen(found))
    return 1 if found.unseen or any(each.met is False for each in found.rates if each.kind == "backup") else 0


def _serve(at: "Desk", out: "Console", days: int, serve: str | bool, open_to_all: bool) -> int:
    from contextlib import suppress
    from threading import Event

    from runbooks.metrics.look import look
    from runbooks.metrics.serve import DEFAULT, Numbers, address, serving

    host, port = address(serve if isinstance(serve, str) else DEFAULT, open_to_all=open_to_all)
    end = serving(Numbers(lambda known: look(at, days, known), at.clock), host, port)
    out.print(f"Prometheus reads http://{host}:{port}/metrics. Ctrl-C ends it.")
    with suppress(KeyboardInterrupt):
        Event().wait()
    end()
    return 0
