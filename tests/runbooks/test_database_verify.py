"""What counts against a thing that was looked at, and what only says that nobody could look."""

import pytest

from runbooks.checked import Checked
from runbooks.databases.verify import tried
from runbooks.errors import Busy, Denied, Expired, NotFound, Rejected, RunbookError, StepFailed, Unreachable


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (Rejected, True),
        *((each, False) for each in (Busy, Denied, Expired, NotFound, StepFailed, Unreachable)),
    ],
)
def test_an_error_counts_only_when_the_thing_itself_gave_it(kind: type[RunbookError], seen: bool) -> None:
    """A page that cannot be read is a fault of the table; a password that is refused, a silence or a delay is none."""

    def look() -> Checked:
        raise kind("says so")

    found = tried("orders", look)
    assert (found.well, found.says, found.seen) == (False, "says so", seen)
    assert found.spoken()[0] == ("✗" if seen else "?")


def test_what_was_found_is_passed_on() -> None:
    """Nothing is made of it."""
    assert tried("orders", lambda: Checked("orders", well=True, says="3 rows")) == Checked("orders", True, "3 rows")
