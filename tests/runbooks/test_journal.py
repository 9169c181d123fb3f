"""The journal: written once, chained, and never silently wrong."""

import pytest

from runbooks.aws.s3 import Stored
from runbooks.errors import JournalBroken, JournalLost, LeaseLost, Paused
from runbooks.journal import GIVEN_UP, Journal, closed, newest_open, read_run
from runbooks.patience import Patient
from tests.runbooks.stores import FastClock, Memory

RUN = "20261122T100000Z-failover-0000"


def journal(*stores: Memory, token: int = 1) -> Journal:
    return Journal(stores, RUN, FastClock(), token)


def written(store: Memory) -> Journal:
    pen = journal(store)
    pen.append("opened", facts={"command": "failover", "target": "us-west-2"})
    pen.append("step-started", step="promote")
    pen.append("step-finished", step="promote", outcome="done", seconds=1.23456, facts={"last_commit": "x"})
    return pen


def test_what_was_written_is_read_back() -> None:
    """A run's records come back equal, in order, from whatever process."""
    store = Memory()
    pen = written(store)
    assert read_run(store, RUN) == pen.records


def test_a_second_writer_collides() -> None:
    """A process that lost the lease cannot write beside its successor: the record number is taken."""
    store = Memory()
    written(store)
    with pytest.raises(LeaseLost, match="another process wrote record 1"):
        journal(store, token=2).append("opened")


@pytest.mark.parametrize("number", ["0001", "0002"])
@pytest.mark.parametrize("part", range(20))
def test_any_altered_byte_is_found(number: str, part: int) -> None:
    """Changing a byte anywhere in a record breaks its form or the chain, and the error names a record. (The last has no successor yet.)"""
    store = Memory()
    written(store)
    key = f"runs/{RUN}/{number}.json"
    old = store.objects[key]
    position = part * (len(old.body) - 1) // 19
    altered = old.body[:position] + bytes([old.body[position] ^ 1]) + old.body[position + 1 :]
    store.objects[key] = Stored(altered, old.version, old.written_at, old.answered_at)
    with pytest.raises(JournalBroken, match=r"runs/.*json"):
        read_run(store, RUN)


def test_a_missing_record_is_named() -> None:
    """A gap is an error, not a shorter run."""
    store = Memory()
    written(store)
    del store.objects[f"runs/{RUN}/0002.json"]
    with pytest.raises(JournalBroken, match=r"0002\.json is missing"):
        read_run(store, RUN)


def test_an_unreachable_journal_stops_the_pen() -> None:
    """Nothing goes on unjournaled: the append fails after its patience, and not even a journal that comes back takes more from this pen."""
    store = Memory()
    pen = written(store)
    store.down = True
    with pytest.raises(JournalLost, match="memory takes no record"):
        pen.append("step-started", step="switch")
    store.down = False
    with pytest.raises(JournalLost):
        pen.append("step-started", step="verify")
    assert len(pen.records) == 3


def test_the_unfinished_run_is_the_newest_that_never_closed() -> None:
    """A closed run is not resumed; an open one is found without knowing its name."""
    store = Memory()
    pen = written(store)
    found = newest_open(store)
    assert found is not None
    assert found[0].run == RUN
    pen.append("closed", outcome="completed")
    assert newest_open(store) is None
    assert closed(read_run(store, RUN))


def test_a_run_that_was_given_up_is_not_open() -> None:
    """A note beside the records ends a run whose records nobody can carry on with."""
    store = Memory()
    written(store).keep(GIVEN_UP, b"{}")
    assert newest_open(store) is None


def test_a_record_that_was_written_over_is_named() -> None:
    """Records are written once: a second version is an alteration, however well it is made."""

    class Versioned(Memory):
        def keys(self, prefix: str) -> list[str]:
            return sorted([*super().keys(prefix), f"runs/{RUN}/0003.json"])

    store = Versioned()
    written(store)
    with pytest.raises(JournalBroken, match=r"0003\.json was written over"):
        read_run(store, RUN)


def test_a_record_that_was_deleted_is_named() -> None:
    """A tail that is cut off is found, where the store remembers what it held."""

    class Remembering(Memory):
        def keys(self, prefix: str) -> list[str]:
            return [*super().keys(prefix), f"runs/{RUN}/0004.json"]

    store = Remembering()
    written(store)
    with pytest.raises(JournalBroken, match=r"0004\.json was deleted"):
        read_run(store, RUN)


def test_a_pause_between_two_attempts_leaves_the_number_in_doubt() -> None:
    """Told to stop while the store does not answer, the run is paused and writes no more: the record may have been taken."""
    store, clock = Memory(), FastClock()
    pen = Journal((Patient(store, clock),), RUN, clock, 1)
    pen.append("opened")
    store.down = True
    clock.stop.set()
    with pytest.raises(Paused):
        pen.append("step-started", step="promote")
    store.down = False
    with pytest.raises(Paused):
        pen.append("paused")
    assert len(read_run(store, RUN)) == 1
