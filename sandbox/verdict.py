"""What a disaster cost, measured from outside: the shoppers' ledger held against the database that survived, beside the run's journal."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from runbooks.journal import Facts, Record
from sandbox.ledger import Order, acknowledged, downtime, longest_wait, lost


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of the run; ``started`` is the seconds from the run's declared start."""

    name: str
    started: float
    seconds: float | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One run's cost. ``client_downtime_seconds`` is the longest that any one shopper went without an acknowledgement.

    Orders are those that the shoppers sent from ``counted_from`` on; None is "not measured".
    """

    run: str
    environment: str
    rto_seconds: float | None
    rpo_seconds: float | None
    orders_acknowledged: int
    orders_lost: int
    client_downtime_seconds: float | None
    first_order_after_seconds: float | None
    critical_path_seconds: float | None
    objectives: Facts
    met: Facts
    steps: tuple[StepTaken, ...]
    counted_from: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def verdict(records: tuple[Record, ...], orders: Iterable[Order], present: set[str], since: datetime, interrupted: datetime) -> Verdict:
    """Return what the run of *records* cost.

    *orders* is the ledger, *present* the ids in the database that serves afterwards; orders sent from *since* on count, and
    *interrupted* is when the service was taken away.
    """
    counted = [order for order in orders if datetime.fromisoformat(order.sent_at) >= since]
    opened, closing = records[0].facts, records[-1].facts
    wait, first = longest_wait(counted, interrupted), downtime(counted, interrupted)
    return Verdict(
        run=records[0].run,
        environment=str(opened["environment"]),
        rto_seconds=_number(closing["rto_seconds"]),
        rpo_seconds=_number(closing["rpo_seconds"]),
        orders_acknowledged=len(acknowledged(counted)),
        orders_lost=len(lost(counted, present)),
        client_downtime_seconds=None if wait is None else round(wait, 3),
        first_order_after_seconds=None if first is None else round(first, 3),
        critical_path_seconds=_number(closing["critical_path_seconds"]),
        objectives=_facts(opened["objectives"]),
        met=_facts(closing["met"]),
        steps=steps_taken(records),
        counted_from=since.isoformat(),
    )


def steps_taken(records: tuple[Record, ...]) -> tuple[StepTaken, ...]:
    """Return every step that ended, in the order they began."""
    declared = datetime.fromisoformat(str(records[0].facts["declared_at"]))
    began = {record.step: record.at for record in reversed(records) if record.kind == "step-started"}
    ended = [record for record in records if record.kind in ("step-finished", "step-skipped")]
    taken = [
        StepTaken(record.step, round((began.get(record.step, record.at) - declared).total_seconds(), 3), record.seconds, record.outcome)
        for record in ended
    ]
    return tuple(sorted(taken, key=lambda step: step.started))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _facts(value: object) -> Facts:
    return value if isinstance(value, dict) else {}
