"""A drill from beginning to end: its steps, then its clean-up whatever came of them, then a look, and the verdict on all of it."""

from runbooks import journal, lease, runs
from runbooks.commands import Desk
from runbooks.drills.drill import Drill
from runbooks.drills.verdict import cleaning_began, verdict
from runbooks.errors import Expired, JournalBroken, JournalLost, LeaseLost, LocalJournalFailed, Paused, Refused, RunbookError
from runbooks.journal import DRILLS, Facts, Journal, Record
from runbooks.plan import Execution, Plan, Watcher, run, stoppable

NOT_OURS = (Expired, JournalLost, JournalBroken, LeaseLost, LocalJournalFailed)
"""What ends a process without a verdict: nothing more can be done, or nothing more can be recorded."""


def start(at: Desk, drill: Drill, about: Facts, tell: Watcher, *, leaving: bool = False) -> tuple[Record, ...]:
    """Carry out *drill* as a new run and return its records.

    *leaving*: an operator who is stopped leaves it as it is, for another to carry on; else it is cleared away first.
    """
    with runs.holding(at.journals, drill.run, at.clock, DRILLS) as holder:
        pen = Journal(at.journals.stores, drill.run, at.clock, holder.token)
        with runs.in_reach(at.journals):
            refuse_beside(at)
            tell(pen.append("opened", facts={**drill.plan.described(), **about}))
        return _carried_out(at, drill, pen, holder, tell, leaving=leaving)


def resume(at: Desk, drill: Drill, name: str, tell: Watcher, *, only_clear: bool = False) -> tuple[Record, ...]:
    """Carry on with the run *name* where its journal ends, from whatever machine; with *only_clear* it is cleared away and judged."""
    with runs.holding(at.journals, name, at.clock, DRILLS) as holder:
        with runs.in_reach(at.journals):
            records = runs.up_to_date(at.journals, name)
        if journal.closed(records):
            return records
        pen = Journal(at.journals.stores, name, at.clock, holder.token, records)
        tell(pen.append("resumed", facts={"only_clear": only_clear}))
        return _carried_out(at, drill, pen, holder, tell, acting=not only_clear and not cleaning_began(records))


def refuse_beside(at: Desk) -> None:
    unfinished = journal.newest_open(at.journals.first, DRILLS)
    if unfinished:
        raise Refused(f"the drill {unfinished[0].run} is unfinished", "finish it: invoke drill --resume")


def _carried_out(
    at: Desk, drill: Drill, pen: Journal, holder: lease.Holder, tell: Watcher, *, acting: bool = True, leaving: bool = False
) -> tuple[Record, ...]:
    at.reach.guard = holder.hold
    execution = Execution(pen, holder, at.clock, tell)
    with stoppable(at.clock):
        try:
            if acting:
                run(drill.acting, execution)
        except NOT_OURS:
            raise
        except Paused:
            if leaving:
                raise
        except RunbookError:
            pass  # the journal has it, and so will the verdict
        except BaseException:  # a fault of this program leaves nothing either
            _cleared(at, drill, execution)
            raise
        _cleared(at, drill, execution)
    said = verdict(pen.records)
    tell(pen.append("closed", outcome=str(said["outcome"]), facts=said))
    return pen.records


def _cleared(at: Desk, drill: Drill, execution: Execution) -> None:
    """Clear away and look; what stopped the drill does not stop this, and whoever stops this in turn can resume it."""
    at.clock.stop.clear()
    for plan in drill.clearing:
        _unless_failed(plan, execution)


def _unless_failed(plan: Plan, execution: Execution) -> None:
    """Carry out *plan*; a failure is in the journal, and the look that follows shows what it left."""
    try:
        run(plan, execution)
    except (Paused, *NOT_OURS):
        raise
    except RunbookError:
        return
