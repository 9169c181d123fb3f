"""Questions and answers: what is not understood is asked again, and anyone may leave."""

import io

import pytest
from rich.console import Console

from runbooks.backups import moment
from runbooks.dialogue import Dialogue, Left
from tests.runbooks.pictures import NOW


def dialogue(*answers: str) -> tuple[Dialogue, io.StringIO]:
    said, lines = io.StringIO(), iter(answers)

    def read() -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    return Dialogue(Console(file=said, width=120), read), said


def test_a_choice_is_asked_until_it_is_one() -> None:
    """A word, a number beyond the list and nothing are none; the number counts from 1."""
    talk, said = dialogue("files", "4", "", "2")
    assert talk.choose("What was lost?", ["the database", "files", "the application"]) == 1
    assert said.getvalue().count("is none of them (type a number from 1 to 3, or q to leave)") == 3


def test_enter_takes_the_default() -> None:
    """Where there is one, which is shown."""
    talk, said = dialogue("")
    assert talk.choose("Which?", ["this", "that"], default=2) == 1
    assert "1 to 2, q to leave [2]: " in said.getvalue()


def test_a_refusal_is_told_with_its_way_out() -> None:
    """The same words that a command would say."""
    talk, said = dialogue("yesterday", "2h")
    assert str(talk.ask("When was it well?", lambda text: moment("at", text, NOW))) == "2026-11-22 08:00:00+00:00"
    assert "--at yesterday is not a moment (write it as" in said.getvalue()


@pytest.mark.parametrize(("answers", "agreed"), [(("",), False), (("n",), False), (("maybe", "Y"), True), (("yes",), True)])
def test_enter_is_no(answers: tuple[str, ...], agreed: bool) -> None:
    """Only y and yes agree."""
    talk, _ = dialogue(*answers)
    assert talk.agree("Go on?") is agreed


@pytest.mark.parametrize("answers", [("q",), ("Quit",), ()])
def test_anyone_may_leave(answers: tuple[str, ...]) -> None:
    """With a word, or by closing the terminal; nothing was changed, and that is said."""
    talk, _ = dialogue(*answers)
    with pytest.raises(Left, match="nothing was changed"):
        talk.agree("Go on?")
