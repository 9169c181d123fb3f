"""Drill overdue: said every hour until a drill puts it off, and said from the beginning."""

import json
from pathlib import Path

from names import Names
from tests.stacks.declared import WEST, Declared, declare

SCHEDULE = "schedule-drill-overdue"


def test_what_the_schedule_says_is_what_the_alarm_hears(prod: Declared, names: Names) -> None:
    """The same metric, and a value beyond the threshold."""
    said = json.loads(prod.one("scheduler/schedule:Schedule", SCHEDULE)["target"]["input"])
    alarm = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"drill-overdue-{WEST}")
    [datapoint] = said["MetricData"]
    assert (said["Namespace"], datapoint["MetricName"]) == (alarm["namespace"], alarm["metricName"])
    assert datapoint["Value"] > alarm["threshold"]
    assert alarm["dimensions"] == {}
    assert alarm["name"] == names.alarm("drill-overdue")


def test_the_alarm_outlasts_the_hours_between_what_is_said(prod: Declared) -> None:
    """It neither clears while a drill is overdue nor lasts for days after one."""
    assert prod.one("scheduler/schedule:Schedule", SCHEDULE)["scheduleExpression"] == "rate(1 hours)"
    alarm = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"drill-overdue-{WEST}")
    assert alarm["period"] * alarm["evaluationPeriods"] > 3600
    assert alarm["treatMissingData"] == "notBreaching"


def test_no_update_puts_back_what_a_drill_put_off(prod: Declared) -> None:
    """The schedule's start is the only memory of the last drill."""
    assert prod.of("scheduler/schedule:Schedule")[SCHEDULE].ignore_changes == ("startDate",)


def test_a_role_swap_forgets_no_drill(prod: Declared, swapped: Declared) -> None:
    """The schedule is the same one, in the same region."""
    assert prod.one("scheduler/schedule:Schedule", SCHEDULE) == swapped.one("scheduler/schedule:Schedule", SCHEDULE)


def test_whoever_does_not_drill_is_not_reminded(tmp_path: Path) -> None:
    """No schedule and no alarm."""
    declared = declare(tmp_path, change=lambda config: config["disasterRecovery"]["testing"].update(enabled=False))
    assert SCHEDULE not in declared.of("scheduler/schedule:Schedule")
    assert f"drill-overdue-{WEST}" not in declared.of("cloudwatch/metricAlarm:MetricAlarm")
