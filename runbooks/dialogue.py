"""Questions at a terminal, a line each: what works over any remote session, with any reader of the screen, and from a pipe in a test."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich.console import Console

from runbooks.errors import Refused

T = TypeVar("T")

LEAVE = ("q", "quit", "exit")


class Left(Refused):
    """Somebody left before anything was done."""

    def __init__(self) -> None:
        super().__init__("left; nothing was changed", "begin again whenever you like: invoke wizard")


class Dialogue:
    """Asks on *out* and reads with *read*, which returns a line. ``q``, an end of input and Ctrl-C leave, from anywhere."""

    def __init__(self, out: Console, read: Callable[[], str]) -> None:
        self._out, self._read = out, read

    def say(self, text: str = "") -> None:
        self._out.print(text, markup=False)

    def ask(self, question: str, understood: Callable[[str], T], default: str = "") -> T:
        """Return what *understood* makes of an answer; what it refuses is said, with its way out, and asked again."""
        while True:
            self._out.print(f"{question}{f' [{default}]' if default else ''}: ", end="", markup=False)
            answer = self._line() or default
            try:
                return understood(answer)
            except Refused as error:
                self.say(f"  {error.message}" + (f" ({error.hint})" if error.hint else ""))

    def choose(self, question: str, options: Sequence[str], default: int = 0) -> int:
        """Return which of *options* was chosen, from 0 on; *default* (from 1 on) is what Enter means, 0 nothing."""
        self.say(question)
        for number, option in enumerate(options, start=1):
            self.say(f"  {number}  {option}")

        def understood(answer: str) -> int:
            if answer.isdecimal() and 1 <= int(answer) <= len(options):
                return int(answer) - 1
            raise Refused(f"{answer or 'nothing'} is none of them", f"type a number from 1 to {len(options)}, or q to leave")

        return self.ask(f"1 to {len(options)}, q to leave", understood, str(default) if default else "")

    def agree(self, question: str) -> bool:
        """Return whether the answer is yes; Enter is no."""

        def understood(answer: str) -> bool:
            if answer.lower() in ("y", "yes", "n", "no", ""):
                return answer.lower() in ("y", "yes")
            raise Refused(f"{answer} is neither yes nor no", "type y or n")

        return self.ask(f"{question} (y/N)", understood)

    def _line(self) -> str:
        try:
            answer = self._read().strip()
        except (EOFError, KeyboardInterrupt):
            self.say()
            raise Left from None
        if answer.lower() in LEAVE:
            raise Left
        return answer
