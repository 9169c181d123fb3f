"""One operator begins a drill and leaves it; another, on a machine that knows nothing of it, carries on from the journal alone."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks import journal, runs
from runbooks.clock import RealClock
from runbooks.commands import Desk
from runbooks.drills import run
from runbooks.drills.drill import Drill
from runbooks.errors import Paused, Refused
from runbooks.journal import DRILLS, Facts, Record
from runbooks.plan import Watcher
from runbooks.reach import Reach

UNAVAILABLE = "operator-unavailable"


def carry_out(
    at: Desk, begin: Callable[[Desk], Drill], carry_on: Callable[[Desk, tuple[Record, ...]], Drill], about: Facts, tell: Watcher
) -> tuple[Record, ...]:
    """Begin the drill, leave it after its first step, and have it carried on; the two share nothing but AWS.

    Both are processes of this machine, or one: what is tried is that the journal suffices, not that a person is at hand.
    """
    with TemporaryDirectory(prefix="solemate-operators-") as folder:
        first, second = (_desk(at, Path(folder) / name) for name in ("first", "second"))
        with suppress(Paused):
            begun = begin(first)
            return run.start(first, begun, about, _leaving(first, begun, tell), leaving=True)
        with runs.in_reach(second.journals):
            records = journal.newest_open(second.journals.first, DRILLS)
        if records is None:
            raise Refused("the drill that was left is not in the journal", "see invoke runs")
        # A Ctrl-C before the first step was over is not the hand-over: then the second only clears away.
        handed = any(record.kind == "step-finished" for record in records)
        return run.resume(second, carry_on(second, records), records[0].run, tell, only_clear=not handed)


def _desk(at: Desk, home: Path) -> Desk:
    """Return a desk without local state: its own clock, doors and credentials, and an empty mirror of the journal."""
    clock = RealClock()
    reach = Reach(at.names, clock)
    return Desk(at.names, clock, reach, runs.journals(reach, home))


def _leaving(first: Desk, begun: Drill, tell: Watcher) -> Watcher:
    """Return a watcher that stops the first operator when the first step is done."""

    def told(record: Record) -> None:
        tell(record)
        if record.step == begun.acts[0].name and record.kind == "step-finished":
            first.clock.stop.set()

    return told
