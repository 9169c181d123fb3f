"""Runs from beginning to end: take the lease, open or resume the journal, carry out the plan, close with what was measured."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from names import Names
from runbooks import lease
from runbooks.aws.s3 import Bucket
from runbooks.clock import RealClock
from runbooks.errors import AwsError, Expired, JournalBroken, JournalLost, Refused
from runbooks.journal import (
    GIVEN_UP,
    MOVES,
    Fact,
    Facts,
    Journal,
    Line,
    Record,
    Store,
    closed,
    newest_of,
    newest_open,
    operator,
    read_run,
    runs,
)
from runbooks.local import Directory
from runbooks.mirror import adopted, copy_run, reconciled
from runbooks.objectives import critical_path
from runbooks.patience import Patient
from runbooks.plan import Execution, Plan, Watcher, check_skips, run
from runbooks.reach import Reach


@dataclass(frozen=True, slots=True)
class Journals:
    """Where runs are recorded: the bucket in the recovery region first, this machine as its mirror; or this machine alone."""

    bucket: Store
    mirror: Directory
    local_only: bool = False

    @property
    def stores(self) -> tuple[Store, ...]:
        return (self.mirror,) if self.local_only else (self.bucket, self.mirror)

    @property
    def first(self) -> Store:
        return self.stores[0]


def journals(reach: Reach, mirror: Path, *, local_only: bool = False) -> Journals:
    region = reach.names.settings.recovery_region
    bucket = Bucket(reach.journal_door(region), reach.names.journal_bucket(region))
    return Journals(Patient(bucket, reach.clock), Directory(mirror), local_only)


def new_run(command: str, now: datetime) -> str:
    """Return a name for a new run; names sort by their time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{command}-{uuid4().hex[:4]}"


@contextmanager
def in_reach(kept: Journals) -> Iterator[None]:
    """Raise :class:`Refused`, with the way out, when the journal turns out to be out of reach before anything was done."""
    try:
        yield
    except Expired:
        raise
    except (AwsError, JournalLost) as error:
        raise Refused(
            f"the journal {kept.first.where} cannot be used: {error.message}",
            "mend that; or go on with a journal on this machine only, by typing the stack's name: --local-journal STACK",
        ) from error


@contextmanager
def holding(kept: Journals, name: str, clock: RealClock, line: Line = MOVES) -> Iterator[lease.Holder]:
    """Hold the lease of *line* for run *name* meanwhile; raise :class:`Refused` when the journal cannot be reached at all."""
    with in_reach(kept):
        holder = lease.acquire(kept.first, name, operator(), clock, key=line.lease)
    try:
        yield holder
    finally:
        holder.release()


def start(
    plan: Plan,
    name: str,
    about: Facts,
    reach: Reach,
    kept: Journals,
    clock: RealClock,
    tell: Watcher,
    pen: Callable[[Journal], None],
    line: Line = MOVES,
) -> tuple[Record, ...]:
    """Carry out *plan* as the new run *name* and return its records; *about* is what was known and decided before it began."""
    check_skips(plan)
    with holding(kept, name, clock, line) as holder:
        journal = Journal(kept.stores, name, clock, holder.token)
        pen(journal)
        with in_reach(kept):
            unfinished = newest_open(kept.first, line)
            if unfinished and plan.command != "fence":
                raise Refused(
                    f"the run {unfinished[0].run} is unfinished",
                    f"finish it with --resume, or give it up with invoke abandon{_named(line)} --reason WHY",
                )
            tell(journal.append("opened", facts={**plan.described(), **about, "skipped": dict[str, Fact](plan.skipped)}))
        return _carried_out(plan, journal, holder, reach, clock, tell)


