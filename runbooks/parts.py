"""A vault, read in parts: spans of time that can be asked for side by side, cut so that each takes a few pages.

AWS gives a vault's recovery points in no documented order, and page after page by token alone. By when they were made they can be asked for
from the newest back, and the half of all that one vault may hold by many at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor, inf

RECENT = 86_400
"""Seconds that are asked for alone at first: what an operator looks for is mostly of today."""

PAGES = 4
"""A part that takes more pages is cut."""

PIECES = 16
"""What it is cut into, about."""


@dataclass(frozen=True, slots=True)
class Part:
    """The points of one vault made in ``[after, before)``, in whole seconds since 1970.

    One that is ``whole`` is followed to its end, however long.
    """

    region: str
    vault: str
    after: float = -inf
    before: float = inf
    whole: bool = False


def first(part: Part, now: float) -> list[Part]:
    """Return *part* as what is recent and what is older, the newest first."""
    return _between(part, [float(floor(now)) - RECENT])


def cut(part: Part, made: Sequence[float]) -> list[Part]:
    """Return *part* in pieces, the newest first; *made* are the moments of its first pages, as they came.

    In no order, they stand for all of it, and the pieces hold about as many each. In order of time, they are only its beginning or its
    end: the pieces are as long as what they span, and what these do not reach is cut again.
    """
    bounds = _steps(made) if _in_order(made) else _shares(made)
    pieces = _between(part, sorted(set(bounds)))
    return pieces if len(pieces) > 1 else [replace(part, whole=True)]


def _between(part: Part, bounds: Sequence[float]) -> list[Part]:
    edges = [part.after, *(bound for bound in bounds if part.after < bound < part.before), part.before]
    return [replace(part, after=after, before=before) for after, before in pairwise(edges)][::-1]


def _in_order(made: Sequence[float]) -> bool:
    steps = list(pairwise(made))
    return all(left <= right for left, right in steps) or all(left >= right for left, right in steps)


def _shares(made: Sequence[float]) -> list[float]:
    ordered = sorted(made)
    return [float(floor(ordered[len(ordered) * number // PIECES])) for number in range(1, PIECES)]


def _steps(made: Sequence[float]) -> list[float]:
    """Return bounds from the first of *made* on, in the direction they go: half as far apart as they reach."""
    step = max(1, ceil(abs(made[0] - made[-1]) / 2))
    if made[0] > made[-1]:
        return [float(ceil(made[0]) - step * number) for number in range(1, PIECES)]
    return [float(floor(made[0]) + step * number) for number in range(1, PIECES)]
