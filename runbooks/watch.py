"""Waiting: short, jittered polls that every wait of one service shares, each wait with a deadline and a sentence."""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
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
        self._at = float("-inf")

    def newer_than(self, ticks: float) -> T:
        """Return a photograph taken after *ticks*: another wait's, or a new one as soon as one is due."""
        with self._lock:
            if self._seen is None or self._at <= ticks:
                self._clock.sleep(max(0.0, self._at + jittered(self._every) - self._clock.ticks()))
                taken = self._clock.ticks()
                self._seen, self._at = self._describe(), taken
            return self._seen

    def until(self, what: str, found: Callable[[T], R | None], deadline: timedelta) -> R:
        """Return the first thing that *found* sees; raise :class:`StepFailed` when *deadline* passes first. *what* ends "waited for …"."""
        return until(what, lambda since: found(self.newer_than(since)), deadline, self._clock)


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
    """Return what *call* returns, asking again while its failures may pass; raise the last of them once *within* is over."""
    start, pause = clock.ticks(), 0.25
    while True:
        try:
            return call()
        except RunbookError as error:
            if not error.retry or clock.ticks() - start + pause > within.total_seconds():
                raise
        clock.sleep(jittered(pause))
        pause = min(pause * 2, 4.0)
