"""How a job gets from CREATED to its end, on a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock, RLock, Thread

from sandbox.backup.records import Job, now
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab

GLANCE = 0.05
"""Seconds between two looks at whether a dark region is back, or whether a resource is free."""

_moving = RLock()
"""Held while a job changes its state, so that one end wins."""


class Stopped(Exception):
    """The job was asked to stop, or the sandbox ends."""


class Refused(Exception):
    """The job cannot succeed, for the reason in the message."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One job on its way. ``announce`` tells the rest of AWS about the state that *job* then has."""

    lab: Lab
    job: Job
    announce: Callable[[], None]

    def launch(self, work: Callable[[], None]) -> None:
        """Do *work* on a thread; the job then is COMPLETED, or ABORTED when it was stopped, or FAILED with the reason."""
        self._tell()
        Thread(target=self._run, args=(work,), name=f"job-{self.job.id}", daemon=True).start()

    def begin(self) -> None:
        """Move the job to RUNNING; raise Stopped when it was stopped before."""
        with _moving:
            if self.job.state not in {"CREATED", "PENDING"}:
                raise Stopped
            self.job.state = "RUNNING"
        self._tell()

    def finish(self, state: str, message: str | None = None) -> None:
        """Move the job to its last state, unless it has reached one."""
        with _moving:
            if self.job.is_over:
                return
            self.job.status_message, self.job.completion_date = message, now()
            self.job.message_category = "SUCCESS" if state == "COMPLETED" else state
            self.job.percent_done = "100.0" if state == "COMPLETED" else self.job.percent_done
            self.job.state = state
        self._tell()

    def check_wanted(self) -> None:
        """Raise Stopped when nobody waits for the job any more."""
        if self.job.state == "ABORTING" or self.lab.closing.is_set():
            raise Stopped

    def wait_for_regions(self, *regions: str) -> None:
        """Wait while one of *regions* is dark: a job neither fails nor ends until it is back."""
        while any(self.lab.regions.outage(region) for region in regions):
            self.check_wanted()
            time.sleep(GLANCE)

    def take_turn(self, turn: Lock, start_by: datetime) -> bool:
        """Wait for *turn* until *start_by*: AWS Backup runs one job at a time on a resource. Return whether it was had."""
        while not turn.acquire(timeout=GLANCE):
            self.check_wanted()
            if now() > start_by:
                return False
        return True

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Stopped:
            self.finish("ABORTED", "The job was stopped")
        except Exception as error:  # noqa: BLE001 - whatever went wrong, a job must end, or those who wait for it never do
            self.finish("FAILED", str(error) or type(error).__name__)
        else:
            self.finish("COMPLETED")

    def _tell(self) -> None:
        with one_at_a_time:
            self.announce()


def stop(job: Job) -> bool:
    """Ask *job* to stop, and return whether it was in time."""
    with _moving:
        if job.is_over:
            return False
        job.state = "ABORTING"
        return True
