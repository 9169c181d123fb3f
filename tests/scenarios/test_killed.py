"""Operators are killed all along a failover and a failback, at every boundary and within every step; each time another carries on.

A boundary is hit exactly: the record that ends a step is written, its answer is kept back, and the process is killed before it
can do anything else. Within a step, the request by which the step changes something is carried out and never answered.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import pytest

from names import Names
from runbooks.failback import retired_name
from runbooks.journal import Record
from sandbox.ledger import acknowledged, lost, read_ledger
from tests.scenarios.stage import EAST, WEST, Stage, eventually

if TYPE_CHECKING:
    from tests.scenarios.conftest import Stages


@dataclass(frozen=True, slots=True)
class Midway:
    """A request in the middle of *step*, and what becomes of it.

    swallow: carried out, never answered. hang: lost on its way. refuse: what a dark region does by itself. *key* is for S3 alone.
    """

    step: str
    service: str
    operation: str
    region: str
    kind: Literal["swallow", "hang", "refuse"] = "swallow"
    key: str = ""

    @property
    def request(self) -> dict[str, Any]:
        named = {"service": self.service, "operation": self.operation, "region": self.region}
        return named | {"where": {"Key": self.key}} if self.key else named


def _record(seq: int, kind: Literal["swallow", "hang"]) -> Midway:
    """Return the writing of record *seq*: swallowed, the run stops at a boundary; lost, it stops after the effect and before its record."""
    return Midway("", "s3", "PutObject", WEST, kind, f"runs/*/{seq:04d}.json")


OVER = (
    Midway(f"fence-{EAST}", "rds", "DescribeDBParameters", EAST, "refuse"),
    Midway(f"promote-{WEST}", "rds", "PromoteReadReplica", WEST),
    Midway(f"scale-up-{WEST}", "ecs", "UpdateService", WEST),
    Midway(f"switch-to-{WEST}", "cloudwatch", "PutMetricData", WEST),
    Midway("announce", "sns", "Publish", WEST),
)
BACK = (
    Midway(f"fence-{EAST}", "rds", "ModifyDBParameterGroup", EAST),
    Midway(f"fence-{EAST}", "ecs", "UpdateService", EAST),
    Midway("report-unreplicated", "s3", "PutObject", WEST, key="runs/*/unreplicated.json"),
    Midway(f"retire-{EAST}", "rds", "ModifyDBInstance", EAST),
    Midway(f"build-replica-{EAST}", "rds", "CreateDBInstanceReadReplica", EAST),
    Midway(f"build-replica-{EAST}", "rds", "ModifyDBParameterGroup", EAST),
    Midway(f"scale-up-{EAST}", "ecs", "UpdateService", EAST),
    Midway(f"stop-writes-{WEST}", "rds", "ModifyDBParameterGroup", WEST),
    Midway("catch-up", "rds", "DescribeDBInstances", EAST, "hang"),
    Midway(f"promote-{EAST}", "rds", "PromoteReadReplica", EAST),
    Midway(f"switch-to-{EAST}", "cloudwatch", "PutMetricData", WEST),
    Midway("announce", "sns", "Publish", EAST),
    Midway(f"scale-down-{WEST}", "ecs", "UpdateService", WEST),
    Midway(f"retire-{WEST}", "rds", "ModifyDBInstance", WEST),
    Midway(f"build-replica-{WEST}", "rds", "CreateDBInstanceReadReplica", WEST),
    Midway(f"build-replica-{WEST}", "rds", "ModifyDBParameterGroup", WEST),
    Midway(f"replicate-backups-{WEST}", "rds", "StartDBInstanceAutomatedBackupsReplication", WEST),
    Midway("protected-again", "ecs", "DescribeServices", WEST, "hang"),
)


class Course:
    """One run, whose operators are killed one after the other, each at a machine and in a directory of their own."""

    def __init__(self, stage: Stage, command: str, target: str, midways: tuple[Midway, ...], words: tuple[str, ...] = ()) -> None:
        """*words* are what is typed, where that is more than the run's command and its target."""
        self._stage, self._midways = stage, midways
        self._command, self._words = command, words or (command, "--region", target, "--yes", target)
        self._turns = cycle([(stage.operator("ana"), Path("/")), (stage.operator("ben"), stage.operator("ben").home)])
        self._seen = self._began = stage.now()
        self._records: tuple[Record, ...] = ()
        self.killed_within: set[str] = set()
        self.killed_after: set[str] = set()

    def walk(self) -> Self:
        """Kill an operator when the run is opened, within each step and at its end; let the last one finish."""
        self._killed_at(_record(1, "swallow"))
        while step := self._next():
            with self._all_but(step):
                for midway in self._midways_of(step):
                    self._killed_in(step, midway)
                self._killed_at_the_end_of(step)
        operator, where = next(self._turns)
        ended = operator.does(*self._words, "--resume", cwd=where)
        assert ended.code == 0, ended
        self._seen = self._stage.now()
        return self

    @property
    def run(self) -> str:
        return self._records[0].run

    @property
    def plan(self) -> dict[str, list[str]]:
        """Return the plan that the run was opened with: each step and what it needs."""
        steps = cast(list[dict[str, Any]], self._records[0].facts["plan"])
        return {step["name"]: step["needs"] for step in steps}

    def effects(self) -> Counter[str]:
        """Return how often each request had an effect; without the records themselves, and the switch, whose datapoint is repeated."""
        done = [entry for entry in self._stage.effects(self._began) if entry["seq"] <= self._seen]
        return Counter(_told(entry) for entry in done if entry["operation"] not in ("PutObject", "PutMetricData"))

    def _ready(self) -> list[str]:
        over = {entry.step for entry in self._records if entry.kind == "step-finished"}
        return [name for name, needs in self.plan.items() if name not in over and over.issuperset(needs)]

    def _next(self) -> str:
        """Return the step to die in next: the first that is ready, in the order of the table; steps without a request come first."""
        order = [midway.step for midway in self._midways]
        return min(self._ready(), key=lambda name: order.index(name) if name in order else -1, default="")

    def _midways_of(self, step: str) -> list[Midway]:
        """Return the requests to hold *step* at; for one that sends AWS none, the record of what it did."""
        return [midway for midway in self._midways if midway.step == step] or [_record(self._end(), "hang")]

    def _end(self) -> int:
        """Return the number of the next step's end: it follows one record that says resumed, and one for each step that starts."""
        return len(self._records) + 1 + len(self._ready()) + 1

    @contextmanager
    def _all_but(self, step: str) -> Iterator[None]:
        """Keep the other steps that could start meanwhile from getting anywhere."""
        for midway in self._midways:
            if midway.step in self._ready() and midway.step != step:
                self._stage.sandbox.fault("hang", **midway.request)
        yield
        self._stage.sandbox.clear_faults()

    def _killed_in(self, step: str, midway: Midway) -> None:
        self._killed_at(midway, "--resume")
        told = {entry.kind for entry in self._records if entry.step == step}
        assert told == {"step-started"}, f"{step} was to be killed within, but its records are {told}"
        self.killed_within.add(step)

    def _killed_at_the_end_of(self, step: str) -> None:
        self._killed_at(_record(self._end(), "swallow"), "--resume")
        assert (self._records[-1].kind, self._records[-1].step) == ("step-finished", step)
        self.killed_after.add(step)

    def _killed_at(self, midway: Midway, *more: str) -> None:
        """Let an operator begin, and kill the process as soon as the request *midway* was made."""
        fault = self._stage.sandbox.fault(midway.kind, **midway.request) if midway.kind != "refuse" else 0
        operator, where = next(self._turns)
        process = operator.begins(*self._words, *more, cwd=where)
        eventually(lambda: process.poll() is not None or self._made(midway), f"{midway}", within=120)
        assert process.poll() is None, f"{midway} was never met: {process.ends()}"
        process.kill()
        if fault:
            self._stage.sandbox.ask("DELETE", f"faults/{fault}")
        self._records += self._stage.records(self._command, after=len(self._records))

    def _made(self, midway: Midway) -> bool:
        self._seen += len(news := self._stage.sandbox.requests(self._seen))
        return any(entry["fault"] == midway.kind and entry["operation"] == midway.operation for entry in news)


