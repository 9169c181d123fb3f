"""The commands about backups: list them, cancel one that is being made, delete one."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from runbooks.commands import Desk


@task(
    iterable=["vault"],
    help={
        **STACK,
        "target": "database, files or file-system",
        "state": "AWS's word: COMPLETED, PARTIAL, DELETING, EXPIRED, STOPPED, CREATING or AVAILABLE",
        "since": "made at or after this moment (2026-11-22T10:00:00Z), or since so long ago (90m, 12h, 7d, 4w)",
        "until": "made before this moment, or longer ago than this",
        "region": "one region (default: both)",
        "vault": "a vault (repeatable; default: all of ours)",
        "limit": "so many of the newest (default: all)",
    },
)
@command
def backups(
    _: Context,
    target: str = "",
    state: str = "",
    since: str = "",
    until: str = "",
    region: str = "",
    vault: list[str] | None = None,
    limit: int = 0,
    stack: str = "prod",
    json: bool = False,
) -> int:
    """List the backups of both regions, newest first, as they are read; exits 1 when the list is incomplete."""
    import sys

    from runbooks import backups, backups_table

    at = desk(stack)
    given = {"target": target, "state": state, "since": since, "until": until, "region": region}
    notes: list[str] = []
    wish = backups.wanted(at.names, at.clock.now(), given, vault or (), limit)
    found = backups.Backups(at.reach, wish, at.clock, lambda: _found_broken(at, notes))
    if json:
        backups_table.print_json(found)
    else:
        backups_table.show(open_console(json), found)
    for where, trouble in found.troubles.items():
        sys.stderr.write(f"INCOMPLETE: {where}: {trouble}\n")
    for note in notes:
        sys.stderr.write(f"Note: which backups were found broken is not known: {note}\n")
    return 1 if found.troubles else 0


def _found_broken(at: "Desk", notes: list[str]) -> dict[str, str]:
    """Return what verifications found broken, each with why; a journal that cannot be read holds up no list, and is noted."""
    from runbooks import verdicts
    from runbooks.aws.s3 import Bucket
    from runbooks.errors import RunbookError

    region = at.names.settings.recovery_region
    try:
        found = verdicts.broken(Bucket(at.reach.list_door(region), at.names.journal_bucket(region)))
    except RunbookError as error:
        notes.append(error.message)
        return {}
    return {backup: f"{verdict.says} ({verdict.at:%Y-%m-%d}, {verdict.by})" for backup, verdict in found.items()}


@task(
    positional=["job"],
    help={**STACK, "job": "the id of the backup job", "region": "the region it runs in (default: whichever knows it)"},
)
@command
def backup_cancel(_: Context, job: str, region: str = "", stack: str = "prod", json: bool = False) -> int:
    """Stop a backup that is being made, and say what became of it; exits 1 when it did not end cancelled."""
    from runbooks import unmaking
    from runbooks.console import print_json

    at = desk(stack)
    found = unmaking.cancel(at.reach, job, region, at.clock)
    if json:
        print_json(found)
    else:
        made = f"; it made {found.point}" if found.point else ""
        message = f": {found.message}" if found.message else ""
        open_console(json).print(f"Job {found.id} of {found.resource} is {found.state}{message}{made}.")
    return 0 if found.state == "ABORTED" else 1


@task(
    positional=["arn"],
    help={
        **STACK,
        "arn": "the ARN of the recovery point, as `invoke backups` shows it",
        "vault": "the vault it lies in (default: ours)",
        "disassociate": "give a continuous backup back to its service instead",
        "yes": "the last part of its ARN again, instead of being asked for it",
    },
)
@command
def backup_delete(
    _: Context, arn: str, vault: str = "", disassociate: bool = False, yes: str = "", stack: str = "prod", json: bool = False
) -> None:
    """Delete a backup, once confirmed; refuses what is locked, kept, or cannot be deleted without harm."""
    from runbooks import typed, unmaking
    from runbooks.console import print_json

    at, out = desk(stack), open_console(json)
    chosen = unmaking.doomed(at.reach, arn, vault, disassociate, at.clock.now())
    out.print(chosen.spoken())
    typed.confirmed(chosen.word, yes)
    became = unmaking.carry_out(at.reach, chosen, at.clock)
    out.print(became)
    if json:
        print_json({"point": chosen.point, "became": became})
