"""RTO and RPO arithmetic; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from runbooks.clock import spoken


@dataclass(frozen=True, slots=True)
class Loss:
    """What a run may lose: at most ``seconds`` of writes, about ``orders`` of them. ``seconds`` None: not measured, see ``how``."""

    seconds: float | None
    orders: int | None
    how: str

    def spoken(self) -> str:
        if self.seconds is None:
            return f"not measured ({self.how})"
        if self.seconds == 0:
            return f"nothing ({self.how})"
        orders = "" if self.orders is None else f", about {self.orders} orders"
        return f"at most {spoken(timedelta(seconds=self.seconds))} of writes{orders} ({self.how})"


NOTHING = Loss(0.0, 0, "writes stop first, and the replica replays the last of them before it is promoted")


UNMEASURED = timedelta(0)
"""What the operator accepts who accepts a loss that nothing could measure: no amount covers it."""


def loss_of(last_commit: datetime | None, failed_at: datetime, placed_per_second: float | None, how: str) -> Loss:
    """Return what is lost if the newest commit that survives is *last_commit* and the source died at *failed_at*.

    How many orders that is stays open where *placed_per_second* is not known.
    """
    if last_commit is None:
        return Loss(None, None, "the replica has replayed nothing it can date")
    seconds = max((failed_at - last_commit).total_seconds(), 0.0)
    return Loss(round(seconds, 3), None if placed_per_second is None else ceil(seconds * placed_per_second), how)


def why_too_much(loss: Loss, rpo: timedelta, accepted: timedelta | None) -> str | None:
    """Return why *loss* needs the operator's word, or None when it is inside the objective or accepted."""
    if loss.seconds is None:
        return None if accepted == UNMEASURED else f"the loss was {loss.spoken()}"
    limit = max(rpo, accepted or timedelta(0))
    if timedelta(seconds=loss.seconds) <= limit:
        return None
    return f"the loss would be {loss.spoken()}; the objective is {spoken(rpo)}"


def critical_path(seconds: Mapping[str, float], needs: Mapping[str, Sequence[str]], end: str) -> tuple[tuple[str, ...], float]:
    """Return the longest chain of steps that ends in *end*, and its length in seconds. Steps without a time count as 0."""
    best: dict[str, tuple[tuple[str, ...], float]] = {}

    def longest(step: str) -> tuple[tuple[str, ...], float]:
        if step not in best:
            before = max((longest(need) for need in needs.get(step, ())), key=lambda chain: chain[1], default=((), 0.0))
            best[step] = ((*before[0], step), before[1] + seconds.get(step, 0.0))
        return best[step]

    return longest(end)