@dataclass(frozen=True, slots=True)
class Walked:
    """A run that was walked by operators who die, how things stood after it, and when that was."""

    course: Course
    stood: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Scene:
    """The stage of both runs, and the ledger of the shoppers who are in it all the time."""

    stage: Stage
    ledger: Path


@pytest.fixture(scope="module")
def scene(stages: "Stages") -> Iterator[Scene]:
    stage = stages.whole()
    with stage.shoppers(3) as ledger:
        yield Scene(stage, ledger)


@pytest.fixture(scope="module")
def over(scene: Scene) -> Walked:
    scene.stage.sandbox.break_region(EAST, "refuse")
    return _walked(scene.stage, Course(scene.stage, "failover", WEST, OVER))


@pytest.fixture(scope="module")
def back(scene: Scene, over: Walked) -> Walked:
    assert over.stood["leads to"] == WEST
    scene.stage.sandbox.heal_region(EAST)
    return _walked(scene.stage, Course(scene.stage, "failback", EAST, BACK))


def _walked(stage: Stage, course: Course) -> Walked:
    course.walk()
    return Walked(course, _standing(stage), datetime.now(UTC))


def test_no_step_of_a_failover_is_left_out(over: Walked) -> None:
    """An operator died within every step of the plan, and one after every step."""
    assert over.course.killed_within == over.course.killed_after == set(over.course.plan)


