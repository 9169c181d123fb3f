"""What the application's part of `invoke backup`, `restore` and `verify` does."""

from pathlib import Path
from typing import TYPE_CHECKING

from operations.shared import open_console

if TYPE_CHECKING:
    from runbooks.application.place import Place


def place(region: str, stack: str) -> "Place":
    import settings
    from names import Names
    from runbooks.application import place

    return place.place(Names(settings.load(settings.stack_file(stack))), region)


def back_up(kind: str, stack: str, json: bool) -> int:
    """Keep repositories, images, packages and configuration under one signed manifest; repeating it within the hour is harmless.

    A backup that lacks something is made, and is no success: each lack is an error, and the exit code is 1.
    """
    from runbooks.application.backup import back_up
    from runbooks.clock import RealClock
    from runbooks.console import print_json
    from runbooks.exits import say
    from runbooks.signed import kind_of

    wanted = kind_of(kind or "full")
    made = back_up(place("", stack), wanted, RealClock().now())
    if json:
        print_json(made)
    else:
        open_console(json).print("\n".join((made.spoken(), *made.notes)), markup=False)
    for lack in made.manifest.lacks:
        say(f"{lack.what} is not in the backup: {lack.why}", lack.hint, 1)
    return 1 if made.manifest.lacks else 0


def verify(at: str, region: str, stack: str, json: bool) -> int:
    """Check a backup's signature, chain and parts, check its repositories out, follow its images, and resolve its locks offline."""
    from runbooks import typed
    from runbooks.application import verify
    from runbooks.application.archive import Archive
    from runbooks.console import print_json

    found = verify.verify(Archive(place(region, stack)), typed.moment(at, "--at"))
    if json:
        print_json(found)
    else:
        open_console(json).print("\n".join(each.spoken() for each in found), markup=False)
    return 0 if all(each.well for each in found) else 1


def restore_parameters(at: str, to: str, replace: bool, region: str, stack: str, json: bool) -> int:
    """Write the parameters of a backup below a path of their own."""
    from runbooks import typed
    from runbooks.application.archive import Archive
    from runbooks.application.parameters import restore_parameters
    from runbooks.console import print_json

    moment = typed.given_moment(at, "--at")
    done = restore_parameters(Archive(place(region, stack)), moment, to.rstrip("/"), replace=replace)
    if json:
        print_json(done)
    else:
        open_console(json).print(done.spoken(), markup=False)
    return 0


def restore(at: str, to: str, replace: bool, region: str, stack: str, json: bool) -> int:
    """Bring the application back into a directory, and show how AWS differs from it; nothing in AWS is changed."""
    from runbooks import typed
    from runbooks.application.archive import Archive
    from runbooks.application.restore import restore
    from runbooks.console import print_json

    moment = typed.given_moment(at, "--at")
    done = restore(Archive(place(region, stack)), moment, Path(to).absolute(), replace=replace)
    if json:
        print_json(done)
    else:
        open_console(json).print(done.spoken(), markup=False)
    return 0
