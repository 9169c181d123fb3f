"""A store that is asked again while it is merely busy: half of all calls may be refused, and a run is read in dozens of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from runbooks.aws.s3 import Stored
from runbooks.clock import Clock
from runbooks.journal import Store
from runbooks.watch import patiently

T = TypeVar("T")
READING = timedelta(seconds=10)
WRITING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Patient:
    """*store*, whose reads and write-once writes are repeated; a swap is left to its caller, who alone knows how long it may take."""

    store: Store
    clock: Clock

    @property
    def where(self) -> str:
        return self.store.where

    def read(self, key: str) -> Stored | None:
        return self._asked(lambda: self.store.read(key))

    def write_new(self, key: str, body: bytes) -> None:
        self._asked(lambda: self.store.write_new(key, body), WRITING)

    def swap(self, key: str, body: bytes, version: str | None) -> str:
        return self.store.swap(key, body, version)

    def keys(self, prefix: str) -> list[str]:
        return self._asked(lambda: self.store.keys(prefix))

    def folders(self, prefix: str) -> list[str]:
        return self._asked(lambda: self.store.folders(prefix))

    def _asked(self, call: Callable[[], T], within: timedelta = READING) -> T:
        return patiently(call, self.clock, within)
