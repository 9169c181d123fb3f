"""Exports: cold, locked and in both regions, and a state machine that does what it says; its expressions are evaluated for real."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import jsonata
import pytest

from names import Names
from sandbox.deploy.wire import Values
from tests.stacks.declared import EAST, WEST, Declared, declare

Answers: TypeAlias = Mapping[str, Callable[[Values], Values]]

OLD = {"DbSnapshotArn": "old", "SnapshotCreateTime": "2026-11-01T00:00:00Z", "Status": "available"}
NEW = {"DbSnapshotArn": "new", "SnapshotCreateTime": "2026-11-20T00:00:00Z", "Status": "available"}
MAKING = {"DbSnapshotArn": "making", "SnapshotCreateTime": "2026-11-21T00:00:00Z", "Status": "creating"}


def evaluated(value: object, bound: Values) -> object:
    """Return *value* with each ``{% expression %}`` in it evaluated, as Step Functions does."""
    if isinstance(value, dict):
        return {key: evaluated(each, bound) for key, each in value.items()}
    if not isinstance(value, str) or not value.startswith("{%"):
        return value
    expression = jsonata.Jsonata(value.removeprefix("{%").removesuffix("%}"))
    frame = expression.create_frame()
    for name, known in bound.items():
        frame.bind(name, known)
    found: object = expression.evaluate(None, frame)
    return found


def ended(machine: Values, answers: Answers) -> tuple[str, str]:
    """Return the type of the state that *machine* ends in, and its cause; *answers* stand for RDS."""
    name = machine["StartAt"]
    bound: Values = {"states": {"input": {}, "context": {"Execution": {"StartTime": "2026-11-22T10:05:59.123Z"}}}}
    for _ in range(30):
        state, states = machine["States"][name], bound["states"]
        match state["Type"]:
            case "Task":
                arguments: Any = evaluated(state["Arguments"], bound)
                states["result"] = answers[state["Resource"].rpartition(":")[2]](arguments)
                bound |= {each: evaluated(value, bound) for each, value in state.get("Assign", {}).items()}
                states["input"] = evaluated(state.get("Output", "{% $states.result %}"), bound)
                name = state["Next"]
            case "Choice":
                chosen = (each["Next"] for each in state["Choices"] if evaluated(each["Condition"], bound))
                name = next(chosen, state["Default"])
            case "Wait":
                name = state["Next"]
            case kind:
                return kind, str(evaluated(state.get("Cause", ""), bound))
    raise AssertionError("the machine does not end")


def machine(declared: Declared, region: str = EAST) -> Values:
    found: Values = json.loads(declared.one("sfn/stateMachine:StateMachine", f"export-{region}")["definition"])
    return found


def rds(own: list[Values], by_backup: list[Values], statuses: list[Values], started: list[Values]) -> Answers:
    def export(arguments: Values) -> Values:
        started.append(arguments)
        return {}

    return {
        "describeDBSnapshots": lambda arguments: {"DbSnapshots": by_backup if "SnapshotType" in arguments else own},
        "startExportTask": export,
        "describeExportTasks": lambda _: {"ExportTasks": [statuses.pop(0)]},
    }


@pytest.mark.parametrize(("own", "by_backup"), [([OLD, NEW, MAKING], []), ([OLD], [NEW, MAKING]), ([NEW], [OLD])])
def test_the_newest_available_snapshot_is_exported_and_waited_for(
    prod: Declared, names: Names, own: list[Values], by_backup: list[Values]
) -> None:
    """Whoever took it: RDS itself or AWS Backup."""
    started: list[Values] = []
    statuses = [{"Status": "STARTING"}, {"Status": "IN_PROGRESS"}, {"Status": "COMPLETE"}]
    assert ended(machine(prod), rds(own, by_backup, statuses, started)) == ("Succeed", "")
    [export] = started
    assert export["SourceArn"] == "new"
    assert export["ExportTaskIdentifier"] == "solemate-prod-2026-11-22T10-05"
    assert export["S3BucketName"] == names.archive_bucket(EAST)
    assert statuses == []


def test_without_a_snapshot_the_execution_fails_and_says_so(prod: Declared) -> None:
    """One that is still being made is none."""
    assert ended(machine(prod), rds([], [MAKING], [], [])) == ("Fail", "solemate-prod-orders has no snapshot that is available")


@pytest.mark.parametrize(
    ("status", "cause"),
    [({"Status": "FAILED", "FailureCause": "key disabled"}, "FAILED: key disabled"), ({"Status": "CANCELED"}, "CANCELED")],
)
def test_an_export_that_fails_fails_the_execution_with_its_cause(prod: Declared, status: Values, cause: str) -> None:
    """So the alarm on failed executions tells of it."""
    assert ended(machine(prod), rds([OLD], [], [status], [])) == ("Fail", cause)


def test_archives_are_locked_and_cold_in_both_regions_for_as_long_as_the_settings_say(prod: Declared, names: Names) -> None:
    """The lock, the class and the end come from the same settings."""
    for region in (EAST, WEST):
        lock = prod.one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", f"archive-{region}")
        assert lock["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": 2555}
        [rule] = prod.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"archive-{region}")["rules"]
        assert rule["transitions"] == [{"days": 1, "storageClass": "DEEP_ARCHIVE"}]
        assert rule["expiration"] == {"days": 2555}
        assert prod.one("s3/bucket:Bucket", f"archive-{region}")["bucket"] == names.archive_bucket(region)


def test_exports_follow_the_writer_and_archives_stay(prod: Declared, swapped: Declared) -> None:
    """A role swap moves the schedule and the machine; no bucket is dropped or renamed."""
    assert set(swapped.of("sfn/stateMachine:StateMachine")) == {f"export-{WEST}"}
    assert machine(swapped, WEST)["States"]["Export"]["Arguments"]["S3BucketName"].endswith(WEST)
    kept = {name: each.inputs for name, each in prod.of("s3/bucket:Bucket").items() if name.startswith("archive")}
    assert kept == {name: each.inputs for name, each in swapped.of("s3/bucket:Bucket").items() if name.startswith("archive")}
    assert len(kept) == 2


def test_the_schedule_starts_the_machine_and_may_do_nothing_else(prod: Declared, names: Names) -> None:
    """One action, on one machine."""
    schedule = prod.one("scheduler/schedule:Schedule", f"schedule-export-{EAST}")
    assert schedule["scheduleExpression"] == "cron(0 8 2 * ? *)"
    assert schedule["name"] == names.schedule("export")
    policy = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"schedule-export-{EAST}")["policy"])
    assert [statement["Action"] for statement in policy["Statement"]] == [["states:StartExecution"]]
    assert policy["Statement"][0]["Resource"] == [schedule["target"]["arn"]]


def test_without_an_export_in_the_settings_there_is_none(tmp_path: Path) -> None:
    """No archive, no machine, no role, no alarm."""
    declared = declare(tmp_path, change=lambda config: config["database"].pop("export"))
    assert declared.of("sfn/stateMachine:StateMachine") == {}
    assert not any("archive" in each.name or "export" in each.name for each in declared.all)
