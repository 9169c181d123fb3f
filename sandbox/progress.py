"""What is told while something is made: one line for each thing, as it ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that was made, was not, or is only recorded here, and how long it took.

    ``type`` is Pulumi's, such as ``aws:kms/key:Key``, or a word.
    """

    name: str
    type: str
    region: str
    seconds: float
    outcome: Literal["done", "failed", "recorded"]


OnProgress = Callable[[Progress], None]
"""Called from several threads; what is slow or shared in it must guard itself."""


@contextmanager
def told(on_progress: OnProgress, name: str, type_: str, region: str) -> Iterator[None]:
    """Tell *on_progress* how the block ended, and how long it took."""
    started = time.monotonic()
    outcome: Literal["done", "failed"] = "failed"
    try:
        yield
        outcome = "done"
    finally:
        on_progress(Progress(name, type_, region, time.monotonic() - started, outcome))
