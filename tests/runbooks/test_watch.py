"""Waiting: how often AWS is asked, and that nothing that hangs is waited for."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from threading import Event

import pytest

from runbooks.errors import Busy, Denied, StepFailed
from runbooks.watch import Aside, Watched, until
from tests.runbooks.stores import FastClock

LONG = timedelta(minutes=5)


class Described:
    """What a describe call returns: how often it was asked; ``at`` is when."""

    def __init__(self, clock: FastClock) -> None:
        self.clock, self.at = clock, list[float]()
        self.watched = Watched(self._describe, clock)

    def _describe(self) -> int:
        self.at.append(self.clock.ticks())
        return len(self.at)


def test_a_wait_asks_at_most_once_a_second() -> None:
    """Ten looks take nine seconds and a little, however short the waits between them."""
    described = Described(FastClock())
    assert described.watched.until("the tenth look", lambda seen: seen if seen == 10 else None, LONG) == 10
    assert all(later - earlier > 0.999 for earlier, later in pairwise(described.at))
    assert described.at[-1] < 10.0


def test_the_look_before_an_act_serves_the_wait_after_it() -> None:
    """Looking whether it is done, looking before acting and the wait's first look are one call."""
    described = Described(FastClock())
    assert described.watched.now() == described.watched.now() == 1
    assert described.watched.until("anything", lambda seen: seen, LONG) == 1


def test_an_old_look_serves_nobody() -> None:
    """A wait that begins a minute after the last look does not take that look for the world."""
    described = Described(FastClock())
    described.watched.now()
    described.clock.sleep(60)
    assert described.watched.until("anything", lambda seen: seen, LONG) == 2


def test_a_look_that_failed_counts_as_one() -> None:
    """A service that throttles is not asked again at once."""
    clock, asked = FastClock(), list[float]()

    def describe() -> int:
        asked.append(clock.ticks())
        if len(asked) < 3:
            raise Busy("throttled")
        return len(asked)

    assert Watched(describe, clock).until("an answer", lambda seen: seen, LONG) == 3
    assert all(later - earlier > 0.999 for earlier, later in pairwise(asked))


def test_a_wait_ends_at_its_deadline_and_says_what_it_waited_for() -> None:
    """The sentence names what did not come, and the failure of the last look."""

    def look(_: float) -> None:
        raise Busy("rds: slow down")

    with pytest.raises(StepFailed, match=r"waited 1[01] s for a writer; the last look failed: rds: slow down"):
        until("a writer", look, timedelta(seconds=10), FastClock(), every=1.0)


def test_what_hangs_aside_holds_up_no_wait() -> None:
    """The wait goes on while the act beside it gets no answer, and no second one is begun meanwhile."""
    clock, answer, begun = FastClock(), Event(), list[float]()

    def act() -> None:
        begun.append(clock.ticks())
        answer.wait(10)

    aside = Aside(act, clock, every=5.0)

    def look(_: float) -> bool | None:
        aside.tend()
        return True if clock.ticks() > 30 else None

    assert until("half a minute to pass", look, LONG, clock, every=1.0)
    answer.set()
    assert begun == [0.0]


def test_what_is_done_aside_is_repeated_at_its_pace() -> None:
    """Every five seconds, not at every look."""
    clock, begun = FastClock(), list[float]()
    aside = Aside(lambda: begun.append(clock.ticks()), clock, every=5.0)
    _tended(aside, lambda: begun == [0.0])
    clock.sleep(4.9)
    aside.tend()
    clock.sleep(0.2)
    _tended(aside, lambda: len(begun) == 2)
    assert begun == [0.0, pytest.approx(5.1)]


def test_what_fails_aside_is_told_and_done_again_at_once() -> None:
    """A refusal reaches the wait; if that goes on, its next look begins the act anew."""
    begun = list[str]()

    def act() -> None:
        begun.append("again" if begun else "first")
        if begun == ["first"]:
            raise Denied("no permission")

    aside = Aside(act, FastClock(), every=5.0)
    with pytest.raises(Denied):
        _tended(aside, lambda: len(begun) == 2)
    _tended(aside, lambda: begun == ["first", "again"])


def _tended(aside: Aside, true: Callable[[], bool]) -> None:
    """Tend *aside* until *true* holds: its thread needs a moment of real time."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        aside.tend()
        time.sleep(0.001)
