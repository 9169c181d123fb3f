"""What operators type, read strictly."""

from datetime import UTC, datetime, timedelta

import pytest

from runbooks import typed
from runbooks.errors import Paused, Refused, Unreachable
from runbooks.objectives import NOTHING, UNMEASURED
from runbooks.plan import Plan


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("", None),
        ("1203s", timedelta(seconds=1203)),
        ("21m", timedelta(minutes=21)),
        ("2h", timedelta(hours=2)),
        ("unmeasured", UNMEASURED),
    ],
)
def test_a_loss_is_an_amount_or_the_word(text: str, means: timedelta | None) -> None:
    """Seconds, minutes or hours; accepting the unknown takes a word of its own."""
    assert typed.loss(text) == means


@pytest.mark.parametrize("text", ["0s", "21", "m", "-5m", "1.5h", "21 m", "all"])
def test_anything_else_is_no_amount(text: str) -> None:
    """A slip is refused, not guessed at; nothing at all needs no accepting."""
    with pytest.raises(Refused, match="is not an amount"):
        typed.loss(text)


def test_a_moment_needs_its_time_zone() -> None:
    """The laptop's own zone is nobody's business in a disaster."""
    assert typed.moment("2026-11-22T10:04:59Z") == datetime(2026, 11, 22, 10, 4, 59, tzinfo=UTC)
    assert typed.moment("2026-11-22T12:04:59+02:00") == datetime(2026, 11, 22, 10, 4, 59, tzinfo=UTC)
    with pytest.raises(Refused, match="has no time zone"):
        typed.moment("2026-11-22T10:04:59")
    with pytest.raises(Refused, match="is not a moment"):
        typed.moment("ten past four")


def test_an_unknown_mode_is_refused() -> None:
    """Three words are modes."""
    assert [typed.mode(word) for word in ("auto", "planned", "unplanned")] == ["auto", "planned", "unplanned"]
    with pytest.raises(Refused, match="--mode plannned is unknown"):
        typed.mode("plannned")


@pytest.mark.parametrize(
    ("command", "given", "again"),
    [
        ("failover", ("prod", "", ""), "invoke failover --region us-west-2 --resume"),
        (
            "failback",
            ("eu", "us-west-2", "prod"),
            "invoke failback --region us-west-2 --resume --stack eu --local-journal prod --yes us-west-2",
        ),
        ("fence", ("prod", "us-west-2", ""), "invoke fence --region us-west-2 --yes us-west-2"),
    ],
)
def test_who_resumes_types_what_the_run_was_begun_with(command: str, given: tuple[str, str, str], again: str) -> None:
    """The same stack, the same journal, and no question where none was asked; a fence is repeated."""
    plan = Plan(command, "us-east-1", "us-west-2", "unplanned", "a test", (), NOTHING, green="")
    assert typed.again(plan, *given) == again


def test_what_stops_a_run_comes_with_the_command_that_carries_on() -> None:
    """The error says why, and which run; the way out is the command, and what to mend before it."""
    with pytest.raises(Paused, match=r"no answer\. The run 1 can be carried on with") as stopped, typed.resumable("1", "invoke failover"):
        raise Unreachable("no answer", "mend the network")
    assert stopped.value.hint == "invoke failover   (mend the network)"
