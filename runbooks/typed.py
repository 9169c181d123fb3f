"""What operators type, read strictly: a wrong word is refused before anything is looked at. And what they type next, told exactly."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from runbooks.errors import AwsError, JournalLost, Paused, Refused, StepFailed
from runbooks.failover import Mode
from runbooks.journal import DRILLS, MOVES, Line, restores
from runbooks.objectives import UNMEASURED
from runbooks.plan import Plan


def mode(text: str) -> Mode:
    match text:
        case "auto" | "planned" | "unplanned":
            return text
        case _:
            raise Refused(f"--mode {text} is unknown", "choose auto, planned or unplanned")


def moment(text: str, flag: str = "--failed-at") -> datetime | None:
    """Return the moment in ISO 8601 that *text* is, in UTC, or None for no text."""
    return given_moment(text, flag) if text else None


def given_moment(text: str, flag: str) -> datetime:
    """Return the moment that *flag* must be given; raise :class:`Refused` for anything else."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{flag} {text} is not a moment", "write it in UTC, such as 2026-11-22T10:04:59Z") from None
    if read.tzinfo is None:
        raise Refused(f"{flag} {text} has no time zone", f"write {text}Z if it is UTC")
    return read.astimezone(UTC)


def loss(text: str) -> timedelta | None:
    """Return the amount that *text* accepts, or None for no text; ``unmeasured`` accepts what could not be measured."""
    if not text:
        return None
    if text == "unmeasured":
        return UNMEASURED
    found = re.fullmatch(r"([1-9]\d{0,8})([smh])", text)
    if not found:
        raise Refused(f"--accept-loss {text} is not an amount", "write seconds, minutes or hours, such as 1203s or 21m")
    return int(found[1]) * {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}[found[2]]


def line(text: str) -> Line:
    """Return the line of runs that *text* names; raise :class:`Refused` for another."""
    lines = {"move": MOVES, "restore-database": restores("database"), "restore-files": restores("files"), "drill": DRILLS}
    if text not in lines:
        raise Refused(f"--run {text} is unknown", f"choose {', '.join(lines)}")
    return lines[text]


def confirmed(target: str, yes: str) -> None:
    """Return once *target* was typed, in *yes* or now; raise :class:`Refused` otherwise. Enter means no."""
    if not yes and not sys.stdin.isatty():
        raise Refused("nobody is at the terminal to confirm", f"repeat with --yes {target}")
    answer = yes or _answer(f"Type {target} to go on (Enter: no): ")
    if answer != target:
        raise Refused(f"not confirmed: {answer or 'nothing'} is not {target}; nothing was changed", f"repeat and type {target}")


def _answer(question: str) -> str:
    """Return what was typed; a terminal that is closed, or Ctrl-C, is nothing."""
    try:
        return input(question).strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def again(plan: Plan, stack: str, yes: str, local_journal: str) -> str:
    """Return the command that carries on with a run, to be typed as the run was begun. A fence is simply repeated."""
    given = {"stack": "" if stack == "prod" else stack, "local-journal": local_journal, "yes": yes}
    flags = [] if plan.command == "fence" else ["--resume"]
    return " ".join([plan.command_line, *flags, *(f"--{name} {value}" for name, value in given.items() if value)])


@contextmanager
def resumable(run: str, command: str) -> Iterator[None]:
    """Add to what stops *run* the *command* that carries on with it."""
    try:
        yield
    except (Paused, StepFailed, AwsError, JournalLost) as error:
        raise Paused(
            f"{error.message}. The run {run} can be carried on with", f"{command}   ({error.hint})" if error.hint else command
        ) from error
