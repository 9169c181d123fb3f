"""What each command does, without its terminal: settings and a wish in, a plan or records out."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

from names import Names
from runbooks import failback, failover, journal, lease, report, runs, world, writer
from runbooks.clock import RealClock
from runbooks.errors import AwsError, JournalBroken, Refused
from runbooks.failover import Decision, Wish
from runbooks.journal import MOVES, Fact, Facts, Journal, Line, Record, newest_open
from runbooks.local import state_directory
from runbooks.objectives import NOTHING, Loss
from runbooks.patience import Patient
from runbooks.plan import Plan, Watcher
from runbooks.reach import Reach
from runbooks.readiness import Finding, findings
from runbooks.runs import Journals
from runbooks.world import World
from settings import Settings


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator sits at: the names, both regions, the journals, a clock."""

    names: Names
    clock: RealClock
    reach: Reach
    journals: Journals


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that only waits for the operator's word. ``records`` is not empty when it resumes a run."""

    plan: Plan
    name: str
    about: Facts
    pen: Callable[[Journal], None]
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = ()
    line: Line = MOVES


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand: the photograph, who holds the lease, the unfinished run. ``trouble``: why the journal could not be read."""

    world: World
    holder: lease.Lease | None
    until: datetime | None
    unfinished: str
    trouble: str


class Pen:
    """Hands a journal to the steps of a plan that was made before the journal was opened."""

    def __init__(self) -> None:
        self._journal: Journal | None = None

    def take(self, journal: Journal) -> None:
        self._journal = journal

    def journal(self) -> Journal:
        if self._journal is None:
            raise Refused("the run has no journal yet", "start the run first")
        return self._journal


def desk(settings: Settings, *, local_journal: str = "") -> Desk:
    """Return the desk of one stack; *local_journal* must be its name for the journal to be kept on this machine only."""
    if local_journal and local_journal != settings.environment:
        raise Refused(
            f"--local-journal {local_journal} does not name this stack",
            f"type --local-journal {settings.environment} to go on without the journal bucket",
        )
    names, clock = Names(settings), RealClock()
    reach = Reach(names, clock)
    return Desk(names, clock, reach, runs.journals(reach, state_directory(settings.environment), local_only=bool(local_journal)))


def look(at: Desk, target: str = "") -> World:
    return world.look(at.reach, now=at.clock.now(), target=target)


def status(at: Desk) -> Status:
    """Return how things stand; the journal is read while the regions are looked at."""
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(_who_acts, at)
        seen = look(at)
        return replace(acting.result(), world=seen)


def _who_acts(at: Desk) -> Status:
    """Read the journal once: who looks does not wait for a bucket whose region is lost, as who acts must."""
    nothing, first = World(at.clock.now(), {}, ()), at.journals.first
    store = first.store if isinstance(first, Patient) else first
    try:
        held = world.repeatedly(lambda: lease.holding(store), at.clock, world.HASTY_TRIES)
        unfinished = world.repeatedly(lambda: newest_open(store), at.clock, world.HASTY_TRIES)
    except (AwsError, JournalBroken) as error:
        return Status(nothing, None, None, "", error.message)
    return Status(nothing, held[0] if held else None, held[1] if held else None, unfinished[0].run if unfinished else "", "")


def check_readiness(at: Desk, region: str) -> tuple[Finding, ...]:
    """Return every finding on *region* taking over, the journal's included; an empty *region* is the one that is not active."""
    if region:
        failover.other_region(at.names, region)
    seen = look(at, region)
    target = region or (at.names.settings.other_region(seen.active) if seen.active else at.names.settings.recovery_region)
    return (*findings(seen, at.names, target), journal_finding(at))


def journal_finding(at: Desk) -> Finding:
    """Return whether a run could be recorded now: read by listing, for the lease may belong to a run that is under way."""
    where, hint = at.journals.bucket.where, "mend access to the bucket; in an emergency a run can go on with --local-journal"
    try:
        held = lease.holding(at.journals.bucket)
        waiting = runs.unsynced(at.journals)
    except AwsError as error:
        return Finding("journal", False, f"{where} cannot be read: {error.message}", False, hint)
    if waiting:
        return Finding(
            "journal", False, f"{len(waiting)} runs are only on this machine ({', '.join(waiting)})", False, "invoke journal-sync"
        )
    return Finding(
        "journal",
        True,
        f"{where} can be read; " + (f"{held[0].holder} holds the lease for {held[0].run}" if held else "nobody holds the lease"),
        False,
    )


@contextmanager
def who_acts_first(at: Desk) -> Iterator[None]:
    """While another run acts, the world looks broken: then say who acts, not what is missing."""
    try:
        yield
    except Refused:
        with suppress(AwsError):
            lease.refuse_while_held(at.journals.first)
        raise


def prepare_failover(at: Desk, wish: Wish) -> Prepared | None:
    """Return the failover to carry out, or None when shoppers are already served by its target."""
    failover.other_region(at.names, wish.target)
    declared = at.clock.now()
    seen = look(at, wish.target)
    if failover.already_active(seen, wish.target):
        return None
    with who_acts_first(at):
        decision = failover.decide(seen, at.names, wish)
    name = runs.new_run("failover", declared)
    about = _about(at, decision, declared, seen, wish)
    return Prepared(failover.plan(at.reach, decision, name), name, about, Pen().take, findings=findings(seen, at.names, wish.target))


