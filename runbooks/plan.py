"""A plan is data: steps, what each needs, how long it may take. :func:`run` is one reader; the dry run and the report are others."""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Protocol

from runbooks.clock import RealClock, jittered, spoken
from runbooks.errors import LeaseLost, Paused, Refused, RunbookError, StepFailed
from runbooks.journal import Fact, Facts, Journal, Record
from runbooks.objectives import Loss


@dataclass(frozen=True, slots=True)
class Step:
    """One act. ``name`` is its journal key and never changes; ``done`` looks whether its effect is already there.

    ``beside``: tried while others work, and its failure does not stop the run. ``estimate`` is for people, ``deadline`` binds.
    ``progress`` says in a few words how far the act is, for whoever watches.
    """

    name: str
    says: str
    region: str
    act: Callable[[], Facts]
    done: Callable[[], bool]
    needs: tuple[str, ...] = ()
    estimate: timedelta = timedelta(seconds=5)
    deadline: timedelta = timedelta(minutes=10)
    beside: bool = False
    progress: Callable[[], str] = str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run will do. ``green`` names the step whose end means the service is back; ``out`` the step that takes it away.

    The RTO runs from the declared start, or from ``out`` where the plan itself stops the service, to the end of ``green``.

    How it is told: ``title`` is its first line, ``until`` what ``green`` means, ``again`` the command that carries on with it, and
    ``afterwards`` what to do when it is over.
    """

    command: str
    source: str
    target: str
    mode: str
    why: str
    steps: tuple[Step, ...]
    loss: Loss
    green: str
    out: str = ""
    skipped: dict[str, str] = field(default_factory=dict)
    title: str = ""
    until: str = "until shoppers are served"
    again: str = ""
    afterwards: str = ""

    @property
    def heading(self) -> str:
        return self.title or f"{self.command.capitalize()} from {self.source} to {self.target}, {self.mode}"

    @property
    def command_line(self) -> str:
        return self.again or f"invoke {self.command} --region {self.target}"

    def described(self) -> Facts:
        """Return the plan as it is journaled: everything but the acts."""
        steps: list[Fact] = [
            {
                "name": step.name,
                "says": step.says,
                "region": step.region,
                "needs": list(step.needs),
                "estimate_seconds": step.estimate.total_seconds(),
                "optional": step.beside,
            }
            for step in self.steps
        ]
        return {
            "command": self.command,
            "source": self.source,
            "target": self.target,
            "mode": self.mode,
            "why": self.why,
            "plan": steps,
            "green": self.green,
            "out": self.out,
            "afterwards": self.afterwards,
        }

    def estimate(self) -> timedelta:
        """Return how long the plan should take until it is green: the longest chain of estimates."""
        ends: dict[str, timedelta] = {}
        for step in self.steps:
            ends[step.name] = max((ends[need] for need in step.needs), default=timedelta(0)) + step.estimate
        return ends[self.green] if self.green in ends else max(ends.values())


class Watcher(Protocol):
    """Whoever is told about a run's records as they are written: the terminal, a test."""

    def __call__(self, record: Record) -> None: ...


