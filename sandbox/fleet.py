"""The tasks of one ECS service in one region, each a real storefront process that is started, watched, restarted and stopped.

A fleet only moves when it is told the time (:meth:`Fleet.tick`). It never waits: a process that is slow to end is ended aside.
"""

import subprocess
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import RLock, Thread
from typing import NamedTuple
from uuid import uuid4

from sandbox import processes

RESTART_PAUSE, LONGEST_RESTART_PAUSE = 0.5, 10.0
NO_ROOM_REPORTED_EVERY = 10.0
STOP_PATIENCE = 3.0

Start = Callable[[str, Path], subprocess.Popen[bytes]]
"""Start the storefront of the task with this id; it makes the file when it takes requests."""


class Status(StrEnum):
    """ECS's own words for where a task is in its life."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPED = "STOPPED"


class Event(NamedTuple):
    id: str
    at: datetime
    message: str


@dataclass(slots=True)
class FleetTask:
    """``due`` is the monotonic moment at which it starts or, once it is DEACTIVATING, stops."""

    id: str
    due: float
    status: Status = Status.PENDING
    process: subprocess.Popen[bytes] | None = None
    stopped_reason: str = ""
    ending: bool = False

    @property
    def wanted(self) -> bool:
        return self.status in (Status.PENDING, Status.RUNNING)


@dataclass(slots=True)
class Fleet:
    """``delay()`` is how many seconds starting and stopping take on top of the real work; ``room`` how many tasks the region can hold."""

    name: str
    start: Start
    scratch: Path
    delay: Callable[[], float] = lambda: 0.0
    desired: int = 0
    room: int | None = None
    dark: bool = False
    failed: int = 0
    tasks: list[FleetTask] = field(default_factory=list)
    stopped: deque[FleetTask] = field(default_factory=lambda: deque(maxlen=20))
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=100))
    _crashes_in_a_row: int = 0
    _placed_from: float = 0.0
    _no_room_said: float | None = None
    _steady: bool = False
    _lock: RLock = field(default_factory=RLock)

    def running(self) -> list[FleetTask]:
        return [task for task in self.tasks if task.status is Status.RUNNING]

    def pending(self) -> list[FleetTask]:
        return [task for task in self.tasks if task.status is Status.PENDING]

    def scale(self, desired: int) -> None:
        with self._lock:
            self.desired, self._steady, self._no_room_said = desired, False, None

    def tick(self, now: float) -> None:
        """Bring the tasks one step nearer to what is desired; *now* is the monotonic clock."""
        with self._lock:
            if self.dark:
                return
            self._bury(now)
            self._notice_ready()
            self._place(now)
            self._stop_surplus(now)
            self._move_due(now)
            self._report_steady()

    def kill(self) -> None:
        """The region is lost: every process dies at once, and nothing starts until :meth:`revive`."""
        with self._lock:
            self.dark = True
            for task in self.tasks:
                if task.process is not None:
                    processes.kill_tree(task.process.pid)
                    task.process.poll()
                self._retire(task, "Task lost with its region")
            self.tasks.clear()
            self._steady = False

    def revive(self) -> None:
        with self._lock:
            self.dark, self._crashes_in_a_row, self._placed_from = False, 0, 0.0

    def stop(self, task_id: str, reason: str) -> bool:
        """End one task now, as StopTask does; the fleet then replaces it. Returns whether there was such a task."""
        with self._lock:
            found = next((task for task in self.tasks if task.id == task_id), None)
            if found is not None:
                found.status, found.due, found.stopped_reason = Status.DEACTIVATING, 0.0, reason
            return found is not None

    def _bury(self, now: float) -> None:
        for task in [task for task in self.tasks if task.process is not None and task.process.poll() is not None]:
            self.tasks.remove(task)
            if task.wanted:
                self.failed += 1
                self._crashes_in_a_row += 1
                self._placed_from = now + min(RESTART_PAUSE * self._crashes_in_a_row, LONGEST_RESTART_PAUSE)
                code = task.process.returncode if task.process else None
                self._say(f"has stopped 1 running tasks: (task {task.id}).")
                self._retire(task, f"Essential container in task exited: code {code}")
            else:
                self._retire(task, task.stopped_reason)

    def _notice_ready(self) -> None:
        for task in self.pending():
            if task.process is not None and self._ready_file(task).exists():
                task.status, self._crashes_in_a_row = Status.RUNNING, 0

    def _place(self, now: float) -> None:
        missing = self.desired - sum(task.wanted for task in self.tasks)
        if missing <= 0 or now < self._placed_from:
            return
        free = missing if self.room is None else max(self.room - len(self.tasks), 0)
        placed = [FleetTask(str(uuid4()), now + self.delay()) for _ in range(min(missing, free))]
        self.tasks += placed
        if placed:
            self._steady = False
            self._say(f"has started {len(placed)} tasks: (task {'), (task '.join(task.id for task in placed)}).")
        if free < missing and (self._no_room_said is None or now - self._no_room_said >= NO_ROOM_REPORTED_EVERY):
            self._no_room_said = now
            self._say("was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later.")

    def _stop_surplus(self, now: float) -> None:
        """The newest go first, those that have not started before those that have."""
        wanted = sorted((task for task in self.tasks if task.wanted), key=lambda task: (task.status is not Status.RUNNING, task.due))
        for task in wanted[self.desired :]:
            task.status, task.due, task.stopped_reason = Status.DEACTIVATING, now + self.delay(), "Scaling activity initiated by deployment"

    def _move_due(self, now: float) -> None:
        for task in [task for task in self.tasks if task.due <= now]:
            if task.status is Status.PENDING and task.process is None:
                self.scratch.mkdir(parents=True, exist_ok=True)
                task.process = self.start(task.id, self._ready_file(task))
            elif task.status is Status.DEACTIVATING and task.process is None:
                self.tasks.remove(task)
                self._retire(task, task.stopped_reason)
            elif task.status is Status.DEACTIVATING and task.process is not None and not task.ending:
                task.ending = True
                Thread(target=processes.end, args=(task.process.pid,), kwargs={"patience": STOP_PATIENCE}, daemon=True).start()

    def _report_steady(self) -> None:
        if not self._steady and len(self.tasks) == len(self.running()) == self.desired:
            self._steady = True
            self._say("has reached a steady state.")

    def _retire(self, task: FleetTask, reason: str) -> None:
        task.status, task.stopped_reason = Status.STOPPED, reason
        self._ready_file(task).unlink(missing_ok=True)
        self.stopped.append(task)

    def _ready_file(self, task: FleetTask) -> Path:
        return self.scratch / f"{task.id}.ready"

    def _say(self, message: str) -> None:
        self.events.appendleft(Event(str(uuid4()), datetime.now(UTC), f"(service {self.name}) {message}"))
