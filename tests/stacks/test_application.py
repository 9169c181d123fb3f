"""The application: kept in both regions, by a build of every day that is heard of when it fails or is missing."""

import json
from pathlib import Path
from typing import Any

import pytest

from names import Names
from sandbox.deploy.wire import Values
from tests.stacks.calls import BESIDES, action, calls_of
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, declare, region

PROJECT = "codebuild/project:Project"
BACKUP = "application-backup"


def duty(declared: Declared) -> dict[str, Values]:
    document = declared.one("iam/rolePolicy:RolePolicy", f"build-{BACKUP}-{BACKUP}")["policy"]
    return {entry["Sid"]: entry for entry in json.loads(document)["Statement"]}


@pytest.mark.parametrize("where", [EAST, WEST])
def test_what_is_kept_is_locked_for_its_retention_and_goes_after_it(prod: Declared, names: Names, where: str) -> None:
    """90 days: nobody takes it away before, and nothing is paid for afterwards."""
    assert prod.one("s3/bucket:Bucket", f"artifacts-{where}")["bucket"] == names.artifacts_bucket(where)
    lock = prod.one("s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", f"artifacts-{where}")
    assert lock["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 90}}
    rules = {
        rule["id"]: rule for rule in prod.one("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", f"artifacts-{where}")["rules"]
    }
    assert rules["objects"]["expiration"] == {"days": 90}
    assert rules["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 1}


@pytest.mark.parametrize(("source", "destination"), [(EAST, WEST), (WEST, EAST)])
def test_what_is_kept_is_replicated_both_ways_with_its_lock(prod: Declared, names: Names, source: str, destination: str) -> None:
    """After a failover the build writes on the other side, and nothing is set up for it."""
    replication = prod.one("s3/bucketReplicationConfig:BucketReplicationConfig", f"artifacts-{source}")
    [rule] = replication["rules"]
    assert replication["bucket"] == names.artifacts_bucket(source)
    assert rule["destination"]["bucket"] == names.bucket_arn(names.artifacts_bucket(destination))
    document = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"replicate-artifacts-{source}")["policy"])
    actions = {action for entry in document["Statement"] for action in entry["Action"]}
    assert actions >= {"s3:GetObjectRetention", "s3:GetObjectLegalHold"}


def test_the_build_runs_our_command_from_our_branch(prod: Declared) -> None:
    """With the runtime named, without privileges, and with the token of its own region."""
    project = prod.one(PROJECT, f"{BACKUP}-{EAST}")
    steps = json.loads(project["source"]["buildspec"])["phases"]
    assert steps["install"] == {"runtime-versions": {"python": "3.11"}, "commands": ["make .venv PYTHON=python3"]}
    assert steps["build"]["commands"] == [".venv/bin/invoke backup --target application --stack prod"]
    assert (project["source"]["location"], project["sourceVersion"]) == ("https://github.com/solemate/recovery.git", "main")
    assert f":{EAST}:" in project["source"]["auth"]["resource"]
    assert project["environment"]["privilegedMode"] is False
    assert f":{EAST}:" in project["encryptionKey"]


def test_the_build_follows_the_active_region_and_its_logs_stay(prod: Declared, swapped: Declared) -> None:
    """It reads what runs now; the logs of what it did before are not given up with the region."""
    assert set(prod.of(PROJECT)) == {f"{BACKUP}-{EAST}", f"validation-{WEST}"}
    assert set(swapped.of(PROJECT)) == {f"{BACKUP}-{WEST}", f"validation-{WEST}"}
    assert f":{WEST}:" in swapped.one(PROJECT, f"{BACKUP}-{WEST}")["source"]["auth"]["resource"]
    for declared in (prod, swapped):
        assert {f"{BACKUP}-{EAST}", f"{BACKUP}-{WEST}"} < set(declared.of("cloudwatch/logGroup:LogGroup"))


