"""Runs of the journal as an auditor asks about them: what was tried, when, by whom, and what it measured against which objective."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from runbooks.compliance.evidence import Evidence
from runbooks.errors import JournalBroken
from runbooks.journal import Fact, Facts, Record, command_of, records_in

Kind = Literal["drill", "move", "restore", "other"]
DRILL = "drill-"
WELL = ("passed", "completed")
MOVES = ("failover", "failback")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One run. ``outcome`` is the journal's word, ``unfinished`` for one that was never closed. Times are in seconds; None: not measured.

    ``left_over`` is what a drill did not clear away, ``head`` the digest of the last record.
    """

    run: str
    kind: Kind
    command: str
    began: datetime
    ended: datetime | None
    operators: tuple[str, ...]
    outcome: str
    rto_seconds: float | None
    rpo_seconds: float | None
    rto_objective: float | None
    rpo_objective: float | None
    seconds: float | None
    left_over: tuple[str, ...]
    why: str
    records: int
    head: str

    @property
    def well(self) -> bool:
        return self.outcome in WELL and not self.left_over

    @property
    def rto_met(self) -> bool | None:
        return _within(self.rto_seconds, self.rto_objective)

    @property
    def rpo_met(self) -> bool | None:
        return _within(self.rpo_seconds, self.rpo_objective)


def exercises(evidence: Evidence) -> tuple[Exercise, ...]:
    """Return the runs whose records hold together, the oldest first; :func:`broken_runs` has the others."""
    return tuple(_exercise(records) for records in _verified(evidence) if isinstance(records, tuple))


def broken_runs(evidence: Evidence) -> Mapping[str, str]:
    """Return why the records of a run do not hold together, by run."""
    found = zip(sorted(evidence.runs), _verified(evidence), strict=True)
    return {run: records for run, records in found if isinstance(records, str)}


def _verified(evidence: Evidence) -> Iterator[tuple[Record, ...] | str]:
    for run in sorted(evidence.runs):
        try:
            records = records_in(evidence.runs[run])
        except JournalBroken as error:
            yield error.message
            continue
        yield records or f"the run {run} has no record"


def _exercise(records: tuple[Record, ...]) -> Exercise:
    opened, last = records[0], records[-1]
    closed: Facts = last.facts if last.kind == "closed" else {}
    objectives = _section(opened.facts.get("objectives"))
    command = command_of(opened.run)
    left = closed.get("left_over")
    return Exercise(
        run=opened.run,
        kind=_kind(command),
        command=command,
        began=_declared(opened),
        ended=last.at if closed else None,
        operators=tuple(dict.fromkeys(record.operator for record in records)),
        outcome=last.outcome if last.kind == "closed" else "unfinished",
        rto_seconds=_number(closed.get("rto_seconds")),
        rpo_seconds=_number(closed.get("rpo_seconds")),
        rto_objective=_number(objectives.get("rto_seconds")),
        rpo_objective=_number(objectives.get("rpo_seconds")),
        seconds=_number(closed.get("run_seconds")),
        left_over=tuple(map(str, left)) if isinstance(left, list) else (),
        why=str(closed.get("why") or closed.get("reason") or ""),
        records=len(records),
        head=last.digest,
    )


def _kind(command: str) -> Kind:
    if command.startswith(DRILL):
        return "drill"
    return "move" if command in MOVES else "restore" if command.startswith("restore") else "other"


def _declared(opened: Record) -> datetime:
    told = opened.facts.get("declared_at")
    return datetime.fromisoformat(told) if isinstance(told, str) else opened.at


def _section(value: Fact) -> dict[str, Fact]:
    return value if isinstance(value, dict) else {}


def _number(value: Fact) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _within(measured: float | None, objective: float | None) -> bool | None:
    return None if measured is None or objective is None else measured <= objective
