"""A patient store: what passes is waited for, what does not is told."""

import pytest

from runbooks.errors import Busy, Conflict, Unreachable
from runbooks.patience import READING, WRITING, Patient
from tests.runbooks.stores import FastClock, Memory


class Throttled(Memory):
    """Refuses the next *times* calls."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def _answer(self) -> None:
        super()._answer()
        self.times -= 1
        if self.times >= 0:
            raise Busy("slow down")


def test_throttled_reads_and_writes_come_through() -> None:
    """Three refusals in a row are waited out, each wait longer than the last."""
    clock = FastClock()
    store = Patient(Throttled(3), clock)
    store.write_new("a", b"1")
    assert store.keys("") == ["a"]
    assert 0.1 + 0.2 + 0.4 <= clock.passed < 1


def test_silence_is_told_once_patience_ends() -> None:
    """Reading gives up within ten seconds, writing within twenty."""
    clock, silent = FastClock(), Memory()
    silent.down = True
    for call, patience in (
        (lambda: Patient(silent, clock).keys(""), READING),
        (lambda: Patient(silent, clock).write_new("a", b""), WRITING),
    ):
        began = clock.passed
        with pytest.raises(Unreachable):
            call()
        assert patience.total_seconds() / 2 < clock.passed - began <= patience.total_seconds()


def test_a_lost_race_is_not_repeated() -> None:
    """A conflict is an answer."""
    clock, store = FastClock(), Memory()
    store.write_new("a", b"1")
    with pytest.raises(Conflict):
        Patient(store, clock).write_new("a", b"2")
    assert clock.passed == 0
