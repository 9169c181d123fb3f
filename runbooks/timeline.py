"""Where everything of a run stands on a line drawn to scale. Pure; every place is in percent of the line's length."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from runbooks.clock import spoken
from runbooks.story import Attempt, StepStory, Story

_DISTANCES = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MOST_TICKS = 7
_THIN = 0.3  # percent; a bar is never thinner than this, or it could not be seen
MINUS = "\N{MINUS SIGN}"
_LABEL = 12  # percent; the room that a bar's label takes


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt. ``side`` is where its label has room: after the bar, before it, or inside."""

    left: float
    width: float
    outcome: str
    label: str
    side: Literal["after", "before", "inside"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One step's bars, in the order of its attempts."""

    step: StepStory
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A moment drawn across all lanes. ``flip``: its label has room only on its left."""

    at: float
    name: str
    label: str
    flip: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """``ticks`` are (place, label); ``beyond`` says in words what lies outside the line."""

    ticks: tuple[tuple[float, str], ...]
    lines: tuple[Line, ...]
    lanes: tuple[Lane, ...]
    beyond: tuple[str, ...]

    @property
    def interrupted(self) -> bool:
        return any(bar.outcome == "interrupted" for lane in self.lanes for bar in lane.bars)


@dataclass(frozen=True, slots=True)
class _Scale:
    first: float
    last: float

    def place(self, seconds: float) -> float:
        return round((seconds - self.first) / (self.last - self.first) * 100, 3)

    def holds(self, seconds: float) -> bool:
        return self.first <= seconds <= self.last


def timeline(story: Story) -> Timeline:
    """Return *story* on a line from its first moment to its last; a moment that would shrink the rest to nothing is told in words."""
    scale = _scale(story)
    marks = sorted(_marks(story))
    return Timeline(
        ticks=tuple((scale.place(at), _short(at)) for at in _ticks(scale)),
        lines=tuple(_line(at, name, scale) for at, name in marks if scale.holds(at)),
        lanes=tuple(Lane(step, tuple(_bar(attempt, scale) for attempt in step.attempts)) for step in story.steps),
        beyond=tuple(_beyond(at, name) for at, name in marks if not scale.holds(at)),
    )


def _scale(story: Story) -> _Scale:
    moments = [moment.at for moment in story.moments]
    last = max([0.1, *moments, *(attempt.end for step in story.steps for attempt in step.attempts)])
    first = min([0.0, *(at for at in moments if -at <= last)])
    return _Scale(first, last + (last - first) * 0.02)


def _marks(story: Story) -> Iterator[tuple[float, str]]:
    began = 0.0
    for moment in story.moments:
        yield moment.at, moment.name
        if moment.name == "writes stopped":
            began = moment.at
    if story.rto_objective is not None:
        yield began + story.rto_objective, "RTO objective"


def _line(at: float, name: str, scale: _Scale) -> Line:
    place = scale.place(at)
    return Line(place, name, f"{name}{_signed(at)}", flip=place > 50)


def _beyond(at: float, name: str) -> str:
    side = "before the declared start, left of" if at < 0 else "after the declared start, right of"
    return f"{name} is {exact(abs(at))} {side} what is drawn"


def _bar(attempt: Attempt, scale: _Scale) -> Bar:
    left, right = scale.place(attempt.begin), scale.place(attempt.end)
    side: Literal["after", "before", "inside"] = "after" if right + _LABEL <= 100 else "before" if left >= _LABEL else "inside"
    return Bar(left, max(round(right - left, 3), _THIN), attempt.outcome, _told(attempt), side)


def _told(attempt: Attempt) -> str:
    if attempt.seconds is None or attempt.outcome == "skipped":
        return attempt.outcome
    took = exact(attempt.seconds)
    return took if attempt.outcome == "done" else f"{took}, {attempt.outcome}"


def _ticks(scale: _Scale) -> list[float]:
    distance = next((each for each in _DISTANCES if (scale.last - scale.first) / each <= _MOST_TICKS), 7 * 86400)
    return [number * distance for number in range(int(scale.first // distance) + 1, int(scale.last // distance) + 1)] if distance else []


def exact(seconds: float) -> str:
    """Return *seconds* to the tenth; below that in milliseconds, above two minutes as people say it."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms" if seconds else "0 s"
    return f"{seconds:.1f} s" if seconds < 120 else spoken(timedelta(seconds=seconds)).removesuffix(" 0 s")


def _signed(seconds: float) -> str:
    return f" {MINUS if seconds < 0 else '+'}{exact(abs(seconds))}" if seconds else ""


def _short(seconds: float) -> str:
    number, unit = (seconds / 3600, "h") if abs(seconds) >= 7200 else (seconds / 60, "min") if abs(seconds) >= 120 else (seconds, "s")
    return f"{number:g} {unit}".replace("-", MINUS) if number else "0"