def test_no_step_of_a_failover_takes_effect_twice(over: Walked) -> None:
    """One promotion, one scaling. SNS cannot be asked what it published, so the announcement that was cut short is made again."""
    assert over.course.effects() == {"PromoteReadReplica us-west-2": 1, "UpdateService us-west-2 2": 1, "Publish us-west-2": 2}


def test_the_last_operator_of_a_failover_leaves_what_an_undisturbed_one_leaves(over: Walked) -> None:
    """West serves at full capacity, and nobody holds the lease."""
    assert over.stood == {"leads to": WEST, EAST: "dark", WEST: "writer, open, 2 of 2 tasks", "unfinished": "", "holder": None}


def test_no_step_of_a_failback_is_left_out(back: Walked) -> None:
    """An operator died within every step of the plan, and one after every step."""
    assert back.course.killed_within == back.course.killed_after == set(back.course.plan)


def test_no_step_of_a_failback_takes_effect_twice(scene: Scene, back: Walked) -> None:
    """Each database is renamed once, rebuilt once and promoted once; each fence and each number of tasks is set once."""
    retired = {region: retired_name(Names(scene.stage.chosen), back.course.run, which) for region, which in ((EAST, "a"), (WEST, "b"))}
    assert back.course.effects() == {
        "ModifyDBParameterGroup us-east-1 default_transaction_read_only=1": 1,
        "UpdateService us-east-1 0": 1,
        f"ModifyDBInstance us-east-1 {retired[EAST]}": 1,
        "CreateDBInstanceReadReplica us-east-1": 1,
        "UpdateService us-east-1 2": 1,
        "ModifyDBParameterGroup us-west-2 default_transaction_read_only=1": 1,
        "ModifyDBParameterGroup us-west-2 default_transaction_read_only=0": 1,
        "PromoteReadReplica us-east-1": 1,
        "ModifyDBParameterGroup us-east-1 default_transaction_read_only=0": 1,
        "Publish us-east-1": 2,
        "UpdateService us-west-2 1": 1,
        f"ModifyDBInstance us-west-2 {retired[WEST]}": 1,
        "CreateDBInstanceReadReplica us-west-2": 1,
        "StartDBInstanceAutomatedBackupsReplication us-west-2": 1,
    }


def test_the_last_operator_of_a_failback_leaves_what_an_undisturbed_one_leaves(back: Walked) -> None:
    """East serves at full capacity, west stands by, open for what is restored there, with its pilot light; nobody holds the lease."""
    serving, standing_by = "writer, open, 2 of 2 tasks", "replica replicating, open, 1 of 1 tasks"
    assert back.stood == {"leads to": EAST, EAST: serving, WEST: standing_by, "unfinished": "", "holder": None}


def test_the_records_of_all_operators_make_one_chain(scene: Scene, over: Walked, back: Walked) -> None:
    """`invoke runs` finds both runs completed, and each record following from the one before."""
    listed = json.loads(scene.stage.operator("auditor").does("runs", "--json").out)
    told = {entry["run"]: (entry["outcome"], entry["broken"]) for entry in listed}
    assert told[over.course.run] == told[back.course.run] == ("completed", "")


def test_no_order_acknowledged_after_the_failover_is_lost(scene: Scene, over: Walked, back: Walked) -> None:
    """Whoever died on the way back, every order that a shopper was told was taken is in the database that serves in the end."""
    after = [order for order in read_ledger(scene.ledger) if over.at < datetime.fromisoformat(order.sent_at) < back.at]
    assert len(acknowledged(after)) > 20
    assert lost(after, scene.stage.survived(EAST)) == []


def _standing(stage: Stage) -> dict[str, Any]:
    """Return how things stand, as an operator is told."""
    told = json.loads(stage.operator("auditor").does("status", "--json").out)
    views = {region: _view(view) for region, view in told["world"]["views"].items()}
    return views | {"leads to": told["world"]["answers"][0]["region"], "unfinished": told["unfinished"], "holder": told["holder"]}


def _view(view: dict[str, Any]) -> str:
    if not view["reachable"]:
        return "dark"
    database, service = view["database"], view["service"]
    role = f"replica {database['replication']}" if database["replica_of"] else "writer"
    return f"{role}, {'fenced' if view['read_only'] else 'open'}, {service['running']} of {service['desired']} tasks"


def _told(entry: dict[str, Any]) -> str:
    """Return the request as a line: what, where, and the values that tell one such request from another."""
    values = [entry["summary"][name] for name in ("Parameters", "desiredCount", "NewDBInstanceIdentifier") if name in entry["summary"]]
    return " ".join([entry["operation"], entry["region"], *values])
