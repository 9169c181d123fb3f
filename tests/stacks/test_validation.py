"""Validation: each restore of a test is looked into, by a build that can do little else."""

import json
from pathlib import Path

import pytest

from names import Names
from sandbox.deploy.wire import Values
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, declare, region


def duty(declared: Declared) -> list[Values]:
    found: list[Values] = json.loads(declared.one("iam/rolePolicy:RolePolicy", "build-validation-validation")["policy"])["Statement"]
    return found


def test_a_completed_restore_of_our_tests_starts_a_validation(prod: Declared) -> None:
    """Where the tests restore, and no restore by hand: its event names no plan."""
    rule = prod.of("cloudwatch/eventRule:EventRule")[f"restore-tested-{WEST}"]
    assert region(rule) == WEST
    pattern = json.loads(rule.inputs["eventPattern"])
    assert (pattern["source"], pattern["detail-type"]) == (["aws.backup"], ["Restore Job State Change"])
    [plan] = pattern["detail"].pop("restoreTestingPlanArn")
    assert pattern["detail"] == {"status": ["COMPLETED"]}
    tests = prod.one("backup/restoreTestingPlan:RestoreTestingPlan", f"restore-tests-{WEST}")["name"]
    assert plan == {"prefix": f"arn:aws:backup:{WEST}:{ACCOUNT}:restore-testing-plan:{tests}-"}


def test_the_build_is_told_which_restore_it_is(prod: Declared, names: Names) -> None:
    """Filled in as EventBridge does, the template is what StartBuild takes; the command reads the same variable."""
    target = prod.one("cloudwatch/eventTarget:EventTarget", f"restore-tested-{WEST}")
    assert target["arn"] == names.build_arn("validation", WEST)
    assert target["inputTransformer"]["inputPaths"] == {"job": "$.detail.restoreJobId"}
    [variable] = json.loads(target["inputTransformer"]["inputTemplate"].replace("<job>", '"JOB-1"'))["environmentVariablesOverride"]
    assert variable == {"name": "RESTORE_JOB", "type": "PLAINTEXT", "value": "JOB-1"}
    [command] = json.loads(prod.one("codebuild/project:Project", f"validation-{WEST}")["source"]["buildspec"])["phases"]["build"][
        "commands"
    ]
    assert command == '.venv/bin/invoke verify --restore-job "$RESTORE_JOB" --stack prod'


def test_validation_reads_what_was_restored_and_says_what_it_found(prod: Declared, names: Names) -> None:
    """It deletes and restores nothing: AWS Backup clears its tests away itself. What it writes is its verdict, to AWS Backup and beside the
    journals, of which it reads and writes nothing else. Of files it reads those that were restored, and those they are compared with.
    """
    actions = {action for entry in duty(prod) for action in entry["Action"]}
    assert {action for action in actions if not action.split(":")[1].startswith(("Get", "List", "Describe", "Decrypt"))} == {
        *("backup:PutRestoreValidationResult", "kms:GenerateDataKey", "s3:PutObject"),
    }
    journals = {names.bucket_arn(names.journal_bucket(where)) for where in (EAST, WEST)}
    written = [entry["Resource"] for entry in duty(prod) if "s3:PutObject" in entry["Action"]]
    assert written == [[f"{journal}/verdicts/*" for journal in sorted(journals)]]
    read = [resource for entry in duty(prod) if "s3:PutObject" not in entry["Action"] for resource in entry["Resource"]]
    objects = [resource for resource in read if resource.startswith("arn:aws:s3")]
    files = {names.bucket_arn(bucket) for where in (EAST, WEST) for bucket in names.file_buckets(where).values()}
    others = {resource.removesuffix("/*") for resource in objects if not resource.startswith("arn:aws:s3:::awsbackup-restore-test-")}
    assert others == files


def test_a_drill_may_do_whatever_validation_does(prod: Declared) -> None:
    """The same statements: what a build could look into, a person in a drill can. The drill keeps whole journals, verdicts among them."""
    drill = {entry["Sid"]: entry for entry in json.loads(prod.one("iam/rolePolicy:RolePolicy", "drill")["policy"])["Statement"]}
    assert [entry["Sid"] for entry in duty(prod) if drill.get(entry["Sid"]) != entry] == ["KeepVerdicts"]


def test_a_validation_that_fails_is_told(prod: Declared, names: Names) -> None:
    """A test that nobody could validate has shown nothing."""
    alarm = prod.one("cloudwatch/metricAlarm:MetricAlarm", f"failed-validation-{WEST}")
    assert (alarm["metricName"], alarm["dimensions"]) == ("FailedBuilds", {"ProjectName": names.build("validation")})


@pytest.mark.parametrize("switch", ["enabled", "automated"])
def test_without_automatic_tests_nothing_is_validated(tmp_path: Path, switch: str) -> None:
    """Neither a build nor a rule is left waiting."""
    less = declare(tmp_path, change=lambda config: config["disasterRecovery"]["testing"].update({switch: False}))
    assert [each.name for each in less.all if "validation" in each.name or "restore-tested" in each.name] == []
