"""EventBridge Scheduler: when a schedule begins."""

from datetime import datetime

from runbooks.aws.session import Door

SAME = (
    "Name",
    "GroupName",
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "KmsKeyArn",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "Target",
    "ActionAfterCompletion",
)
"""What an update must say again: what it leaves out is set to its default. Source: the API reference, "UpdateSchedule"."""


def begins(door: Door, group: str, name: str) -> datetime | None:
    """Return when the schedule *name* begins, or None if nobody has said so; raise :class:`NotFound` when it is not there."""
    found: datetime | None = door.call("scheduler", "get_schedule", GroupName=group, Name=name).get("StartDate")
    return found


def put_off(door: Door, group: str, name: str, until: datetime) -> None:
    """Let the schedule *name* begin at *until*, and stay as it is otherwise."""
    found = door.call("scheduler", "get_schedule", GroupName=group, Name=name)
    door.call("scheduler", "update_schedule", **{key: found[key] for key in SAME if key in found}, StartDate=until)
