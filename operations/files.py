"""The commands about files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, move, open_console
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


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `invoke restore`, as they were typed."""

    at: str = ""
    before: str = ""
    kind: str = ""
    prefix: str = ""
    key: str = ""
    source: str = ""
    point: str = ""
    to: str = ""
    region: str = ""
    replace: bool = False
    exact: bool = False
    thaw: str = ""


def restore(asked: Asked, resume: bool, dry_run: bool, yes: str, stack: str, json: bool) -> int:
    """Bring files back from their versions or a backup, beside what is there; with ``replace``, where they were, for which the bucket is
    typed.
    """
    from runbooks import typed
    from runbooks.files import prepare

    at = desk(stack)
    if resume:
        return move(at, stack, prepare.prepare_resume(at), (), "", dry_run, yes, json)
    wish = prepare.Wish(
        at=typed.moment(asked.at, "--at"),
        before=asked.before,
        kind=asked.kind,
        prefix=asked.prefix,
        key=asked.key,
        source=asked.source,
        point=asked.point,
        to=asked.to,
        region=asked.region,
        replace=asked.replace,
        exact=asked.exact,
        tier=asked.thaw,
    )
    return move(at, stack, prepare.prepare(at, wish), (), "", dry_run, yes, json)


def back_up(kind: str, wanted: Sequence[str], wait: bool, stack: str, json: bool) -> int:
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


def backups(wanted: Sequence[str], stack: str, json: bool) -> int:
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
