"""Time as an argument: what a run may ask of time, and the real one."""

import random
import time
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Protocol

from runbooks.errors import Paused


class Clock(Protocol):
    """``now`` is for people and records, ``ticks`` (monotonic seconds) for durations; ``sleep`` ends early by raising :class:`Paused`."""

    def now(self) -> datetime: ...

    def ticks(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The machine's clock, read once and carried on by the monotonic one: a clock that is set back in mid-run bends no record.

    Setting ``stop`` wakes every sleeper with :class:`Paused`.
    """

    def __init__(self) -> None:
        self.stop = Event()
        self._start, self._start_ticks = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._start_ticks)

    def ticks(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Paused("the run was paused")


def jittered(seconds: float) -> float:
    """Return *seconds* or up to a tenth more, so that many pollers do not march in step and none is faster than asked."""
    return seconds * random.uniform(1.0, 1.1)  # noqa: S311 - spreading load is no secret


def spoken(duration: timedelta) -> str:
    """Return *duration* as people say it: ``0.8 s``, ``42 s``, ``20 min 3 s``, ``2 h 5 min``."""
    seconds = duration.total_seconds()
    if abs(seconds) < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    counted = ((hours, "h"), (minutes_left, "min"), (0 if hours else rest, "s"))
    return " ".join(f"{count} {unit}" for count, unit in counted if count)