def resume(
    plan: Plan,
    records: tuple[Record, ...],
    reach: Reach,
    kept: Journals,
    clock: RealClock,
    tell: Watcher,
    pen: Callable[[Journal], None],
    line: Line = MOVES,
) -> tuple[Record, ...]:
    """Carry on with the run of *records* where its journal ends, from whatever machine, and return all its records.

    The run may have been finished meanwhile, elsewhere or without the bucket: then that is what is returned.
    """
    check_skips(plan)
    name = records[0].run
    with holding(kept, name, clock, line) as holder:
        with in_reach(kept):
            records = up_to_date(kept, name)
        if closed(records):
            return records
        journal = Journal(kept.stores, name, clock, holder.token, records)
        pen(journal)
        tell(journal.append("resumed", facts={"skipped": dict[str, Fact](plan.skipped)}))
        return _carried_out(plan, journal, holder, reach, clock, tell)


def _named(line: Line) -> str:
    return "" if line == MOVES else f" --run {line.commands[0]}"


def _carried_out(plan: Plan, journal: Journal, holder: lease.Holder, reach: Reach, clock: RealClock, tell: Watcher) -> tuple[Record, ...]:
    reach.guard = holder.hold
    run(plan, Execution(journal, holder, clock, tell))
    tell(journal.append("closed", outcome="completed", facts=measured(plan, journal.records, reach.names)))
    return journal.records


def open_run(kept: Journals, command: str, target: str) -> tuple[Record, ...]:
    """Return the records of the run to resume; raise :class:`Refused` when there is none, or it goes elsewhere."""
    with in_reach(kept):
        records = newest_open(kept.first)
    if records is None or records[0].facts.get("command") != command:
        here = newest_open(kept.mirror)
        way_out = (
            "it is on this machine only: bring it there with invoke journal-sync"
            if here
            else f"start one: invoke {command} --region {target}"
        )
        raise Refused(f"no unfinished {command} in {kept.first.where}", way_out)
    going = str(records[0].facts.get("target"))
    if going != target:
        raise Refused(f"the unfinished {command} {records[0].run} goes to {going}, not {target}", f"resume it with --region {going}")
    return records


def abandon(kept: Journals, reason: str, clock: RealClock, line: Line = MOVES) -> Facts:
    """Close the newest unfinished run as abandoned, for *reason*; where its records do not hold together, by a note beside them."""
    if not reason.strip():
        raise Refused("an abandoned run needs a reason", 'say it: invoke abandon --reason "…"')
    with in_reach(kept):
        name = newest_of(kept.first, line)
    if not name:
        raise Refused(f"no unfinished run in {kept.first.where}", "nothing to abandon")
    with holding(kept, name, clock, line) as holder, in_reach(kept):
        facts: Facts = {"run": name, "outcome": "abandoned", "reason": reason, "operator": operator(), "at": clock.now().isoformat()}
        try:
            records = up_to_date(kept, name)
        except JournalBroken as error:
            note = json.dumps({**facts, "broken": error.message}, indent=1).encode()
            Journal(kept.stores, name, clock, holder.token).keep(GIVEN_UP, note)
            return facts
        if closed(records):
            raise Refused(f"the newest run, {name}, is finished", "nothing to abandon")
        Journal(kept.stores, name, clock, holder.token, records).append("closed", outcome="abandoned", facts={"reason": reason})
        return facts


def up_to_date(kept: Journals, name: str) -> tuple[Record, ...]:
    """Return all records of run *name*, once bucket and mirror agree; or the mirror's alone."""
    return adopted(kept.mirror, read_run(kept.mirror, name)) if kept.local_only else reconciled(kept.bucket, kept.mirror, name)


def sync(kept: Journals) -> dict[str, int]:
    """Copy to the bucket every run that only this machine has, and return how many records of each."""
    return {name: copy_run(kept.mirror, kept.bucket, name) for name in unsynced(kept)}


def unsynced(kept: Journals) -> list[str]:
    """Return the runs of this machine of which the bucket lacks records."""
    here = runs(kept.mirror)
    there = set(kept.bucket.keys("runs/")) if here else set()
    return [name for name in here if set(kept.mirror.keys(f"runs/{name}/")) - there]