def prepare_failback(at: Desk, target: str) -> Prepared | None:
    """Return the failback to carry out, or None when *target* is active and the other region is its replica again."""
    source = failover.other_region(at.names, target)
    declared = at.clock.now()
    seen = look(at, target)
    standby = seen.views[source].database
    if failover.already_active(seen, target) and standby is not None and not standby.writer:
        return None
    with who_acts_first(at):
        decision = failback.decide(seen, at.names, target)
    name, pen = runs.new_run("failback", declared), Pen()
    since = runs.failover_began(at.journals, failback.LOOK_BACK, declared)
    about = {**_about(at, decision, declared, seen, Wish(target)), "since": since.isoformat()}
    return Prepared(
        failback.plan(at.reach, decision, name, since, pen.journal), name, about, pen.take, findings=findings(seen, at.names, target)
    )


def prepare_fence(at: Desk, region: str) -> Prepared:
    """Return the run that keeps writes out of *region*."""
    active = failover.other_region(at.names, region)
    declared = at.clock.now()
    seen = look(at)
    if seen.active == region:
        raise Refused(
            f"{region} is where shoppers are led now: fencing it would stop the shop", f"fail over first: invoke failover --region {active}"
        )
    plan = fence_plan(at.reach, region)
    decision = Decision(active, region, "planned", plan.why, NOTHING, None)
    return Prepared(plan, runs.new_run("fence", declared), _about(at, decision, declared, seen, Wish(region)), Pen().take)


def fence_plan(reach: Reach, region: str) -> Plan:
    """Return the one step that keeps writes out of *region*."""
    step = writer.fence(reach, region, beside=False)
    source = failover.other_region(reach.names, region)
    return Plan("fence", source, region, "planned", f"{region} must not take writes", (step,), NOTHING, green=step.name)


def prepare_resume(at: Desk, command: str, target: str) -> Prepared:
    """Return the unfinished *command* to *target* as it was decided; what the world looks like now, its steps see for themselves."""
    failover.other_region(at.names, target)
    records = runs.open_run(at.journals, command, target)
    opened, pen = records[0].facts, Pen()
    decision = _decided(opened)
    if command == "failover":
        plan = failover.plan(at.reach, decision, records[0].run)
    else:
        plan = failback.plan(at.reach, decision, records[0].run, datetime.fromisoformat(str(opened["since"])), pen.journal)
    return Prepared(replace(plan, skipped=runs.skipped(records)), records[0].run, {}, pen.take, records)


def carry_out(at: Desk, prepared: Prepared, tell: Watcher) -> tuple[Record, ...]:
    """Carry out what was prepared and return the run's records."""
    if prepared.records:
        return runs.resume(prepared.plan, prepared.records, at.reach, at.journals, at.clock, tell, prepared.pen, prepared.line)
    return runs.start(prepared.plan, prepared.name, prepared.about, at.reach, at.journals, at.clock, tell, prepared.pen, prepared.line)


@dataclass(frozen=True, slots=True)
class Listed:
    """One run, as a line of a list. ``broken``: why its records do not hold together, if they do not."""

    run: str
    outcome: str
    seconds: float | None
    operators: tuple[str, ...]
    broken: str


def list_runs(at: Desk) -> tuple[Listed, ...]:
    """Return every run in the journal, newest first."""
    return tuple(_listed(at, run) for run in reversed(journal.runs(at.journals.first)))


def _listed(at: Desk, run: str) -> Listed:
    try:
        records = journal.read_run(at.journals.first, run)
    except JournalBroken as error:
        return Listed(run, "broken", None, (), error.message)
    last = records[-1]
    seconds = last.facts.get("run_seconds")
    who = tuple(dict.fromkeys(record.operator for record in records))
    return Listed(
        run, last.outcome if last.kind == "closed" else "unfinished", float(seconds) if isinstance(seconds, int | float) else None, who, ""
    )


def write_report(at: Desk, run: str, to: str) -> tuple[tuple[report.Story, ...], Path]:
    """Write the report of *run*, or of the newest failover and failback, to the file *to*; return its stories and where it is."""
    there = journal.runs(at.journals.first)
    newest = [max((name for name in there if f"-{command}-" in name), default="") for command in ("failover", "failback")]
    chosen = [run] if run else sorted(name for name in newest if name)
    if not chosen:
        raise Refused(f"{at.journals.first.where} holds no failover and no failback", "there is nothing to report yet")
    stories = tuple(report.story(journal.read_run(at.journals.first, name)) for name in chosen)
    file = Path(to)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(report.render(stories), encoding="utf-8")
    return stories, file.resolve()


def _about(at: Desk, decision: Decision, declared: datetime, seen: World, wish: Wish) -> Facts:
    """Return what is journaled before the first step: the decision, and what it rested on."""
    objectives = at.names.settings.disaster_recovery
    readiness: list[Fact] = [
        {"name": finding.name, "ok": finding.well, "says": finding.says} for finding in findings(seen, at.names, decision.target)
    ]
    return {
        "environment": at.names.settings.environment,
        "declared_at": declared.isoformat(),
        "failed_at": decision.failed_at.isoformat() if decision.failed_at else None,
        "objectives": {"rto_seconds": objectives.rto.total_seconds(), "rpo_seconds": objectives.rpo.total_seconds()},
        "loss": cast(Fact, asdict(decision.loss)),
        "accepted_loss_seconds": None if wish.accepted is None else wish.accepted.total_seconds(),
        "readiness": readiness,
    }


def _decided(opened: Facts) -> Decision:
    loss, failed = opened["loss"], opened.get("failed_at")
    return Decision(
        source=str(opened["source"]),
        target=str(opened["target"]),
        mode=cast(failover.Mode, opened["mode"]),
        why=str(opened["why"]),
        loss=Loss(**cast(dict[str, str], loss)),  # type: ignore[arg-type]
        failed_at=datetime.fromisoformat(str(failed)) if failed else None,
    )
