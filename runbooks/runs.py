"""Runs from beginning to end: take the lease, open or resume the journal, carry out the plan, close with what was measured."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from names import Names
from runbooks import lease
from runbooks.aws.s3 import Bucket
from runbooks.clock import RealClock
from runbooks.errors import AwsError, JournalBroken, LocalJournalFailed, Refused
from runbooks.journal import Fact, Facts, Journal, Record, Store, copy_run, newest_open, operator, read_run, runs
from runbooks.local import Directory
from runbooks.objectives import critical_path
from runbooks.plan import Execution, Plan, Watcher, check_skips, run
from runbooks.reach import Reach


@dataclass(frozen=True, slots=True)
class Journals:
    """Where runs are recorded: the bucket in the recovery region first, this machine as its mirror; or this machine alone."""

    bucket: Bucket
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
    return Journals(Bucket(reach.journal_door(region), reach.names.journal_bucket(region)), Directory(mirror), local_only)


def new_run(command: str, now: datetime) -> str:
    """Return a name for a new run; names sort by their time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{command}-{uuid4().hex[:4]}"


@contextmanager
def holding(kept: Journals, name: str, clock: RealClock) -> Iterator[lease.Holder]:
    """Hold the lease for run *name* meanwhile; raise :class:`Refused` when the journal cannot be reached at all."""
    try:
        holder = lease.acquire(kept.first, name, operator(), clock)
    except AwsError as error:
        raise Refused(
            f"the journal {kept.first.where} cannot be written: {error.message}",
            "mend that; or go on with a journal on this machine only, by typing the stack's name: --local-journal STACK",
        ) from error
    try:
        yield holder
    finally:
        holder.release()


def start(
    plan: Plan, name: str, about: Facts, reach: Reach, kept: Journals, clock: RealClock, tell: Watcher, pen: Callable[[Journal], None]
) -> tuple[Record, ...]:
    """Carry out *plan* as the new run *name* and return its records; *about* is what was known and decided before it began."""
    check_skips(plan)
    with holding(kept, name, clock) as holder:
        unfinished = newest_open(kept.first)
        if unfinished and plan.command != "fence":
            raise Refused(
                f"the run {unfinished[0].run} is unfinished", "finish it with --resume, or give it up with invoke abandon --reason WHY"
            )
        journal = Journal(kept.stores, name, clock, holder.token)
        pen(journal)
        tell(journal.append("opened", facts={**plan.described(), **about, "skipped": dict[str, Fact](plan.skipped)}))
        return _carried_out(plan, journal, holder, reach, clock, tell)


def resume(
    plan: Plan, records: tuple[Record, ...], reach: Reach, kept: Journals, clock: RealClock, tell: Watcher, pen: Callable[[Journal], None]
) -> tuple[Record, ...]:
    """Carry on with the run of *records* where its journal ends, from whatever machine, and return all its records."""
    check_skips(plan)
    name = records[0].run
    with holding(kept, name, clock) as holder:
        records = read_run(kept.first, name)
        if not kept.local_only:
            _mirror(kept, name)
        journal = Journal(kept.stores, name, clock, holder.token, records)
        pen(journal)
        tell(journal.append("resumed", facts={"skipped": dict[str, Fact](plan.skipped)}))
        return _carried_out(plan, journal, holder, reach, clock, tell)


def _carried_out(plan: Plan, journal: Journal, holder: lease.Holder, reach: Reach, clock: RealClock, tell: Watcher) -> tuple[Record, ...]:
    reach.guard = holder.hold
    run(plan, Execution(journal, holder, clock, tell))
    tell(journal.append("closed", outcome="completed", facts=measured(plan, journal.records, reach.names)))
    return journal.records


def open_run(kept: Journals, command: str, target: str) -> tuple[Record, ...]:
    """Return the records of the run to resume; raise :class:`Refused` when there is none, or it goes elsewhere."""
    records = newest_open(kept.first)
    if records is None or records[0].facts.get("command") != command:
        raise Refused(f"no unfinished {command} in {kept.first.where}", f"start one: invoke {command} --region {target}")
    going = str(records[0].facts.get("target"))
    if going != target:
        raise Refused(f"the unfinished {command} {records[0].run} goes to {going}, not {target}", f"resume it with --region {going}")
    return records


def abandon(kept: Journals, reason: str, clock: RealClock) -> Record:
    """Close the newest unfinished run as abandoned, for *reason*."""
    if not reason.strip():
        raise Refused("an abandoned run needs a reason", 'say it: invoke abandon --reason "…"')
    records = newest_open(kept.first)
    if records is None:
        raise Refused(f"no unfinished run in {kept.first.where}", "nothing to abandon")
    with holding(kept, records[0].run, clock) as holder:
        if not kept.local_only:
            _mirror(kept, records[0].run)
        return Journal(kept.stores, records[0].run, clock, holder.token, records).append(
            "closed", outcome="abandoned", facts={"reason": reason}
        )


def _mirror(kept: Journals, name: str) -> None:
    """Bring this machine's copy of a run up to date before carrying on with it; without a disk to spare, go on without."""
    with suppress(LocalJournalFailed):
        copy_run(kept.bucket, kept.mirror, name)


def sync(kept: Journals) -> dict[str, int]:
    """Copy to the bucket every run that only this machine has, and return how many records of each."""
    return {name: copied for name in runs(kept.mirror) if (copied := copy_run(kept.mirror, kept.bucket, name))}


def unsynced(kept: Journals) -> list[str]:
    """Return the runs of this machine of which the bucket lacks records."""
    return [name for name in runs(kept.mirror) if set(kept.mirror.keys(f"runs/{name}/")) - set(kept.bucket.keys(f"runs/{name}/"))]


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
    """Planned: nothing, once the replica replayed the last write. Unplanned: from the last surviving commit to the failure."""
    if plan.mode == "planned":
        return 0.0 if _last(records, "catch-up", "step-finished") else None
    promoted = _last(records, f"promote-{plan.target}", "step-finished")
    last, failed = (promoted.facts.get("last_commit") if promoted else None), records[0].facts.get("failed_at")
    if last and failed:
        return max((datetime.fromisoformat(str(failed)) - datetime.fromisoformat(str(last))).total_seconds(), 0.0)
    loss = records[0].facts.get("loss")
    seconds = loss.get("seconds") if isinstance(loss, dict) else None
    return float(seconds) if isinstance(seconds, int | float) else None


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


def skipping(plan: Plan, steps: tuple[str, ...], reason: str) -> Plan:
    """Return *plan* without doing *steps*; raise :class:`Refused` without a reason."""
    if steps and not reason.strip():
        raise Refused("a skipped step needs a reason", 'say it: --skip STEP --reason "…"')
    return replace(plan, skipped=dict.fromkeys(steps, reason))


def failover_began(kept: Journals, fallback: timedelta, now: datetime) -> datetime:
    """Return a moment safely before the last failover began: from then on the old region may hold rows of its own."""
    try:
        newest = next((name for name in reversed(runs(kept.first)) if "-failover-" in name), None)
        opened = read_run(kept.first, newest)[0] if newest else None
    except (AwsError, JournalBroken):
        opened = None
    return min(opened.at - timedelta(days=1), now) if opened else now - fallback
