"""A fleet's decisions, with the time told to it and the plainest of processes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.fleet import Fleet, Status
from tests.sandbox.parts import until


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    fleet = Fleet(
        "storefront", start=lambda _, ready: subprocess.Popen(["/bin/sh", "-c", f"touch {ready}; exec sleep 60"]), scratch=tmp_path
    )
    yield fleet
    fleet.kill()


def settle(fleet: Fleet, now: float, running: int) -> None:
    def settled() -> bool:
        fleet.tick(now)
        return len(fleet.running()) == len(fleet.tasks) == running

    until(settled, within=5)


def test_tasks_start_and_stop_after_the_delay(fleet: Fleet) -> None:
    """Nothing runs before the service time is over, and nothing stops before it is over again."""
    fleet.delay = lambda: 15.0
    fleet.scale(2)
    for now in (100.0, 114.9):
        fleet.tick(now)
        assert [task.process for task in fleet.tasks] == [None, None]
    settle(fleet, 115.0, running=2)
    fleet.scale(0)
    fleet.tick(200.0)
    assert [task.status for task in fleet.tasks] == [Status.DEACTIVATING, Status.DEACTIVATING]
    fleet.tick(214.9)
    assert all(task.process is not None and task.process.poll() is None for task in fleet.tasks)
    settle(fleet, 215.0, running=0)


def test_a_crashing_task_is_tried_again_ever_more_slowly(fleet: Fleet) -> None:
    """A process that ends before it is ready is replaced 0.5 s after its end was seen, then 1 s, then 1.5 s."""
    starts: list[float] = []

    def crash(_task: str, _ready: Path) -> subprocess.Popen[bytes]:
        starts.append(now)
        process = subprocess.Popen(["/bin/false"])
        process.wait()
        return process

    fleet.start = crash
    fleet.scale(1)
    for quarter in range(400, 417):
        now = quarter / 4
        fleet.tick(now)
    assert starts == [100.0, 100.75, 102.0, 103.75]
    assert fleet.failed == 4


def test_a_region_without_room_says_so_and_goes_on_when_there_is(fleet: Fleet) -> None:
    """With room for one of three, one runs and an event tells why; two more follow when the limit is lifted."""
    fleet.room = 1
    fleet.scale(3)
    fleet.tick(100.0)
    fleet.tick(101.0)
    assert len(fleet.tasks) == 1
    assert sum("unable to place a task" in event.message for event in fleet.events) == 1
    fleet.room = None
    settle(fleet, 102.0, running=3)
    assert "has reached a steady state" in fleet.events[0].message


def test_the_newest_go_first(fleet: Fleet) -> None:
    """Scaling in keeps the tasks that have run longest."""
    fleet.scale(1)
    settle(fleet, 100.0, running=1)
    [oldest] = fleet.tasks
    fleet.scale(3)
    settle(fleet, 101.0, running=3)
    fleet.scale(1)
    settle(fleet, 102.0, running=1)
    assert fleet.tasks == [oldest]


def test_a_lost_region_starts_nothing_until_it_is_back(fleet: Fleet) -> None:
    """Every process is dead at once; ticks do nothing in the dark, and the same number comes back afterwards."""
    fleet.scale(2)
    settle(fleet, 100.0, running=2)
    processes = [task.process for task in fleet.tasks]
    fleet.kill()
    assert all(process is not None and process.poll() is not None for process in processes)
    fleet.tick(101.0)
    assert fleet.tasks == []
    fleet.revive()
    settle(fleet, 102.0, running=2)
