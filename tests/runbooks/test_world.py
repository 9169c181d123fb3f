"""The photograph's own decisions; what it shows is tried in the scenarios."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runbooks.world import moment
from tests.runbooks.pictures import EAST, NOW, WEST, primary, standby


@pytest.mark.parametrize(("off", "by_the_replica"), [(600, True), (-600, True), (2, False)])
def test_a_clock_that_is_off_dates_no_photograph(off: float, by_the_replica: bool) -> None:
    """Losses are reckoned in the databases' time: ten minutes on a laptop are not ten minutes of orders."""
    laptop, view = NOW + timedelta(seconds=off), standby()
    assert moment({EAST: primary(), WEST: view}, laptop) == (NOW if by_the_replica else laptop)
    assert moment({EAST: primary(), WEST: replace(view, replay=None)}, laptop) == laptop
