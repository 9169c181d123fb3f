"""The schedule that says every hour that a drill is overdue: a drill that passed puts it off."""

from datetime import datetime, timedelta

import schedules
from names import Names
from runbooks.aws import scheduler
from runbooks.reach import Reach
from runbooks.watch import patiently

WHAT = "drill-overdue"
GRACE = timedelta(days=1)
"""For the drill itself, and for a workflow that begins late."""

PATIENCE = timedelta(minutes=1)


def allowance(names: Names, now: datetime) -> timedelta:
    """Return how long the settings let pass between two drills."""
    return schedules.longest_wait(now.date(), names.settings.disaster_recovery.testing.schedule) + GRACE


def put_off(reach: Reach, now: datetime) -> datetime:
    """Put the schedule off, look again, and return until when; raise ``AwsError`` when that cannot be done."""
    names = reach.names
    door, named = reach.door(names.settings.standby_region), (names.schedule_group, names.schedule(WHAT))
    wanted = (now + allowance(names, now)).replace(microsecond=0)
    patiently(lambda: scheduler.put_off(door, *named, wanted), reach.clock, PATIENCE)
    return patiently(lambda: scheduler.begins(door, *named), reach.clock, PATIENCE) or wanted
