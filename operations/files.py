"""The commands about files."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    pass


@task(
    iterable=["kind"],
    help={
        **STACK,
        "kind": "media, uploads, assets or cdn (repeatable; default: all that are protected)",
        "wait": "follow the jobs to their end",
    },
)
@command
def replicate_existing(_: Context, kind: list[str] | None = None, wait: bool = True, stack: str = "prod", json: bool = False) -> int:
    """Replicate the files that were there before their bucket was replicated; exits 1 when one of them could not be."""
    from runbooks import existing, terminal

    at, out = desk(stack), open_console(json)
    jobs = existing.start(at.reach, kind or (), at.clock.now())
    if wait:
        jobs = existing.follow(at.reach, jobs, at.clock, lambda job: out.print(job.spoken()))
    if json:
        terminal.print_json(jobs)
    elif not wait:
        out.print("\n".join(job.spoken() for job in jobs))
    return 0 if all(job.well for job in jobs) else 1
