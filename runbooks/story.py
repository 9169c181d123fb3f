"""A run as its journal tells it: steps with every attempt, moments, what was decided and what was measured. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from runbooks.errors import JournalBroken
from runbooks.journal import Fact, Facts, Record, verified
from runbooks.objectives import Loss, critical_path

Outcome = Literal["done", "already done", "not done", "failed", "skipped", "interrupted"]
_ENDS = ("step-finished", "step-failed", "step-skipped")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step. ``begin`` and ``end`` are seconds after the declared start; ``seconds`` None: its end was not measured.

    The ``end`` of an interrupted attempt is the next thing that the journal knows.
    """

    begin: float
    end: float
    seconds: float | None
    outcome: Outcome
    operator: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class StepStory:
    """One step of the plan and what became of it; without attempts it was never started."""

    name: str
    says: str
    region: str
    needs: tuple[str, ...]
    beside: bool
    attempts: tuple[Attempt, ...]
    critical: bool = False

    @property
    def seconds(self) -> float | None:
        """How long the try took that ended it; None when none did."""
        return self.attempts[-1].seconds if self.attempts else None


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at once, ``at`` seconds after the declared start."""

    name: Literal["failure", "declared", "writes stopped", "traffic switched", "green"]
    at: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A change of hands or state: opened, resumed, paused, closed. ``why`` is what was said about it."""

    kind: str
    at: datetime
    operator: str
    why: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What the run measured, in seconds; None is "not measured"."""

    rto: float | None = None
    rpo: float | None = None
    run: float | None = None
    critical_path: float | None = None
    rto_met: bool | None = None
    rpo_met: bool | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether the records follow from each other. ``broken`` names the first that does not; ``head`` is the digest of the last."""

    records: int
    head: str
    broken: str


@dataclass(frozen=True, slots=True)
class Story:
    """One run. ``readiness`` is what was looked at: before it began, or by a drill, of which ``failed`` says why it did not pass."""

    run: str
    command: str
    source: str
    target: str
    mode: str
    why: str
    environment: str
    operators: tuple[str, ...]
    result: str
    declared_at: datetime
    rto_objective: float | None
    rpo_objective: float | None
    measured: Measured
    loss: Loss
    accepted: float | None
    readiness: tuple[tuple[str, bool, str], ...]
    steps: tuple[StepStory, ...]
    moments: tuple[Moment, ...]
    passages: tuple[Passage, ...]
    chain: Chain
    skipped: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""
    left_over: tuple[str, ...] = ()


def story(records: Iterable[Record]) -> Story:
    """Return what *records* of one run tell, finished or not; a broken chain is told, not raised."""
    chain = tuple(records)
    opened, last = chain[0].facts, chain[-1]
    declared = _moment(opened, "declared_at") or chain[0].at
    steps = _steps(chain, declared)
    objectives, loss = _section(opened, "objectives"), _section(opened, "loss")
    orders = _number(loss, "orders")
    return Story(
        run=chain[0].run,
        command=_text(opened, "command"),
        source=_text(opened, "source"),
        target=_text(opened, "target"),
        mode=_text(opened, "mode"),
        why=_text(opened, "why"),
        environment=_text(opened, "environment"),
        operators=tuple(dict.fromkeys(record.operator for record in chain)),
        result=last.outcome if last.kind == "closed" else "not finished",
        declared_at=declared,
        rto_objective=_number(objectives, "rto_seconds"),
        rpo_objective=_number(objectives, "rpo_seconds"),
        measured=_measured(last.facts if last.kind == "closed" else {}),
        loss=Loss(_number(loss, "seconds"), None if orders is None else round(orders), _text(loss, "how")),
        accepted=_number(opened, "accepted_loss_seconds"),
        readiness=_looked_at(opened, last),
        steps=steps,
        moments=_moments(opened, declared, steps),
        passages=tuple(_passage(record) for record in chain if not record.step),
        chain=_chain(chain),
        skipped={name: str(why) for record in chain for name, why in _section(record.facts, "skipped").items()},
        failed=_text(last.facts, "why") if last.kind == "closed" else "",
        left_over=_texts(last.facts, "left_over"),
    )


def _looked_at(opened: Facts, last: Record) -> tuple[tuple[str, bool, str], ...]:
    """Return what was looked at before a run began, and for a drill what it found: each thing, whether it is well, and what was seen."""
    before = [(_text(one, "name"), one.get("ok") is True, _text(one, "says")) for one in _sections(opened, "readiness")]
    found = [(_text(one, "name"), one.get("well") is True, _text(one, "says")) for one in _sections(last.facts, "checks")]
    return (*before, *(found if last.kind == "closed" else ()))


