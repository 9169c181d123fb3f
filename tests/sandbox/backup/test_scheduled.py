"""Schedules as an operator sees and changes them: the real command, a stack's file, and the plans of the sandbox's AWS Backup."""

import json
from pathlib import Path
from shutil import copy
from typing import Any

from names import Names
from sandbox.lab import Lab
from settings import load
from tests.commands import Ended, invoke, operator
from tests.sandbox.backup.asking import Aws
from tests.sandbox.parts import EAST


def invoked(lab: Lab, file: Path, *words: str) -> Ended:
    return invoke("backup-schedule", *words, environ=operator(lab.endpoint, file, COLUMNS="200"))


def deployed(lab: Lab, file: Path) -> dict[tuple[str, str], str]:
    shown: list[dict[str, Any]] = json.loads(invoked(lab, file, "--json").out)
    return {(each["target"], each["rule"]): each["deployed"] for each in shown}


def test_a_change_is_seen_until_it_is_deployed(lab: Lab, aws: Aws, tmp_path: Path) -> None:
    """What is declared and not there, there and otherwise, and as declared are told apart; all else in the file stays."""
    file = Path(copy(lab.root / "Pulumi.sandbox.yaml", tmp_path))
    chosen = load(file)
    names, backup = Names(chosen), aws("backup")
    backup.create_backup_vault(BackupVaultName=names.vault(EAST))
    rule = {
        "RuleName": "database",
        "TargetBackupVaultName": names.vault(EAST),
        "ScheduleExpression": chosen.database.schedule,
        "Lifecycle": {"DeleteAfterDays": chosen.database.retention.days},
    }
    backup.create_backup_plan(BackupPlan={"BackupPlanName": names.backup_plan("database"), "Rules": [rule]})
    found = deployed(lab, file)
    assert found["database", "database"] == "as declared"
    assert found["database", "weekly"] == found["files", "files"] == "not deployed (`pulumi up`)"
    assert found["application", "application"] == "by EventBridge Scheduler, not compared"

    changed = invoked(lab, file, "--target", "database", "--schedule", "cron(0 9 * * ? *)", "--retention", "20")
    assert changed.code == 0, changed.err
    assert "It takes effect with: pulumi up" in changed.out
    assert load(file).database.retention.days == 20
    assert deployed(lab, file)["database", "database"] == "otherwise: cron(0 5 * * ? *), kept 35 days (`pulumi up` puts it right)"
    shown = invoked(lab, file, "--target", "database")
    assert shown.code == 1
    assert "cron(0 9 * * ? *)" in shown.out


def test_a_schedule_that_aws_backup_would_not_take_changes_nothing(lab: Lab, tmp_path: Path) -> None:
    """It is refused with its path, and the file stays as it was."""
    file = Path(copy(lab.root / "Pulumi.sandbox.yaml", tmp_path))
    before = file.read_bytes()
    refused = invoked(lab, file, "--target", "database", "--schedule", "cron(*/15 * * * ? *)")
    assert refused.code == 1
    assert "solemate-dr:database.schedule: " in refused.err
    assert file.read_bytes() == before