def measured(plan: Plan, records: tuple[Record, ...], names: Names) -> Facts:
    """Return what a finished run measured; None is "not measured"."""
    objectives = names.settings.disaster_recovery
    opened = records[0]
    green = _last(records, plan.green, "step-finished")
    out = _first(records, plan.out, "step-started") if plan.out else None
    began = out.at if out else datetime.fromisoformat(str(opened.facts["declared_at"]))
    rto = (green.at - began).total_seconds() if green else None
    rpo = _rpo(plan, records)
    return {
        "outcome": "completed",
        "rto_seconds": _rounded(rto),
        "rpo_seconds": _rounded(rpo),
        "run_seconds": _rounded((records[-1].at - datetime.fromisoformat(str(opened.facts["declared_at"]))).total_seconds()),
        "critical_path_seconds": _rounded(_chain(plan, records, out)),
        "green_at": green.at.isoformat() if green else None,
        "began_at": began.isoformat(),
        "met": {
            "rto": None if rto is None else rto <= objectives.rto.total_seconds(),
            "rpo": None if rpo is None else rpo <= objectives.rpo.total_seconds(),
        },
    }


def _rpo(plan: Plan, records: tuple[Record, ...]) -> float | None:
    """Planned: nothing, once the replica replayed the last write. Unplanned: from the last surviving commit to the failure.

    A source that answered did not fail at a moment: its writes ended with its fence, or at a time that nobody measured.
    """
    if plan.mode == "planned":
        return 0.0 if _last(records, "catch-up", "step-finished") else None
    promoted, opened = _last(records, f"promote-{plan.target}", "step-finished"), records[0].facts
    last = promoted.facts.get("last_commit") if promoted else None
    failed = datetime.fromisoformat(str(opened["failed_at"])) if opened.get("failed_at") else _fenced_at(plan, records)
    if last and failed:
        return max((failed - datetime.fromisoformat(str(last))).total_seconds(), 0.0)
    loss = opened.get("loss") if opened.get("failed_at") else None
    seconds = loss.get("seconds") if isinstance(loss, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None


def _fenced_at(plan: Plan, records: tuple[Record, ...]) -> datetime | None:
    fence = _last(records, f"fence-{plan.source}", "step-finished")
    return None if fence is None or fence.outcome == "not done" else fence.at


def _chain(plan: Plan, records: tuple[Record, ...], out: Record | None) -> float:
    """Return the seconds of the longest chain of steps that leads to green; from the step that stops the service, where the plan does."""
    started = {step.name: first for step in plan.steps if (first := _first(records, step.name, "step-started"))}
    counted = {name for name, record in started.items() if out is None or record.seq >= out.seq}
    seconds = {record.step: record.seconds or 0.0 for record in records if record.kind == "step-finished" and record.step in counted}
    return critical_path(seconds, {step.name: step.needs for step in plan.steps}, plan.green)[1]


def _first(records: tuple[Record, ...], step: str, kind: str) -> Record | None:
    return next((record for record in records if record.step == step and record.kind == kind), None)


def _last(records: tuple[Record, ...], step: str, kind: str) -> Record | None:
    return _first(tuple(reversed(records)), step, kind)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def skipped(records: tuple[Record, ...]) -> dict[str, str]:
    """Return the steps that the operators of a run decided to skip, whether it came to them or not, and why."""
    given = [record.facts.get("skipped") for record in records]
    return {name: str(why) for steps in given if isinstance(steps, dict) for name, why in steps.items()}


def skipping(plan: Plan, steps: tuple[str, ...], reason: str) -> Plan:
    """Return *plan* without doing *steps*, besides those it skips already; raise :class:`Refused` without a reason."""
    if steps and not reason.strip():
        raise Refused("a skipped step needs a reason", 'say it: --skip STEP --reason "…"')
    return replace(plan, skipped={**plan.skipped, **dict.fromkeys(steps, reason)})


def failover_began(kept: Journals, fallback: timedelta, now: datetime) -> datetime:
    """Return a moment safely before the last failover began: from then on the old region may hold rows of its own."""
    try:
        newest = next((name for name in reversed(runs(kept.first)) if "-failover-" in name), None)
        opened = read_run(kept.first, newest)[0] if newest else None
    except (AwsError, JournalBroken):
        opened = None
    return min(opened.at - timedelta(days=1), now) if opened else now - fallback
