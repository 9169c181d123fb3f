"""Waiting for what the emulator does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

from runbooks.errors import RunbookError

T = TypeVar("T")
PATIENCE = 120.0
POLL = 0.1


class NotInTime(RunbookError):
    """Something did not come up, or came up wrong; the message says what."""


def wait_until(what: str, look: Callable[[], T | None], within: float = PATIENCE) -> T:
    """Return the first thing that *look* sees; raise :class:`NotInTime` when that takes longer than *within* seconds."""
    deadline = time.monotonic() + within
    while (seen := look()) is None:
        if time.monotonic() > deadline:
            raise NotInTime(f"waited {within:.0f} s in vain for {what}")
        time.sleep(POLL)
    return seen
