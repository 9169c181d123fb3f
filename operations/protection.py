"""`invoke backup`, `invoke restore` and `invoke verify`: one command each for whatever is protected."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK
from runbooks.exits import command

TARGET = {**STACK, "target": "what it is about: application or files"}


def _unknown(target: str) -> Exception:
    from runbooks.errors import Refused

    return Refused(f"--target {target} is unknown", "choose application or files")


def _only_of_files(**given: bool) -> None:
    """Raise :class:`Refused` for what was given and only --target files knows."""
    from runbooks.errors import Refused

    for option in (name for name, there in given.items() if there):
        raise Refused(f"--{option.replace('_', '-')} belongs to --target files", "leave it out")


@task(
    iterable=["kind"],
    help={
        **TARGET,
        "kind": "files: media, uploads, assets or cdn (repeatable; default: all that are protected)",
        "list": "files: show the backups on demand instead of making one",
        "type": "full, incremental (since the last backup) or differential (since the last full one)",
        "wait": "files: follow the copies to their end; a repeated command picks them up",
    },
)
@command
def backup(
    _: Context,
    target: str,
    type: str = "",  # noqa: A002 - the option's name
    kind: list[str] | None = None,
    list: bool = False,  # noqa: A002 - the option's name
    wait: bool = True,
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Make a backup now; repeating it within the hour is harmless."""
    from operations import application, files

    match target:
        case "application":
            _only_of_files(kind=bool(kind), list=list, no_wait=not wait)
            return application.back_up(type, stack, json)
        case "files":
            return files.backups(kind or (), stack, json) if list else files.back_up(type, kind or (), wait, stack, json)
        case _:
            raise _unknown(target)


@task(
    help={
        **TARGET,
        "at": "the newest backup at or before this moment, in UTC (default: the newest)",
        "region": "the region whose bucket to read (default: the active one)",
    }
)
@command
def verify(_: Context, target: str, at: str = "", region: str = "", stack: str = "prod", json: bool = False) -> int:
    """Check that a backup could be restored; exits 1 when anything is wrong."""
    from operations import application

    match target:
        case "application":
            return application.verify(at, region, stack, json)
        case _:
            raise _unknown(target)


@task(
    help={
        **TARGET,
        "at": "the newest backup at or before this moment, in UTC",
        "to": "a directory that is not there yet, or empty",
        "replace": "write over what an earlier restore left in it",
        "region": "the region whose bucket to read (default: the active one)",
    }
)
@command
def restore(
    _: Context, target: str, at: str = "", to: str = "", replace: bool = False, region: str = "", stack: str = "prod", json: bool = False
) -> int:
    """Bring back what was lost, beside what is there; nothing is written over without the word."""
    from operations import application

    match target:
        case "application":
            return application.restore(at, to, replace, region, stack, json)
        case _:
            raise _unknown(target)
