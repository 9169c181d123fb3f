"""What every check has in common: the case before it, and the verdict that a figure gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from runbooks.compliance.evidence import Evidence
from runbooks.compliance.exercises import Exercise
from runbooks.compliance.figures import Figure, Source
from runbooks.compliance.words import value

Verdict = Literal["pass", "fail", "no evidence"]
Answer = tuple[Verdict, str, tuple[Source, ...]]
NAMED = 3


@dataclass(frozen=True, slots=True)
class Case:
    """What a check looks at: the evidence, its runs as exercises, its figures by name."""

    evidence: Evidence
    runs: Sequence[Exercise]
    figures: Mapping[str, Figure]

    @property
    def period_runs(self) -> list[Exercise]:
        return [run for run in self.runs if self.evidence.about.period.holds(run.began)]

    @property
    def over(self) -> bool:
        return self.evidence.about.collected >= self.evidence.about.period.until

    def unseen(self, *words: str) -> str:
        """Return why something of these names was not seen, or nothing."""
        return "; ".join(f"{name}: {why}" for name, why in self.evidence.unseen.items() if name.startswith(words))


def judged(figure: Figure, unseen: str) -> Answer:
    """Return the verdict that a figure gives by its objective; what was not seen may have been worse."""
    said = f"{value(figure)}: {figure.counted}" if figure.value is not None else figure.counted
    if figure.met is False:
        return "fail", said, figure.sources
    if unseen or figure.met is None:
        return "no evidence", f"{said}; not seen: {unseen}" if unseen else said, figure.sources
    return "pass", said, figure.sources


def of_runs(runs: Sequence[Exercise]) -> tuple[Source, ...]:
    return tuple(Source(f"runs/{run.run}", (f"{run.records:04d}.json",)) for run in runs)


def few(said: Sequence[str]) -> str:
    more = f" and {len(said) - NAMED} more" if len(said) > NAMED else ""
    return "; ".join(said[:NAMED]) + more
