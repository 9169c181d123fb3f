"""Running a plan: order, repetition, failure and pause, on steps whose effects are counted."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from runbooks.clock import RealClock
from runbooks.errors import Busy, LeaseLost, Paused, Refused, Rejected, StepFailed, Unreachable
from runbooks.journal import Facts, Journal, Record, read_run
from runbooks.objectives import NOTHING
from runbooks.plan import Execution, Plan, Step, check_skips, run
from tests.runbooks.stores import FastClock, Memory

RUN = "20261122T100000Z-failover-0000"


class Effects:
    """What the steps did, in order."""

    def __init__(self) -> None:
        self.acted: list[str] = []

    def step(self, name: str, *needs: str, fails: Callable[[int], Exception | None] = lambda _: None, beside: bool = False) -> Step:
        def act() -> Facts:
            error = fails(self.acted.count(name) + 1)
            self.acted.append(name)
            if error:
                raise error
            return {"by": name}

        return Step(name, f"do {name}", "us-west-2", act, lambda: False, needs, beside=beside, deadline=timedelta(seconds=30))


class Held:
    """A lease that is ours for *times* questions."""

    def __init__(self, times: int = 1000) -> None:
        self.times = times

    def hold(self) -> None:
        self.times -= 1
        if self.times < 0:
            raise LeaseLost("passed on")


def plan(*steps: Step, skipped: dict[str, str] | None = None) -> Plan:
    return Plan("failover", "us-east-1", "us-west-2", "unplanned", "a test", steps, NOTHING, green=steps[-1].name, skipped=skipped or {})


def execution(store: Memory, clock: RealClock | None = None, lease: Held | None = None) -> Execution:
    clock = clock or FastClock()
    records = () if not store.objects else _read(store)
    return Execution(Journal((store,), RUN, clock, 1, records), lease or Held(), clock, lambda _: None)


def _read(store: Memory) -> tuple[Record, ...]:
    return read_run(store, RUN)


def test_steps_follow_their_needs() -> None:
    """Nothing starts before what it needs; what needs nothing starts at once."""
    effects = Effects()
    run(plan(effects.step("c", "a", "b"), effects.step("a"), effects.step("b", "a")), execution(Memory()))
    assert effects.acted == ["a", "b", "c"]


def test_independent_steps_run_side_by_side() -> None:
    """Two steps of 0.3 s that need nothing of each other take less than 0.6 s."""

    def slow() -> Facts:
        time.sleep(0.3)
        return {}

    steps = tuple(Step(name, name, "us-west-2", slow, lambda: False) for name in ("promote", "scale"))
    began = time.monotonic()
    run(plan(*steps), execution(Memory(), RealClock()))
    assert time.monotonic() - began < 0.55


def test_a_resumed_run_repeats_nothing_that_finished() -> None:
    """The journal says what is done; only the rest is acted."""
    store, effects = Memory(), Effects()
    broken = plan(effects.step("a"), effects.step("b", "a", fails=lambda attempt: Rejected("no") if attempt == 1 else None))
    with pytest.raises(Rejected):
        run(broken, execution(store))
    run(broken, execution(store))
    assert effects.acted == ["a", "b", "b"]


def test_what_is_already_true_is_not_done_again() -> None:
    """A step whose effect is there is only recorded."""
    store, effects = Memory(), Effects()
    step = effects.step("a")
    run(plan(Step("a", "do a", "us-west-2", step.act, lambda: True)), execution(store))
    assert effects.acted == []
    assert _read(store)[-1].outcome == "already done"


def test_a_busy_service_is_tried_again_within_the_deadline() -> None:
    """Throttling is answered by patience, and every attempt is counted in the record."""
    store, effects = Memory(), Effects()
    run(plan(effects.step("a", fails=lambda attempt: Busy("throttled") if attempt < 4 else None)), execution(store))
    assert _read(store)[-1].facts["attempts"] == 4


def test_a_service_that_stays_busy_fails_the_step_at_its_deadline() -> None:
    """A wait has an end, and the error says what the last look saw."""
    effects = Effects()
    with pytest.raises(StepFailed, match="not done within 30 s: throttled"):
        run(plan(effects.step("a", fails=lambda _: Busy("throttled"))), execution(Memory()))


def test_a_step_that_cannot_even_look_ends_at_its_deadline() -> None:
    """A region that answers nothing does not hold the run: looking fails, again and again, and then it is over."""

    def dark() -> bool:
        raise Unreachable("no answer")

    blind = Step("fence", "fence", "us-east-1", dict, dark, beside=True, deadline=timedelta(seconds=5))
    store = Memory()
    run(plan(blind), execution(store))
    assert _read(store)[-1].outcome == "not done"


def test_steps_that_fail_side_by_side_are_told_together() -> None:
    """Who must mend two things is told of both, each with its way out."""
    effects = Effects()
    first = effects.step("a", fails=lambda _: StepFailed("no writer", "look at it"))
    second = effects.step("b", fails=lambda _: StepFailed("1 of 2 run", "skip it"))
    with pytest.raises(StepFailed, match=r"no writer.*1 of 2 run|1 of 2 run.*no writer") as failed:
        run(plan(first, second), execution(Memory()))
    assert set(failed.value.hint.split("; ")) == {"look at it", "skip it"}


def test_a_step_beside_may_fail() -> None:
    """The fence of a lost region does not stop the run; the record says that it was not done."""
    store, effects = Memory(), Effects()
    run(plan(effects.step("fence", fails=lambda _: Rejected("dark"), beside=True), effects.step("promote")), execution(store))
    outcomes = {record.step: record.outcome for record in _read(store) if record.kind == "step-finished"}
    assert outcomes == {"fence": "not done", "promote": "done"}


def test_a_lost_lease_stops_before_the_act() -> None:
    """The fencing token is asked before every act: a process that was succeeded changes nothing."""
    effects = Effects()
    with pytest.raises(LeaseLost):
        run(plan(effects.step("a")), execution(Memory(), lease=Held(times=0)))
    assert effects.acted == []


def test_who_lost_the_lease_writes_no_more() -> None:
    """A process that was succeeded in mid-step leaves the next record to its successor."""
    store, effects = Memory(), Effects()
    with pytest.raises(LeaseLost, match="passed on"):
        run(plan(effects.step("a", fails=lambda _: LeaseLost("passed on"))), execution(store))
    assert [record.kind for record in _read(store)] == ["step-started"]


def test_skipped_steps_are_recorded_with_their_reason() -> None:
    """A skip is a decision on record, and what needs the step goes on."""
    store, effects = Memory(), Effects()
    run(plan(effects.step("a"), effects.step("b", "a"), skipped={"a": "done by hand"}), execution(store))
    assert effects.acted == ["b"]
    assert next(record for record in _read(store) if record.kind == "step-skipped").facts == {"reason": "done by hand"}
    with pytest.raises(Refused, match="no step nonsense"):
        check_skips(plan(effects.step("a"), skipped={"nonsense": "why"}))


def test_a_pause_ends_the_waiting_and_is_recorded() -> None:
    """Stopping wakes a step that waits; the run ends resumable, with the pause on record."""
    store, clock = Memory(), RealClock()

    def wait() -> Facts:
        clock.stop.set()
        clock.sleep(60)
        return {}

    with pytest.raises(Paused):
        run(plan(Step("wait", "wait", "us-west-2", wait, lambda: False)), execution(store, clock))
    assert _read(store)[-1].kind == "paused"


def test_what_nohup_ignores_does_not_pause() -> None:
    """A run that was begun to outlive its terminal outlives it."""
    store, before = Memory(), signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def hang_up() -> Facts:
        os.kill(os.getpid(), signal.SIGHUP)
        return {}

    try:
        run(plan(Step("hang-up", "hang up", "us-west-2", hang_up, lambda: False)), execution(store))
    finally:
        signal.signal(signal.SIGHUP, before)
    assert _read(store)[-1].kind == "step-finished"
