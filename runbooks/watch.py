"""Waiting: short, jittered polls that every wait of one service shares, each wait with a deadline and a sentence."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Lock, Thread
from typing import Generic, TypeVar

from runbooks.clock import Clock, jittered, spoken
from runbooks.errors import RunbookError, StepFailed

T = TypeVar("T")
R = TypeVar("R")


class Watched(Generic[T]):
    """One describe call, made at most once every ``every`` seconds however many wait for what it shows."""

    def __init__(self, describe: Callable[[], T], clock: Clock, every: float = 1.0) -> None:
        self._describe, self._clock, self._every = describe, clock, every
        self._lock = Lock()
        self._seen: T | None = None
        self._at = self._due = float("-inf")

    def now(self) -> T:
        """Return a photograph that is at most ``every`` seconds old, or a new one."""
        return self.newer_than(self._clock.ticks() - self._every)

    def newer_than(self, ticks: float) -> T:
        """Return a photograph taken after *ticks*: another wait's, or a new one as soon as one is due."""
        with self._lock:
            if self._seen is None or self._at <= ticks:
                self._clock.sleep(max(0.0, self._due - self._clock.ticks()))
                asked = self._clock.ticks()
                try:
                    self._seen, self._at = self._describe(), asked
                finally:
                    self._due = self._clock.ticks() + jittered(self._every)
            return self._seen

    def until(self, what: str, found: Callable[[T], R | None], deadline: timedelta) -> R:
        """Return the first thing that *found* sees; raise :class:`StepFailed` when *deadline* passes first. *what* ends "waited for …"."""
        recent = self._clock.ticks() - self._every
        return until(what, lambda since: found(self.newer_than(max(since, recent))), deadline, self._clock)


class Aside:
    """What is done again and again beside a wait, on a thread of its own: a region that hangs holds up nobody, nor the end."""

    def __init__(self, act: Callable[[], None], clock: Clock, every: float) -> None:
        self._act, self._clock, self._every = act, clock, every
        self._doing: Future[None] | None = None
        self._due = float("-inf")

    def tend(self) -> None:
        """Begin it if it is due; raise what it raised the last time, after which it is due at once."""
        if self._doing is not None and self._doing.done():
            ended, self._doing = self._doing, None
            if ended.exception():
                self._due = float("-inf")
            ended.result()
        if self._doing is None and self._clock.ticks() >= self._due:
            self._due = self._clock.ticks() + self._every
            self._doing = Future()
            Thread(target=_fulfil, args=(self._act, self._doing), name="aside", daemon=True).start()


def _fulfil(act: Callable[[], None], done: Future[None]) -> None:
    try:
        act()
    except BaseException as error:  # noqa: BLE001 - raised where it is tended
        done.set_exception(error)
    else:
        done.set_result(None)


def until(what: str, look: Callable[[float], R | None], deadline: timedelta, clock: Clock, every: float = 0.0) -> R:
    """Call *look* (with the ticks of the last look) until it returns something; failures that may pass are only remembered."""
    start, last, trouble = clock.ticks(), float("-inf"), ""
    while True:
        asked = clock.ticks()
        try:
            seen = look(last)
            if seen is not None:
                return seen
            trouble = ""
        except RunbookError as error:
            if not error.retry:
                raise
            trouble = f"; the last look failed: {error.message}"
        last = asked
        waited = timedelta(seconds=clock.ticks() - start)
        if waited >= deadline:
            raise StepFailed(
                f"waited {spoken(waited)} for {what}{trouble}", "look at it in the AWS console, then repeat the command with --resume"
            )
        clock.sleep(jittered(every) if not trouble else jittered(max(every, 0.5)))


def patiently(call: Callable[[], T], clock: Clock, within: timedelta) -> T:
    """Return what *call* returns, asking again while its failures may pass; raise the last of them once *within* is over.

    Where half of all calls are refused, a dozen tries in ten seconds leave one of four thousand unanswered; a run reads dozens of records.
    """
    start, pause = clock.ticks(), 0.1
    while True:
        rest = jittered(pause)
        try:
            return call()
        except RunbookError as error:
            if not error.retry or clock.ticks() - start + rest > within.total_seconds():
                raise
        clock.sleep(rest)
        pause = min(pause * 2, 1.0)
