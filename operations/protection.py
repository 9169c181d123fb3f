"""`invoke backup`, `invoke restore` and `invoke verify`: one command each for whatever is protected."""

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK
from runbooks.exits import command

TARGET = {**STACK, "target": "what it is about: application, or files (verify)"}


def _unknown(target: str, known: str = "application") -> Exception:
    from runbooks.errors import Refused

    return Refused(f"--target {target} is unknown", f"choose {known}")


def _only(target: str, **given: object) -> None:
    """Refuse the options of another target."""
    from runbooks.errors import Refused

    for name, value in given.items():
        if value:
            raise Refused(f"--{name} is for {target}", "leave it out")


@task(help={**TARGET, "type": "full, incremental (since the last backup) or differential (since the last full one)"})
@command
def backup(_: Context, target: str, type: str = "", stack: str = "prod", json: bool = False) -> int:  # noqa: A002 - the option's name
    """Make a backup now; repeating it within the hour is harmless."""
    from operations import application

    match target:
        case "application":
            return application.back_up(type, stack, json)
        case _:
            raise _unknown(target)


@task(
    iterable=["kind"],
    help={
        **TARGET,
        "at": "application: the newest backup at or before this moment, in UTC (default: the newest)",
        "content": "files: read every object in both regions (at scale, let S3 Batch Operations compute checksums instead)",
        "kind": "files: media, uploads, assets or cdn (repeatable; default: all that are protected)",
        "live": "files: list both regions now, a thousand versions to a call, instead of reading S3's daily lists",
        "region": "application: the region whose bucket to read (default: the active one)",
        "to": "files: a directory for the lists of what differs, one CSV file for each kind",
    },
)
@command
def verify(
    _: Context,
    target: str,
    at: str = "",
    content: bool = False,
    kind: list[str] | None = None,
    live: bool = False,
    region: str = "",
    to: str = "",
    stack: str = "prod",
    json: bool = False,
) -> int:
    """Check that a backup could be restored, or that both regions' files are alike; exits 1 when anything is wrong."""
    from operations import application, files

    match target:
        case "application":
            _only("--target files", content=content, kind=kind, live=live, to=to)
            return application.verify(at, region, stack, json)
        case "files":
            _only("--target application", at=at, region=region)
            return files.verify(kind or (), to, live, content, stack, json)
        case _:
            raise _unknown(target, "application or files")


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
