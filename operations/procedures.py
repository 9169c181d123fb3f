"""`invoke procedures`: the pages that people follow, written from the plans that the commands run."""

from pathlib import Path

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, open_console
from runbooks.exits import command


@task(
    help={
        **STACK,
        "check": "write nothing; say which pages are not as they would be written, and exit 1 if any",
        "exercised": "read the stack's journal instead, and note when each procedure was last carried out, on what, with what result",
        "to": "the directory of the pages and of what was noted (default: procedures/ of this repository)",
    }
)
@command
def procedures(_: Context, check: bool = False, exercised: bool = False, to: str = "", stack: str = "prod", json: bool = False) -> int:
    """Write the pages in procedures/ from the plans that the commands run; needs no account, unless --exercised reads the journal."""
    from settings import HERE

    folder = Path(to) if to else HERE / "procedures"
    return _note(folder, stack, json) if exercised else _pages(folder, check, stack, json)


def _pages(folder: Path, check: bool, stack: str, json: bool) -> int:
    import settings
    from names import Names
    from runbooks.console import print_json
    from runbooks.procedures import exercised, pages

    names = Names(settings.load(settings.stack_file(stack)))
    made = pages.render(names, exercised.read(folder))
    different = pages.different(made, folder)
    if not check:
        pages.write(made, folder)
    if json:
        print_json({"folder": str(folder), "pages": list(made), "different": different})
    elif check:
        said = [f"{folder / name} is not as it would be written; see invoke procedures" for name in different]
        open_console(json).print("\n".join(said) or f"{folder}: {len(made)} pages are as they should be.")
    else:
        open_console(json).print(f"{folder}: {', '.join(made)}; {', '.join(different) or 'nothing'} changed.")
    return 1 if check and different else 0


def _note(folder: Path, stack: str, json: bool) -> int:
    from runbooks import terminal
    from runbooks.procedures import exercised

    found = list(exercised.journaled(desk(stack).journals.first))
    known = exercised.newest([*exercised.read(folder), *found])
    file = exercised.write(folder, known)
    if json:
        terminal.print_json([each.model_dump() for each in known])
    else:
        open_console(json).print(f"{file} knows {len(known)} runs, after {len(found)} in the journal. Now: invoke procedures")
    return 0
