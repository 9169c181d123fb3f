"""Jobs of AWS Backup, followed: what AWS says of one is told each time it moves on, and it goes on when nobody follows it."""

from collections.abc import Callable
from datetime import timedelta

from runbooks.aws.backup_jobs import Job
from runbooks.clock import Clock, jittered
from runbooks.watch import patiently

EVERY = 2.0
PATIENCE = timedelta(minutes=1)
"""With an AWS that is merely busy: the job goes on meanwhile."""


def follow(look: Callable[[], Job], clock: Clock, tell: Callable[[Job], None]) -> Job:
    """Return the job once it is over; *tell* what it looks like at first, and each time it has moved on."""
    told: Job | None = None
    while True:
        seen = patiently(look, clock, PATIENCE)
        if seen != told:
            tell(seen)
            told = seen
        if seen.over:
            return seen
        clock.sleep(jittered(EVERY))


def spoken(job: Job) -> str:
    """Return what AWS says of *job*: its state, how far it is, how much it is, and what is the matter."""
    percent = f", {job.percent.removesuffix('%')} %" if job.percent else ""
    size = f", {job.size:,} bytes" if job.size else ""
    trouble = f": {job.message}" if job.message else ""
    return f"job {job.id} in {job.region} is {job.state}{percent}{size}{trouble}"
