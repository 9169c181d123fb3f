"""Two ordered sequences of objects, side by side: memory holds one of each, however long they are."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from runbooks.aws.versions import Version

T = TypeVar("T")

NAMED = 3
"""How many keys of a kind are named; the others are counted."""


@dataclass(slots=True)
class Tally:
    """What differs, by kind: how many, and the first few by name."""

    objects: int = 0
    bytes: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, key: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        named = self.first.setdefault(kind, [])
        if len(named) < NAMED:
            named.append(key)

    @property
    def differences(self) -> int:
        return sum(self.counts.values())

    def kinds(self) -> str:
        return "; ".join(f"{count:,} {kind} ({_named(self.first[kind], count)})" for kind, count in sorted(self.counts.items()))

    def spoken(self) -> str:
        seen = f"{self.objects:,} objects, {self.bytes:,} bytes"
        return f"{seen}; {self.kinds()}" if self.counts else seen


def _named(keys: list[str], count: int) -> str:
    return ", ".join(keys) + (", and more" if count > len(keys) else "")


def side_by_side(left: Iterable[T], right: Iterable[T], order: Callable[[T], bytes]) -> Iterator[tuple[T | None, T | None]]:
    """Yield the entries of both, those with the same key together; both must be in order."""
    lefts, rights = iter(left), iter(right)
    a, b = next(lefts, None), next(rights, None)
    while a is not None or b is not None:
        if b is None or (a is not None and order(a) < order(b)):
            yield a, None
            a = next(lefts, None)
        elif a is None or order(b) < order(a):
            yield None, b
            b = next(rights, None)
        else:
            yield a, b
            a, b = next(lefts, None), next(rights, None)


def key_of(version: Version) -> bytes:
    return version.key.encode()
