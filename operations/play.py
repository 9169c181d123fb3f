"""The commands of the sandbox: start it, break it, heal it, or watch all of it."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import open_console
from runbooks.exits import command

if TYPE_CHECKING:
    pass


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

    attend.until_interrupted(open_console(to_json=False), scale=scale, port=port, orders_a_second=shoppers)


@task(name="break", help={"mode": "hang (no answer) or refuse (connections are closed)"})
@command
def break_(_: Context, region: str, mode: str = "hang") -> None:
    """Make a region of the sandbox dark: processes killed, links cut, its API silent."""
    from sandbox import attend

    open_console(to_json=False).print(attend.break_region(region, mode))


@task
@command
def heal(_: Context, region: str) -> None:
    """Bring a dark region of the sandbox back, as it was when it went."""
    from sandbox import attend

    open_console(to_json=False).print(attend.heal_region(region))


@task(help={"scale": "what a Route 53 second lasts"})
@command
def demo(_: Context, scale: float = 0.1) -> None:
    """Lose a region under load, fail over, fail back; write build/demo/report.html and summary.json."""
    from sandbox import demo

    demo.run(open_console(to_json=False), scale=scale)