def test_the_schedule_starts_that_build_and_nothing_else(prod: Declared, names: Names) -> None:
    """Tried again for an hour when CodeBuild does not answer."""
    schedule = prod.of("scheduler/schedule:Schedule")[f"schedule-{BACKUP}-{EAST}"]
    assert (schedule.inputs["scheduleExpression"], region(schedule)) == ("cron(0 6 * * ? *)", EAST)
    assert schedule.inputs["target"]["arn"] == names.build_arn(BACKUP, EAST)
    assert schedule.inputs["target"]["retryPolicy"] == {"maximumRetryAttempts": 10, "maximumEventAgeInSeconds": 3600}
    [start] = json.loads(prod.one("iam/rolePolicy:RolePolicy", f"schedule-{BACKUP}-{EAST}")["policy"])["Statement"]
    assert (start["Action"], start["Resource"]) == (["codebuild:StartBuild"], [names.build_arn(BACKUP, EAST)])


def test_a_backup_that_fails_and_one_that_never_starts_are_told(prod: Declared, names: Names) -> None:
    """26 hours without a build that succeeded are as loud as a failed one."""
    alarms = prod.of("cloudwatch/metricAlarm:MetricAlarm")
    failed, silent = (alarms[f"{what}-{BACKUP}-{EAST}"].inputs for what in ("failed", "no"))
    for alarm in (failed, silent):
        assert (alarm["namespace"], alarm["dimensions"]) == ("AWS/CodeBuild", {"ProjectName": names.build(BACKUP)})
    assert (failed["metricName"], failed["threshold"], failed["comparisonOperator"]) == ("FailedBuilds", 0, "GreaterThanThreshold")
    assert (silent["metricName"], silent["threshold"], silent["comparisonOperator"]) == ("SucceededBuilds", 1, "LessThanThreshold")
    assert (silent["period"] * silent["evaluationPeriods"], silent["treatMissingData"]) == (26 * 3600, "breaching")


def test_the_build_reads_what_is_included(prod: Declared, names: Names) -> None:
    """Parameters under their paths, their secrets through Parameter Store alone, and what signs in to Docker Hub."""
    found = duty(prod)
    assert found["ReadParameters"]["Resource"][0] == f"arn:aws:ssm:{EAST}:{ACCOUNT}:parameter/solemate/prod"
    assert found["DecryptParameters"]["Condition"]["StringEquals"]["kms:ViaService"] == [
        f"ssm.{where}.amazonaws.com" for where in (EAST, WEST)
    ]
    secrets = [f"arn:aws:secretsmanager:{where}:{ACCOUNT}:secret:{names.docker_hub_secret}-??????" for where in (EAST, WEST)]
    assert found["SignInToDockerHub"]["Resource"] == secrets
    assert found["DecryptItsCredentials"]["Condition"]["StringLike"] == {"kms:EncryptionContext:SecretARN": secrets}


def test_the_build_may_do_what_its_command_calls_and_nothing_else(prod: Declared) -> None:
    """A new call without leave fails here, and so does leave that nothing uses."""
    asked = calls_of("objects", "ssm", "signing") | {("ecs", "describe_services"), ("ecs", "describe_task_definition")}
    asked = asked - {("ssm", "put_parameter")} | {("secretsmanager", "get_secret_value")}  # parameters are restored by people
    needed = {action(*call) for call in asked}.union(*(BESIDES.get(call, set()) for call in asked), {"s3:PutObjectTagging"})
    found = {each for entry in duty(prod).values() for each in entry["Action"]}
    # A version is read by who verifies or restores; a build takes the newest.
    assert found == needed - {"s3:GetObjectVersion"}


