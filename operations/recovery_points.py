"""The commands about backups: list them, cancel one that is being made, delete one."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command


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
    found = backups.Backups(at.reach, backups.wanted(at.names, at.clock.now(), given, vault or (), limit), at.clock)
    if json:
        backups_table.print_json(found)
    else:
        backups_table.show(open_console(json), found)
    for where, trouble in found.troubles.items():
        sys.stderr.write(f"INCOMPLETE: {where}: {trouble}\n")
    return 1 if found.troubles else 0
