"""The lease: one run acts at a time."""

import json
from datetime import timedelta

import pytest

from runbooks.errors import JournalLost, LeaseHeld, LeaseLost
from runbooks.journal import MOVES
from runbooks.lease import TERM, acquire, holding
from tests.runbooks.stores import FastClock, Memory


def elsewhere(store: Memory) -> None:
    """Make the lease look like one of a living process on another machine."""
    stored = store.objects[MOVES.lease]
    content = json.loads(stored.body) | {"process": "other-host 1 1.0", "holder": "ana@other-host"}
    store.objects[MOVES.lease] = type(stored)(json.dumps(content).encode(), stored.version, stored.written_at, stored.answered_at)


def test_the_second_is_told_who_holds_it() -> None:
    """Who, since when, until when: what an operator needs to call the other."""
    store, clock = Memory(), FastClock()
    first = acquire(store, "run-1", "ana@laptop", clock)
    with pytest.raises(
        LeaseHeld, match=r"ana@laptop holds the lease for run-1 since 2026-11-22T10:00:00\+00:00, until 2026-11-22T10:00:15"
    ):
        acquire(store, "run-2", "ben@laptop", clock)
    first.release()


def test_released_is_free_at_once_with_a_higher_token() -> None:
    """The next holder need not wait, and outranks the last."""
    store, clock = Memory(), FastClock()
    first = acquire(store, "run-1", "ana", clock)
    first.release()
    second = acquire(store, "run-2", "ben", clock)
    assert second.token == first.token + 1
    second.release()


def test_a_dead_holder_elsewhere_loses_it_after_its_term() -> None:
    """The store's clock decides: one second before the end it is held, one after it is free."""
    store, clock = Memory(), FastClock()
    acquire(store, "run-1", "ana", clock)
    elsewhere(store)
    store.now += TERM - timedelta(seconds=1)
    with pytest.raises(LeaseHeld):
        acquire(store, "run-2", "ben", clock)
    store.now += timedelta(seconds=2)
    acquire(store, "run-2", "ben", clock).release()


def test_the_laptops_clock_does_not_matter() -> None:
    """An operator whose clock is an hour ahead cannot take a living lease."""
    store, clock = Memory(), FastClock()
    first = acquire(store, "run-1", "ana", clock)
    clock.passed += 3600
    assert holding(store) is not None
    first.release()


def test_a_dead_holder_on_this_machine_is_not_waited_for() -> None:
    """A killed process is known to be dead where it ran."""
    store, clock = Memory(), FastClock()
    first = acquire(store, "run-1", "ana", clock)
    stored = store.objects[MOVES.lease]
    content = json.loads(stored.body)
    host, pid, started = content["process"].split(" ")
    content["process"] = f"{host} {pid} {float(started) - 100}"  # the pid was used again by a later process
    store.objects[MOVES.lease] = type(stored)(json.dumps(content).encode(), stored.version, stored.written_at, stored.answered_at)
    acquire(store, "run-2", "ben", clock).release()
    first.release()


def test_a_sleeper_may_not_act_after_it_was_succeeded() -> None:
    """A holder that slept past its term finds out before its next act."""
    store, clock = Memory(), FastClock()
    sleeper = acquire(store, "run-1", "ana", clock)
    elsewhere(store)
    store.now += TERM + timedelta(seconds=1)
    successor = acquire(store, "run-2", "ben", clock)
    clock.passed += TERM.total_seconds() + 1
    with pytest.raises(LeaseLost, match="passed to another process"):
        sleeper.hold()
    successor.release()


def test_a_lease_that_cannot_be_renewed_is_lost() -> None:
    """Without the store nobody knows whether a successor acts: the holder stops."""
    store, clock = Memory(), FastClock()
    holder = acquire(store, "run-1", "ana", clock)
    store.down = True
    clock.passed += TERM.total_seconds() + 1
    with pytest.raises(JournalLost, match="could not be renewed"):
        holder.hold()


def test_a_renewal_whose_answer_was_lost_is_ours() -> None:
    """A version that our own earlier renewal made is no other process's."""
    store, clock = Memory(), FastClock()
    holder = acquire(store, "run-1", "ana", clock)
    stored = store.objects[MOVES.lease]
    content = json.loads(stored.body) | {"nonce": "of the renewal that arrived"}
    store.objects[MOVES.lease] = type(stored)(json.dumps(content).encode(), "made by it", stored.written_at, stored.answered_at)
    clock.passed += TERM.total_seconds() - 1
    holder.hold()
    holder.release()