def test_the_build_seals_secrets_and_opens_nothing_that_is_sealed(prod: Declared) -> None:
    """Under the data keys, for parameters alone; what it may decrypt is what S3, Parameter Store and Secrets Manager decrypt for it."""
    found = duty(prod)
    assert found["SealParameters"]["Condition"] == {"StringLike": {"kms:EncryptionContext:parameter": ["/solemate/prod/*"]}}
    assert all(":key/data-" in arn for arn in found["SealParameters"]["Resource"])
    assert all(":key/signing-" in arn for arn in found["Sign"]["Resource"])
    opens = [entry["Condition"]["StringEquals"]["kms:ViaService"] for entry in found.values() if "kms:Decrypt" in entry["Action"]]
    assert {service.split(".")[0] for each in opens for service in each} == {"s3", "ssm", "secretsmanager"}


def test_the_build_never_deletes_what_it_keeps(prod: Declared) -> None:
    """Nor does it step around the lock."""
    actions = {action for entry in duty(prod).values() for action in entry["Action"]}
    assert [action for action in actions if "Delete" in action or "Bypass" in action] == []


def test_images_of_the_regions_caches_take_leave_to_pull_and_no_secret(tmp_path: Path) -> None:
    """Of the kept images alone, in both regions; the cache signs in to Docker Hub by itself."""
    found = duty(declare(tmp_path, change=lambda config: config["application"].update(dockerHub="ecr")))
    images = [f"arn:aws:ecr:{where}:{ACCOUNT}:repository/docker-hub/solemate/storefront" for where in (EAST, WEST)]
    assert (found["PullImages"]["Resource"], found["SignInToRegistry"]["Resource"]) == (images, ["*"])
    assert [action for entry in found.values() for action in entry["Action"] if action.startswith("secretsmanager:")] == []


@pytest.mark.parametrize(
    ("left_out", "service"),
    [("includeCode", "ecr"), ("includeConfig", "ssm")],
)
def test_what_is_left_out_is_not_allowed(tmp_path: Path, left_out: str, service: str) -> None:
    """Code is repositories and images, config is the task definition and parameters."""
    less = declare(tmp_path, change=lambda config: config["application"].update({left_out: False}))
    assert [action for entry in duty(less).values() for action in entry["Action"] if action.startswith(f"{service}:")] == []
    assert bool(less.of("ecr/pullThroughCacheRule:PullThroughCacheRule")) is (left_out != "includeCode")


def test_without_paths_no_parameter_is_read(tmp_path: Path) -> None:
    """A statement without resources is none that IAM takes."""
    less = declare(tmp_path, change=lambda config: config["application"].update(parameters=[]))
    assert {"ReadParameters", "DecryptParameters", "SealParameters"} & duty(less).keys() == set()


def test_files_in_buckets_are_read_where_the_settings_say(tmp_path: Path) -> None:
    """The build lists and reads those places alone; the operator, who compares, only lists them. The longest settings have room."""
    place = "s3://solemate-deployments/" + "x" * 119
    bundles = [f"{place[:-2]}{number}/" for number in range(5)]

    def change(config: dict[str, Any]) -> None:
        config["application"].update(bundles=bundles, configFiles=["s3://solemate-deployments/flags.yaml"])

    declared = declare(tmp_path, change=change)
    found = duty(declared)
    arns = [f"arn:aws:s3:::{each.removeprefix('s3://')}*" for each in bundles]
    assert found["ReadFiles"]["Resource"] == ["arn:aws:s3:::solemate-deployments/flags.yaml", *arns]
    assert found["ListFiles"]["Resource"] == ["arn:aws:s3:::solemate-deployments"]
    prefixes = ["flags.yaml", *(each.removeprefix("s3://solemate-deployments/") for each in bundles)]
    assert found["ListFiles"]["Condition"] == {"StringEquals": {"s3:prefix": prefixes}}
    assert found["DecryptFiles"]["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"][1] == "arn:aws:s3:::solemate-deployments/*"
    policy = declared.one("iam/policy:Policy", "operator-application")["policy"]
    operators = {entry["Sid"]: entry for entry in json.loads(policy)["Statement"]}
    assert operators["ListFiles"] == found["ListFiles"]
    assert "ReadFiles" not in operators
    assert len(policy.replace(" ", "")) < 6_144
