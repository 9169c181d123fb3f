"""Reports on a period: what happened is in them, whatever was touched is named, and a lost region hides nothing."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.scenarios.stage import EAST, WEST, Operator, Stage


def days(count: int) -> str:
    """Return the last days, today included; tests that spoil a period's evidence take one of their own."""
    today = datetime.now(UTC).date()
    return f"{today - timedelta(days=count - 1)}/{today}"


def reported(stage: Stage, operator: Operator, folder: Path, formats: str = "json", period: str = "") -> dict[str, Any]:
    ended = operator.does("report", "--period", period or days(1), "--format", formats, "--to", str(folder))
    assert ended.code == 0, ended
    assert stage.journal_bucket in ended.out
    found: dict[str, Any] = json.loads((folder / "compliance.json").read_text(encoding="utf-8"))
    return found


def test_a_report_tells_of_the_day_and_whatever_is_touched_is_named(stage: Stage, tmp_path: Path) -> None:
    """A failover and a failback are in it with what they measured; then a page, a record and a table are altered, and one is taken away."""
    ana = stage.known("ana")
    assert stage.fails_over(ana).code == 0
    assert stage.fails_back(ana).code == 0
    made = reported(stage, ana, tmp_path / "report", "html,pdf,json,csv,oscal,asff")
    measured = {run["run"]: run["rto_seconds"] for run in made["runs"]}
    for command in ("failover", "failback"):
        records = stage.records(command)
        assert measured[records[0].run] == records[-1].facts["rto_seconds"]
    intact = ana.does("report", "--check", str(tmp_path / "report"))
    assert (intact.code, intact.out.splitlines()[-1]) == (0, "Intact."), intact
    assert "is signed by our key, as KMS has it" in intact.out

    evidence = tmp_path / "report" / "evidence"
    record = next(evidence.glob(f"runs/{stage.records('failover')[0].run}/0002.json"))
    record.write_bytes(record.read_bytes().replace(b"step-started", b"step-skipped"))
    (evidence / "lags.jsonl").unlink()
    page = tmp_path / "report" / "compliance.html"
    page.write_text(page.read_text(encoding="utf-8").replace("fail", "pass"), encoding="utf-8")
    checked = ana.does("report", "--check", str(page), "--json")
    wrong = {each["name"]: each["says"] for each in json.loads(checked.out) if not each["well"]}
    path = str(record.relative_to(evidence))
    assert (checked.code, wrong) == (
        1,
        {
            path: f"{path} was altered",
            "lags.jsonl": "lags.jsonl is missing",
            "compliance.html": "it was altered",
        },
    )


def test_evidence_under_lock_that_was_changed_is_not_built_upon(stage: Stage, tmp_path: Path) -> None:
    """The second bundle of a day names the first; once somebody writes over a table of it, the next report is refused by its name."""
    ana = stage.known("ana")
    reported(stage, ana, tmp_path / "first", period=days(3))
    second = reported(stage, ana, tmp_path / "second", period=days(3))
    manifests = [json.loads((tmp_path / name / "evidence/manifest.json").read_text()) for name in ("first", "second")]
    assert manifests[1]["previous"]["name"] == manifests[0]["name"]
    period = days(3).replace("/", "--")
    key = f"evidence/{period}/{second['bundle']}/jobs.jsonl"
    stage.clients("s3", WEST).put_object(Bucket=stage.journal_bucket, Key=key, Body=b"{}")
    said, hint = ana.does("report", "--period", days(3)).refusal()
    assert f"{second['bundle']}/: jobs.jsonl was altered" in said
    assert "keep it as it is" in hint


def test_a_lost_region_is_not_seen_and_passes_nothing(stage: Stage, tmp_path: Path) -> None:
    """The report is made without waiting for it, names what nobody could see, and no control that asks for it passes."""
    stage.sandbox.break_region(EAST, "hang")
    made = reported(stage, stage.known("ana"), tmp_path / "report")
    stage.sandbox.heal_region(EAST)
    unseen = {each["name"] for each in made["troubles"] if not each["broken"]}
    assert {f"backup jobs of {EAST}", f"restorable windows of {EAST}", f"recovery points of {EAST}"} <= unseen
    verdicts = {each["name"]: each["verdict"] for each in made["findings"]}
    asked = ("backups-succeed", "copies-succeed", "copies-elsewhere", "any-second-restorable", "vaults-locked", "retention-declared")
    assert {verdicts[name] for name in asked} == {"no evidence"}