def _steps(chain: tuple[Record, ...], declared: datetime) -> tuple[StepStory, ...]:
    opened = chain[0].facts
    planned = _sections(opened, "plan")
    attempts = {_text(step, "name"): _attempts(chain, _text(step, "name"), declared) for step in planned}
    needs = {_text(step, "name"): _texts(step, "needs") for step in planned}
    path = _critical(opened, needs, attempts)
    return tuple(
        StepStory(
            name=(name := _text(step, "name")),
            says=_text(step, "says"),
            region=_text(step, "region"),
            needs=needs[name],
            beside=step.get("optional") is True,
            attempts=attempts[name],
            critical=name in path,
        )
        for step in planned
    )


def _critical(opened: Facts, needs: Mapping[str, tuple[str, ...]], attempts: Mapping[str, tuple[Attempt, ...]]) -> tuple[str, ...]:
    """Return the chain of steps that decided when the service was back; from the step that stopped it, where the plan did."""
    green, out = _text(opened, "green"), attempts.get(_text(opened, "out"), ())
    since = out[0].begin if out else float("-inf")
    seconds = {name: tries[-1].seconds or 0.0 for name, tries in attempts.items() if tries and tries[0].begin >= since}
    if green not in seconds:
        return ()
    return tuple(name for name in critical_path(seconds, needs, green)[0] if name in seconds)


def _attempts(chain: tuple[Record, ...], step: str, declared: datetime) -> tuple[Attempt, ...]:
    """Pair each start with its end; a start without one was interrupted, at the latest when the run next changed hands."""
    found: list[Attempt] = []
    begun: Record | None = None
    for record in chain:
        if record.step == step and record.kind in _ENDS:
            found.append(_attempt(begun or record, record, declared, _outcome(record)))
            begun = None
        elif record.step == step:
            begun = record
        elif begun and record.kind in ("resumed", "paused", "closed"):
            found.append(_attempt(begun, record, declared, "interrupted"))
            begun = None
    if begun:
        found.append(_attempt(begun, chain[-1], declared, "interrupted"))
    return tuple(found)


def _attempt(begun: Record, ended: Record, declared: datetime, outcome: Outcome) -> Attempt:
    begin, end = ((record.at - declared).total_seconds() for record in (begun, ended))
    if outcome == "interrupted":
        return Attempt(begin, end, None, outcome, begun.operator, {})
    return Attempt(begin, end, ended.seconds, outcome, ended.operator, ended.facts)


def _outcome(record: Record) -> Outcome:
    if record.kind == "step-failed":
        return "failed"
    if record.kind == "step-skipped":
        return "skipped"
    return "done" if record.outcome == "done" else "already done" if record.outcome == "already done" else "not done"


def _moments(opened: Facts, declared: datetime, steps: tuple[StepStory, ...]) -> tuple[Moment, ...]:
    failed, ends = _moment(opened, "failed_at"), {step.name: step.attempts[-1] for step in steps if step.attempts}
    stopped, switched, green = (
        ends.get(_text(opened, "out")),
        ends.get(f"switch-to-{_text(opened, 'target')}"),
        ends.get(_text(opened, "green")),
    )
    moments = [Moment("declared", 0.0)]
    if failed:
        moments.append(Moment("failure", (failed - declared).total_seconds()))
    if stopped:
        moments.append(Moment("writes stopped", stopped.begin))
    if switched and switched.seconds is not None:
        moments.append(Moment("traffic switched", switched.end))
    if green and green.seconds is not None:
        moments.append(Moment("green", green.end))
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _measured(closed: Facts) -> Measured:
    met = _section(closed, "met")
    return Measured(
        rto=_number(closed, "rto_seconds"),
        rpo=_number(closed, "rpo_seconds"),
        run=_number(closed, "run_seconds"),
        critical_path=_number(closed, "critical_path_seconds"),
        rto_met=_flag(met, "rto"),
        rpo_met=_flag(met, "rpo"),
    )


def _passage(record: Record) -> Passage:
    why = _text(record.facts, "why") if record.kind == "paused" else _text(record.facts, "reason") or record.outcome
    return Passage(record.kind, record.at, record.operator, why)


def _chain(records: tuple[Record, ...]) -> Chain:
    try:
        verified(records)
    except JournalBroken as error:
        return Chain(len(records), records[-1].digest, error.message)
    return Chain(len(records), records[-1].digest, "")


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return "" if value is None else str(value)


def _texts(facts: Facts, name: str) -> tuple[str, ...]:
    value = facts.get(name)
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _flag(facts: Facts, name: str) -> bool | None:
    value = facts.get(name)
    return value if isinstance(value, bool) else None


def _moment(facts: Facts, name: str) -> datetime | None:
    value = facts.get(name)
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _section(facts: Facts, name: str) -> dict[str, Fact]:
    value = facts.get(name)
    return value if isinstance(value, dict) else {}


def _sections(facts: Facts, name: str) -> list[dict[str, Fact]]:
    value = facts.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
