"""The commands about files."""

from collections.abc import Sequence
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command


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


def verify(kinds: Sequence[str], to: str, live: bool, content: bool, stack: str, json: bool) -> int:
    """Compare the files of both regions, and keep what differs as CSV."""
    from runbooks.console import print_json
    from runbooks.errors import Refused
    from runbooks.files import verify
    from runbooks.local import state_directory

    at, out = desk(stack), open_console(json)
    now = at.clock.now()
    folder = Path(to).absolute() if to else state_directory(at.names.settings.environment) / f"differences-{now:%Y%m%dT%H%M%SZ}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} cannot be made: {error}", "name another directory with --to") from error
    found = verify.verify(at.reach, kinds, now, folder, as_now=live, content=content)
    if json:
        print_json(found)
    else:
        out.print("\n".join(each.spoken() for each in found), markup=False)
    return 0 if all(each.well for each in found) else 1
