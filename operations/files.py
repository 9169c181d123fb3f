"""The commands about files."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from collections.abc import Sequence


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


def back_up(kind: str, wanted: "Sequence[str]", wait: bool, stack: str, json: bool) -> int:
    """Keep files on demand in the recovery region; exits 1 when something of them is not kept."""
    from runbooks import terminal
    from runbooks.existing import chosen
    from runbooks.files.archive import Archive
    from runbooks.files.backup import back_up
    from runbooks.signed import kind_of

    at, out, asked = desk(stack), open_console(json), kind_of(kind or "full")
    where, made = at.names.settings.recovery_region, []
    for files in chosen(at.names, wanted):
        made.append(back_up(Archive(at.names, where, files), asked, at.clock, lambda says: out.print(says, markup=False), wait=wait))
        out.print("\n".join((made[-1].spoken(), *made[-1].notes)), markup=False)
    if json:
        terminal.print_json(made)
    return 0 if all(each.well for each in made) else 1


def backups(wanted: "Sequence[str]", stack: str, json: bool) -> int:
    """Show the backups that were made on demand, in both regions, newest first."""
    from runbooks import terminal
    from runbooks.existing import chosen
    from runbooks.files import kept
    from runbooks.files.archive import Archive

    at, out = desk(stack), open_console(json)
    places = [(files, region) for files in chosen(at.names, wanted) for region in at.names.settings.regions]
    found = sorted(
        (each for files, region in places for each in kept.backups(Archive(at.names, region, files))), key=lambda each: each.name
    )
    if json:
        terminal.print_json(found[::-1])
    else:
        out.print("\n".join(each.spoken() for each in found[::-1]) or "No backup of files was made on demand.", markup=False)
    return 0
