"""Runs as journals record them, made by hand: each record follows from the one before, as the real pen writes them."""

from datetime import UTC, datetime, timedelta

from runbooks.journal import GENESIS, Fact, Facts, Kind, Record
from runbooks.objectives import NOTHING

DECLARED = datetime(2026, 11, 22, 10, 5, 0, tzinfo=UTC)
EAST, WEST = "us-east-1", "us-west-2"


class History:
    """Collects records; ``at`` is in seconds after the declared start."""

    def __init__(self, run: str, declared: datetime = DECLARED, operator: str = "maria@desk-7") -> None:
        self.run, self.declared, self.operator = run, declared, operator
        self.records: list[Record] = []

    def add(
        self, at: float, kind: Kind, step: str = "", *, outcome: str = "", seconds: float | None = None, facts: Facts | None = None
    ) -> "History":
        previous = self.records[-1].digest if self.records else GENESIS
        record = Record(
            run=self.run,
            seq=len(self.records) + 1,
            kind=kind,
            at=self.declared + timedelta(seconds=at),
            token=1,
            operator=self.operator,
            previous=previous,
            step=step,
            outcome=outcome,
            seconds=seconds,
            facts=facts or {},
        )
        self.records.append(record)
        return self

    def started(self, at: float, *steps: str) -> "History":
        for step in steps:
            self.add(at, "step-started", step)
        return self

    def finished(self, at: float, step: str, seconds: float, outcome: str = "done", **facts: str | float | bool) -> "History":
        return self.add(at, "step-finished", step, outcome=outcome, seconds=seconds, facts=facts)


def planned(name: str, says: str, region: str, *needs: str, optional: bool = False) -> Fact:
    return {"name": name, "says": says, "region": region, "needs": list(needs), "estimate_seconds": 5.0, "optional": optional}


def failover() -> History:
    """An unplanned failover, declared 2.4 s after the failure, green after 8.2 s; the lost region could not be fenced."""
    history = History("20261122T100500Z-failover-3fa2")
    history.add(
        0.3,
        "opened",
        facts={
            "command": "failover",
            "source": EAST,
            "target": WEST,
            "mode": "unplanned",
            "why": f"{EAST} gives no answer",
            "environment": "sandbox",
            "declared_at": DECLARED.isoformat(),
            "failed_at": (DECLARED - timedelta(seconds=2.4)).isoformat(),
            "objectives": {"rto_seconds": 1800.0, "rpo_seconds": 900.0},
            "plan": [
                planned(f"fence-{EAST}", f"Keep writes out of {EAST}: read-only transactions, no storefront tasks", EAST, optional=True),
                planned(f"promote-{WEST}", f"Promote solemate-sandbox-orders in {WEST}", WEST),
                planned(f"scale-up-{WEST}", f"Run 2 storefront tasks in {WEST}", WEST),
                planned(f"switch-to-{WEST}", f"Turn shop.solemate.test to {WEST}", WEST, f"promote-{WEST}", f"scale-up-{WEST}"),
                planned("verify-order", "Place an order at http://shop.solemate.test:8080 and read it back", WEST, f"switch-to-{WEST}"),
                planned("announce", f"Announce it on solemate-sandbox-recovery in {WEST}", WEST, "verify-order", optional=True),
            ],
            "green": "verify-order",
            "out": "",
            "loss": {"seconds": 0.091, "orders": 9, "how": f"newest commit replayed in {WEST} at 10:04:57.509 UTC"},
            "accepted_loss_seconds": None,
            "readiness": [
                {"name": "replica", "ok": True, "says": f"the replica in {WEST} has replayed up to 0.1 s before the failure"},
                {"name": "standby", "ok": True, "says": f"1 of 1 pilot-light tasks run in {WEST}; full capacity is 2"},
                {"name": "last backup", "ok": False, "says": f"solemate-sandbox-{WEST} holds no recovery point"},
            ],
            "skipped": {},
        },
    )
    history.started(0.4, f"fence-{EAST}", f"promote-{WEST}", f"scale-up-{WEST}")
    history.finished(2.9, f"scale-up-{WEST}", 2.48, tasks=2, attempts=1)
    history.finished(4.1, f"promote-{WEST}", 3.71, last_commit="2026-11-22T10:04:57.509000+00:00", attempts=1)
    history.started(4.1, f"switch-to-{WEST}")
    history.add(
        5.5,
        "step-finished",
        f"fence-{EAST}",
        outcome="not done",
        seconds=5.1,
        facts={"error": f"rds in {EAST}: no answer (ReadTimeoutError)", "hint": "the region may be lost"},
    )
    history.finished(7.6, f"switch-to-{WEST}", 3.48, answers="127.0.0.1:5300 -> us-west-2", attempts=1)
    history.started(7.6, "verify-order")
    history.finished(8.2, "verify-order", 0.58, order="0d4ff2b8-2f5e-5f3b-9a55-7d1c5b1c2f10", taken_in=WEST)
    history.started(8.2, "announce")
    history.finished(8.4, "announce", 0.12, topic=f"arn:aws:sns:{WEST}:123456789012:solemate-sandbox-recovery")
    return history.add(
        8.5,
        "closed",
        outcome="completed",
        facts={
            "outcome": "completed",
            "rto_seconds": 8.2,
            "rpo_seconds": 0.091,
            "run_seconds": 8.5,
            "critical_path_seconds": 7.77,
            "green_at": (DECLARED + timedelta(seconds=8.2)).isoformat(),
            "met": {"rto": True, "rpo": True},
        },
    )


