"""Time as people say it."""

from datetime import timedelta

import pytest

from runbooks.clock import spoken


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0.04, "0.0 s"), (0.84, "0.8 s"), (42, "42 s"), (60, "1 min"), (1203, "20 min 3 s"), (3600, "1 h"), (7509, "2 h 5 min")],
)
def test_durations_are_spoken_as_briefly_as_they_are_exact(seconds: float, says: str) -> None:
    """Tenths below ten seconds, whole seconds below an hour, and nothing that is zero."""
    assert spoken(timedelta(seconds=seconds)) == says
