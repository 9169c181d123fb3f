"""Waiting for the emulator."""

import pytest

from sandbox.waiting import NotInTime, wait_until


def test_a_wait_returns_what_it_saw_first() -> None:
    """It looks again until there is something."""
    looks = iter([None, None, "up"])
    assert wait_until("the shop", lambda: next(looks)) == "up"


def test_a_wait_in_vain_says_for_what() -> None:
    """Nothing is waited for without an end."""
    with pytest.raises(NotInTime, match="waited 0 s in vain for the shop"):
        wait_until("the shop", lambda: None, within=0)
