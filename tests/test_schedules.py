"""When a schedule runs: AWS's grammar, day by day."""

from datetime import date, timedelta

import pytest

from schedules import longest_wait, runs

FIRST = date(2026, 1, 1)  # a Thursday


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("cron(0 5 * * ? *)", list(range(1, 32))),
        ("cron(0 5 10-12 * ? *)", [10, 11, 12]),
        ("cron(0 5 1/10 JAN,FEB ? *)", [1, 11, 21, 31]),
        ("cron(0 5 L * ? *)", [31]),
        ("cron(0 5 LW * ? *)", [30]),
        ("cron(0 5 10W * ? *)", [9]),
        ("cron(0 5 11W * ? *)", [12]),
        ("cron(0 5 ? * MON-FRI *)", [1, 2, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30]),
        ("cron(0 5 ? * SUN *)", [4, 11, 18, 25]),
        ("cron(0 5 ? * L *)", [3, 10, 17, 24, 31]),
        ("cron(0 5 ? * 6L *)", [30]),
        ("cron(0 5 ? * 6#3 *)", [16]),
        ("cron(0 5 1 2 ? *)", []),
        ("cron(0 5 1 * ? 2027)", []),
    ],
)
def test_a_schedule_runs_on_its_days(schedule: str, days: list[int]) -> None:
    """In January 2026."""
    assert [moment.day for moment in runs(schedule, FIRST, 31)] == days


def test_a_schedule_runs_at_its_hours() -> None:
    """Steps, spans and lists of hours, each at the one minute."""
    found = [(moment.hour, moment.minute) for moment in runs("cron(15 8-12/2,22 * * ? *)", FIRST, 1)]
    assert found == [(8, 15), (10, 15), (12, 15), (22, 15)]


@pytest.mark.parametrize(
    ("schedules", "wait"),
    [
        (["cron(0 5 * * ? *)"], timedelta(days=1)),
        (["cron(0 */6 * * ? *)"], timedelta(hours=6)),
        (["cron(0 5 ? * MON-FRI *)"], timedelta(days=3)),
        (["cron(0 5 1 * ? *)"], timedelta(days=31)),
        (["cron(0 5 1 * ? *)", "cron(0 5 15 * ? *)"], timedelta(days=17)),
        (["cron(0 2 1 1 ? *)"], timedelta(days=366)),
        (["cron(0 5 30 2 ? *)"], timedelta(days=3 * 366)),
    ],
)
def test_the_longest_wait_is_found_over_all_schedules_together(schedules: list[str], wait: timedelta) -> None:
    """Weekends, long months and a leap year count; what never runs waits for as long as anybody looks."""
    assert longest_wait(FIRST, *schedules) == wait
