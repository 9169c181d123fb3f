"""What every count rests on: the program as declared, the sizes that no declaration says, and the amounts that come out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi.runtime.rpc import UNKNOWN

from sandbox.deploy.monitor import Registration

Amount = tuple[str, str, float]
"""What it is in words, the name of its price, and how much of it a month."""

MONTH = 30.4
"""Days."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What no declaration says. Sizes are in GB; ``daily_change`` is a part of one."""

    database_gb: float
    files_gb: float
    application_gb: float
    daily_change: float
    evidence_gb: float
    logs_gb: float
    build_minutes: float
    hours: float

    @classmethod
    def of(cls, given: Mapping[str, float]) -> Self:
        """Return the sizes in *given*, under the names that ``prices.yaml`` has for them."""
        return cls(
            database_gb=given["databaseGb"],
            files_gb=given["filesGb"],
            application_gb=given["applicationGb"],
            daily_change=given["dailyChange"] / 100,
            evidence_gb=given["evidenceGb"],
            logs_gb=given["logsGb"],
            build_minutes=given["buildMinutes"],
            hours=given["hours"],
        )

    def kept(self, size: float, days: float) -> float:
        """Return the GB of a backup that reaches back *days* to any moment: the whole, and each day's change."""
        return size * (1 + self.daily_change * days)

    def changed(self, size: float) -> float:
        """Return the GB that change in a month."""
        return size * self.daily_change * MONTH


@dataclass(frozen=True, slots=True)
class Declared:
    all: tuple[Registration, ...]
    sizes: Sizes

    def of(self, kind: str) -> list[Registration]:
        return [each for each in self.all if each.type.startswith(f"aws:{kind}:")]

    def with_input(self, kind: str, name: str, value: object) -> Registration | None:
        return next((each for each in self.of(kind) if each.inputs.get(name) == value), None)


def said(inputs: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """Return an input that is known, else *otherwise*."""
    value = inputs.get(name)
    return otherwise if value is None or value == UNKNOWN else value


Count = Callable[[Registration, Declared], Iterator[Amount]]
"""Yields how much one resource takes a month of what AWS charges for. A price's name may end in ``/unit``, shown if it has none."""