def failback() -> History:
    """A failback whose process was killed while it built the replica and whose lag check was skipped; another operator carried on."""
    history = History("20261122T102000Z-failback-91c0", DECLARED + timedelta(minutes=15))
    history.add(
        0.6,
        "opened",
        facts={
            "command": "failback",
            "source": WEST,
            "target": EAST,
            "mode": "planned",
            "why": f"{EAST} answers again",
            "environment": "sandbox",
            "declared_at": history.declared.isoformat(),
            "failed_at": None,
            "objectives": {"rto_seconds": 1800.0, "rpo_seconds": 900.0},
            "plan": [
                planned(f"fence-{EAST}", f"Keep writes out of {EAST}: read-only transactions, no storefront tasks", EAST),
                planned("report-unreplicated", f"Report rows that only the old primary in {EAST} has", EAST, f"fence-{EAST}"),
                planned(f"retire-{EAST}", f"Keep the old primary in {EAST} under another name", EAST, "report-unreplicated"),
                planned(f"build-replica-{EAST}", f"Build a replica in {EAST} from {WEST}", EAST, f"retire-{EAST}"),
                planned(f"scale-up-{EAST}", f"Run 2 storefront tasks in {EAST}", EAST, f"build-replica-{EAST}"),
                planned(f"stop-writes-{WEST}", f"Stop writes in {WEST}", WEST, f"scale-up-{EAST}"),
                planned("catch-up", f"Wait until {EAST} has replayed the last write", EAST, f"stop-writes-{WEST}"),
                planned(f"promote-{EAST}", f"Promote solemate-sandbox-orders in {EAST}", EAST, "catch-up"),
                planned(f"switch-to-{EAST}", f"Turn shop.solemate.test to {EAST}", EAST, f"promote-{EAST}"),
                planned("verify-order", "Place an order at http://shop.solemate.test:8080 and read it back", EAST, f"switch-to-{EAST}"),
                planned("announce", f"Announce it on solemate-sandbox-recovery in {EAST}", EAST, "verify-order", optional=True),
                planned(f"retire-{WEST}", f"Keep the former primary in {WEST} under another name", WEST, "verify-order"),
                planned(f"build-replica-{WEST}", f"Build a replica in {WEST} from {EAST}", WEST, f"retire-{WEST}"),
                planned(f"scale-down-{WEST}", f"Run 1 storefront tasks in {WEST}", WEST, "verify-order"),
                planned("protected-again", f"Check that {WEST} could take over again", WEST, f"build-replica-{WEST}", f"scale-down-{WEST}"),
            ],
            "green": "verify-order",
            "out": f"stop-writes-{WEST}",
            "loss": {
                "seconds": 0.0,
                "orders": 0,
                "how": NOTHING.how,
            },
            "accepted_loss_seconds": None,
            "readiness": [{"name": "keys", "ok": True, "says": f"alias/solemate-sandbox-data in {EAST} is Enabled"}],
            "skipped": {},
        },
    )
    history.started(0.7, f"fence-{EAST}").finished(1.2, f"fence-{EAST}", 0.5, "already done")
    history.started(1.2, "report-unreplicated").finished(1.9, "report-unreplicated", 0.7, rows=3, kept="unreplicated-orders.json")
    history.started(1.9, f"retire-{EAST}").finished(3.4, f"retire-{EAST}", 1.5, name="solemate-sandbox-orders-retired-2611221020a")
    history.started(3.4, f"build-replica-{EAST}")
    history.operator = "jon@desk-2"
    history.add(13.0, "resumed", facts={"skipped": {"announce": "the topic is being rebuilt"}})
    history.started(13.1, f"build-replica-{EAST}").finished(17.4, f"build-replica-{EAST}", 4.3, attempts=1)
    history.started(17.4, f"scale-up-{EAST}").finished(18.9, f"scale-up-{EAST}", 1.5, tasks=2)
    history.started(18.9, f"stop-writes-{WEST}").finished(19.3, f"stop-writes-{WEST}", 0.4, read_only=True)
    history.started(19.3, "catch-up").finished(19.6, "catch-up", 0.3)
    history.started(19.6, f"promote-{EAST}").finished(21.2, f"promote-{EAST}", 1.6)
    history.started(21.2, f"switch-to-{EAST}").finished(23.0, f"switch-to-{EAST}", 1.8)
    history.started(23.0, "verify-order").finished(23.4, "verify-order", 0.4, taken_in=EAST)
    history.add(23.4, "step-skipped", "announce", outcome="skipped", facts={"reason": "the topic is being rebuilt"})
    history.started(23.4, f"retire-{WEST}", f"scale-down-{WEST}")
    history.finished(24.0, f"scale-down-{WEST}", 0.6, tasks=1).finished(25.0, f"retire-{WEST}", 1.6)
    history.started(25.0, f"build-replica-{WEST}").finished(29.8, f"build-replica-{WEST}", 4.8)
    history.started(29.8, "protected-again").finished(31.0, "protected-again", 1.2, green=True)
    return history.add(
        31.1,
        "closed",
        outcome="completed",
        facts={
            "outcome": "completed",
            "rto_seconds": 4.5,
            "rpo_seconds": 0.0,
            "run_seconds": 31.1,
            "critical_path_seconds": 4.5,
            "met": {"rto": True, "rpo": True},
        },
    )
