"""The commands that keep the application and bring it back."""

from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from runbooks.application.place import Place

TARGET = {**STACK, "target": "what it is about: application"}
REGION = {"region": "the region whose bucket to read (default: the active one)"}


def place(target: str, region: str, stack: str) -> "Place":
    import settings
    from names import Names
    from runbooks.application import place
    from runbooks.errors import Refused

    if target != "application":
        raise Refused(f"--target {target} is unknown", "choose application")
    return place.place(Names(settings.load(settings.stack_file(stack))), region)


@task(help={**TARGET, "type": "full, incremental (since the last backup) or differential (since the last full one)"})
@command
def backup(_: Context, target: str, type: str = "full", stack: str = "prod", json: bool = False) -> None:  # noqa: A002 - the option's name
    """Keep repositories, parameters and task definitions under one signed manifest; repeating it within the hour is harmless."""
    from runbooks.application.backup import back_up
    from runbooks.application.manifest import kind_of
    from runbooks.clock import RealClock
    from runbooks.console import print_json

    kind = kind_of(type)
    made = back_up(place(target, "", stack), kind, RealClock().now())
    if json:
        print_json(made)
    else:
        open_console(json).print("\n".join((made.spoken(), *made.notes)), markup=False)


@task(help={**TARGET, **REGION, "at": "the newest backup at or before this moment, in UTC (default: the newest)"})
@command
def verify(_: Context, target: str, at: str = "", region: str = "", stack: str = "prod", json: bool = False) -> int:
    """Check a backup's signature, chain and parts, rebuild its repositories and check them out; exits 1 when anything is wrong."""
    from runbooks import typed
    from runbooks.application import verify
    from runbooks.application.archive import Archive
    from runbooks.console import print_json

    found = verify.verify(Archive(place(target, region, stack)), typed.moment(at, "--at"))
    if json:
        print_json(found)
    else:
        open_console(json).print("\n".join(f"{'✓' if each.well else '✗'} {each.name}  {each.says}" for each in found), markup=False)
    return 0 if all(each.well for each in found) else 1


@task(
    help={
        **TARGET,
        **REGION,
        "at": "the newest backup at or before this moment, in UTC",
        "to": "a directory that is not there yet, or empty",
        "replace": "write over what an earlier restore left in it",
    }
)
@command
def restore(
    _: Context, target: str, at: str, to: str, replace: bool = False, region: str = "", stack: str = "prod", json: bool = False
) -> None:
    """Bring the application back into a directory, and show how AWS differs from it; nothing in AWS is changed."""
    from pathlib import Path

    from runbooks import typed
    from runbooks.application.archive import Archive
    from runbooks.application.restore import restore
    from runbooks.console import print_json

    moment = typed.given_moment(at, "--at")
    done = restore(Archive(place(target, region, stack)), moment, Path(to).absolute(), replace=replace)
    if json:
        print_json(done)
    else:
        open_console(json).print(done.spoken(), markup=False)
