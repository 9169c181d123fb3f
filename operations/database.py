"""The database's part of `invoke backup`, `invoke restore` and `invoke verify`, and the marks that a restore can be told by."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from operations.shared import STACK, desk, move, open_console
from runbooks.exits import command

if TYPE_CHECKING:
    from runbooks.commands import Desk
    from runbooks.databases.restore import Wish
    from runbooks.markers import Marker


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `invoke restore`, as they were typed."""

    at: str = ""
    before: str = ""
    point: str = ""
    to: str = ""
    region: str = ""
    subnet_group: str = ""

    @property
    def nothing_to_restore(self) -> bool:
        return not (self.at or self.before or self.point)


def back_up(kind: str, wait: bool, stack: str, json: bool) -> int:
    """Make a backup and say what it is; exits 1 when AWS says that it failed."""
    from runbooks import terminal
    from runbooks.databases import backup

    at, out = desk(stack), open_console(json)
    made = backup.back_up(at.reach, kind, at.clock.now(), wait, lambda said: out.print(said, markup=False, soft_wrap=True))
    if json:
        terminal.print_json(made)
    else:
        out.print("\n".join(made.what), markup=False, soft_wrap=True)
    return 0 if made.well else 1


def restore(asked: Asked, replace: bool, resume: bool, dry_run: bool, yes: str, stack: str, json: bool) -> int:
    """Restore beside the original; with *replace*, put what was restored in its place, for which the database's name is typed."""
    from runbooks import journal
    from runbooks.databases import prepare

    at = desk(stack)
    if replace and resume and (journal.newest_open(at.journals.first) or not journal.newest_open(at.journals.first, prepare.LINE)):
        return move(at, stack, prepare.resume_swap(at), (), "", dry_run, yes, json)
    if replace and not resume and asked.nothing_to_restore:
        return move(at, stack, prepare.prepare_swap(at, asked.to), (), "", dry_run, yes, json)
    prepared = prepare.prepare_resume(at) if resume else prepare.prepare(at, _wish(at, asked))
    made = prepared.plan.target
    # Who has typed the name of what is replaced has said enough about what is restored beside it.
    ended = move(at, stack, prepared, (), "", dry_run, made if replace and yes == at.names.database else yes, json)
    if not replace or dry_run or ended:
        return ended
    return move(at, stack, prepare.prepare_swap(at, made), (), "", dry_run, "" if yes == made else yes, json)


def _wish(at: "Desk", asked: Asked) -> "Wish":
    from runbooks import markers, typed
    from runbooks.databases.restore import Wish
    from runbooks.errors import Refused

    given = [f"--{name}" for name, value in (("at", asked.at), ("before", asked.before), ("point", asked.point)) if value]
    if len(given) > 1:
        raise Refused(f"{' and '.join(given)} say different moments", "give one of them")
    moment = markers.second_before(at.journals.first, asked.before) if asked.before else typed.moment(asked.at, "--at")
    return Wish(asked.region or at.names.settings.active_region, moment, asked.point, asked.to, asked.subnet_group)


def verify(instance: str, at: str, region: str, stack: str, json: bool) -> int:
    """Look into the database, or into a restored one beside it."""
    from runbooks import typed
    from runbooks.console import print_json
    from runbooks.databases.lookup import look_up

    found = look_up(desk(stack), region, instance, typed.moment(at, "--at"))
    if json:
        print_json(found)
    else:
        open_console(json).print("\n".join(each.spoken() for each in found), markup=False)
    return 0 if all(each.well for each in found) else 1


@task(positional=["text"], help={**STACK, "text": "what happens now, such as 'deploy 2026-11-22'"})
@command
def mark(_: Context, text: str, stack: str = "prod", json: bool = False) -> None:
    """Mark this moment in the journal, so that a restore can be told `--before` it."""
    from runbooks import journal, markers

    at = desk(stack)
    _show_marks((markers.mark(at.journals.first, markers.Marker(at.clock.now(), text, journal.operator())),), json)


@task(help=STACK)
@command
def marks(_: Context, stack: str = "prod", json: bool = False) -> None:
    """Show what was marked, newest first."""
    from runbooks import markers

    _show_marks(markers.marked(desk(stack).journals.first), json)


def _show_marks(found: "tuple[Marker, ...]", json: bool) -> None:
    from runbooks import terminal

    if json:
        terminal.print_json(found)
    else:
        open_console(json).print("\n".join(each.spoken() for each in found) or "Nothing is marked yet.", markup=False)
