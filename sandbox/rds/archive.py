"""What an instance can be restored from: a base backup, and the write-ahead log that was archived since."""

import re
import threading
from bisect import bisect_right
from datetime import UTC, datetime
from pathlib import Path

from sandbox.postgres import SEGMENT, Server

KEPT = 7200
"""Heartbeats remembered: two hours, more than the archive ever lags."""


class Archive:
    """The automated backup of one server.

    ``base`` is the newest base backup, complete since ``earliest``; each has a folder of its own, so that a copy under way stays whole.
    PostgreSQL restores to a moment only when a later commit is archived, so what counts is the heartbeat, not the segment's time:
    ``latest`` is the newest heartbeat whose commit lies in an archived segment.
    """

    def __init__(self, server: Server) -> None:
        self.base: Path | None = None
        self.earliest: datetime | None = None
        self._server = server
        self._number = 0
        self._positions: list[int] = []
        self._moments: list[datetime] = []
        self._archived = 0
        self._taking = threading.Lock()

    @property
    def wal(self) -> Path:
        return self._server.wal

    @property
    def latest(self) -> datetime | None:
        return self.latest_within(self._archived)

    def latest_within(self, position: int) -> datetime | None:
        """Return the newest restorable moment when the log is known up to *position*, in bytes; None before the base backup's end."""
        known = bisect_right(self._positions, position)
        moment = self._moments[known - 1] if known else None
        return moment if moment and self.earliest and moment > self.earliest else None

    def begin(self) -> None:
        """Take a base backup; a second caller meanwhile returns at once."""
        if self._taking.acquire(blocking=False):
            try:
                self._number += 1
                base = self._server.home / f"base-{self._number}"
                self._server.copy_from(self._server.address, into=base)
                self.base, self.earliest = base, datetime.now(UTC)
            finally:
                self._taking.release()

    def forget(self) -> None:
        """Start over: a promoted server's history continues from a base backup of its own."""
        self.base = self.earliest = None

    def note(self, moment: datetime, position: int, newest: str | None) -> None:
        """Note that the commit of *moment* lies before *position*, and that *newest* is the segment archived last."""
        self._positions, self._moments = [*self._positions[-KEPT:], position], [*self._moments[-KEPT:], moment]
        self._archived = max(self._archived, segment_end(newest or ""))


def segment_end(name: str) -> int:
    """Return the position, in bytes, where the segment *name* ends; 0 for other files of the log."""
    if not re.fullmatch(r"[0-9A-F]{24}", name):
        return 0
    return (int(name[8:16], 16) << 32) + (int(name[16:], 16) + 1) * SEGMENT