class Keeper(Protocol):
    """Whoever knows whether this process may still act."""

    def hold(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Execution:
    """What :func:`run` needs beside the plan."""

    journal: Journal
    lease: Keeper
    clock: RealClock
    tell: Watcher


def check_skips(plan: Plan) -> None:
    """Raise :class:`Refused` when a step to skip is not in the plan."""
    unknown = sorted(set(plan.skipped) - {step.name for step in plan.steps})
    if unknown:
        raise Refused(f"the plan has no step {', '.join(unknown)}", f"its steps are {', '.join(step.name for step in plan.steps)}")


def run(plan: Plan, execution: Execution) -> None:
    """Carry out *plan*, steps side by side as their needs allow, from wherever its journal ends.

    Raises :class:`Paused` when told to stop, :class:`StepFailed` when a step ended without its effect, and whatever else a step
    raised; in each case the journal says so and the same plan can be run again.
    """
    waiting = {step.name: step for step in plan.steps if execution.journal.finished(step.name) is None}
    finished = {step.name for step in plan.steps} - set(waiting)
    running: dict[Future[None], Step] = {}
    trouble: RunbookError | None = None
    with stoppable(execution.clock), ThreadPoolExecutor(len(plan.steps)) as pool:
        while (waiting and trouble is None) or running:
            if trouble is None:
                for step in _ready(waiting, finished):
                    running[pool.submit(_perform, step, plan.skipped.get(step.name, ""), execution)] = waiting.pop(step.name)
            # A wait without an end would keep Python from handing us the operator's Ctrl-C.
            done, _ = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in done:
                step = running.pop(future)
                error = _error(future)
                if error is None or (step.beside and not isinstance(error, Paused | LeaseLost)):
                    finished.add(step.name)
                else:
                    trouble = _together(trouble, error)
            if execution.clock.stop.is_set() and trouble is None:
                trouble = Paused("the run was paused")
        if trouble is not None:
            _note_end(trouble, execution)
            raise trouble


def _ready(waiting: dict[str, Step], finished: set[str]) -> list[Step]:
    """Return what can start, what the run depends on first: each start is a record, and they are written one after the other."""
    return sorted((step for step in waiting.values() if finished.issuperset(step.needs)), key=lambda step: step.beside)


def _together(first: RunbookError | None, second: RunbookError) -> RunbookError:
    """Return what to raise now that *second* came too: steps that failed side by side are told in one breath."""
    if first is None or isinstance(first, Paused):
        return second
    if isinstance(first, StepFailed) and isinstance(second, StepFailed):
        return StepFailed(f"{first.message}; {second.message}", f"{first.hint}; {second.hint}")
    return first


def _error(future: Future[None]) -> RunbookError | None:
    error = future.exception()
    if error is None or isinstance(error, RunbookError):
        return error
    raise error


def _note_end(trouble: RunbookError, execution: Execution) -> None:
    if isinstance(trouble, Paused):
        execution.tell(execution.journal.append("paused", facts={"why": trouble.message}))


def _perform(step: Step, skip: str, execution: Execution) -> None:
    """Do one step and journal it: started before anything changes, finished only when a second look shows the effect."""
    journal, clock = execution.journal, execution.clock
    if skip:
        execution.tell(journal.append("step-skipped", step=step.name, outcome="skipped", facts={"reason": skip}))
        return
    execution.lease.hold()
    execution.tell(journal.append("step-started", step=step.name))
    start = clock.ticks()
    try:
        outcome, facts = _effect(step, execution, start)
    except (Paused, LeaseLost):
        raise  # nothing failed; and who lost the lease writes no more, lest it collides with its successor
    except RunbookError as error:
        said: Facts = {"error": error.message, "hint": error.hint}
        kept = journal.append(
            "step-finished" if step.beside else "step-failed", step=step.name, outcome="not done", seconds=clock.ticks() - start, facts=said
        )
        execution.tell(kept)
        raise
    execution.tell(journal.append("step-finished", step=step.name, outcome=outcome, seconds=clock.ticks() - start, facts=facts))


def _effect(step: Step, execution: Execution, start: float) -> tuple[str, Facts]:
    """Return how the step's effect came about; act again while AWS is merely busy, but never before looking."""
    looks, attempts, last = 0, 0, "its effect is not there"
    while looks == 0 or execution.clock.ticks() - start < step.deadline.total_seconds():
        looks += 1
        try:
            if step.done():
                return ("already done" if attempts == 0 else "done"), {"attempts": attempts}
            attempts += 1
            execution.lease.hold()
            facts = step.act()
            return "done", {**facts, "attempts": attempts}
        except RunbookError as error:
            if not error.retry:
                raise
            last = error.message
        execution.clock.sleep(jittered(min(0.5 * 2 ** min(looks, 4), 5.0)))
    raise StepFailed(
        f"{step.says}: not done within {spoken(step.deadline)}: {last}", "mend the cause, then repeat the command with --resume"
    )


@contextmanager
def stoppable(clock: RealClock) -> Iterator[None]:
    """Turn Ctrl-C, a termination and a closed terminal into a pause for as long as the run lasts; what nohup ignores stays ignored."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        clock.stop.set()

    heeded = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
