"""When backups are made, as the settings say it."""

from datetime import UTC, datetime

import pytest

from runbooks.errors import Refused
from runbooks.scheduled import changes, declared
from tests.runbooks.pictures import NAMES

SATURDAY = datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
KNOWN = (
    "choose --target database, database --rule weekly, database --rule monthly, database --rule yearly, database --rule export, "
    "files, files --rule monthly, application"
)


def test_every_schedule_says_when_it_runs_next() -> None:
    """Each target's own, its further rules, and the export; one that runs at this very moment comes a day later."""
    found = {(each.target, each.rule): f"{each.next_run:%Y-%m-%d %H:%M}" for each in declared(NAMES.settings, SATURDAY)}
    assert found == {
        ("database", "database"): "2026-11-29 05:00",
        ("database", "weekly"): "2026-11-29 04:00",
        ("database", "monthly"): "2026-12-01 03:00",
        ("database", "yearly"): "2027-01-01 02:00",
        ("database", "export"): "2026-12-02 08:00",
        ("files", "files"): "2026-11-28 07:00",
        ("files", "monthly"): "2026-12-01 01:00",
        ("application", "application"): "2026-11-28 06:00",
    }


def test_a_change_goes_where_the_value_stands() -> None:
    """A target's own schedule, a rule of it by its name, or the export."""
    wanted = declared(NAMES.settings, SATURDAY)
    assert dict(changes(wanted, "database", "", "cron(0 6 * * ? *)", "")) == {("database", "schedule"): "cron(0 6 * * ? *)"}
    assert dict(changes(wanted, "database", "monthly", "", "400")) == {("database", "rules", 1, "retention"): 400}
    assert dict(changes(wanted, "database", "export", "", "3000")) == {("database", "export", "retention"): 3000}


@pytest.mark.parametrize(
    ("target", "rule", "retention", "says"),
    [
        ("databse", "", "9", "there is no schedule databse"),
        ("files", "weekly", "9", "there is no schedule files weekly"),
        ("", "", "9", "there is no schedule"),
        ("files", "", "9 days", "--retention 9 days is no number of days"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(target: str, rule: str, retention: str, says: str) -> None:
    """A misspelt target or rule, or a retention that is no number."""
    with pytest.raises(Refused) as refused:
        list(changes(declared(NAMES.settings, SATURDAY), target, rule, "", retention))
    assert refused.value.message == says
    assert refused.value.hint == ("write whole days, such as 35" if "days" in retention else KNOWN)
