"""Least privilege, read off the documents that the program really attaches."""

import json
from collections.abc import Iterator

import pytest

from sandbox.deploy.wire import Values
from stacks import policies
from tests.stacks.declared import ACCOUNT, Declared

JOBS_AND_LISTS = [
    *("DescribeBackupJob", "DescribeCopyJob", "DescribeRegionSettings", "DescribeReportJob", "DescribeRestoreJob"),
    *("GetRestoreJobMetadata", "ListBackupJobs", "ListBackupPlans", "ListBackupVaults", "ListCopyJobs", "ListFrameworks"),
    *("ListProtectedResources", "ListReportJobs", "ListReportPlans", "ListRestoreJobs", "ListRestoreTestingPlans"),
    "PutRestoreValidationResult",
]
ANY_RESOURCE = {
    *("ecr:GetAuthorizationToken", "tag:GetResources", "events:ListRules", "s3:ListAllMyBuckets"),
    *("cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "cloudwatch:PutMetricData"),
    *(f"backup:{action}" for action in JOBS_AND_LISTS),
}
"""The actions of ours that AWS lets nobody tie to a resource."""


def statements(declared: Declared) -> Iterator[tuple[str, Values]]:
    for each in declared.all:
        for name in ("policy", "assumeRolePolicy"):
            if name in each.inputs:
                for statement in json.loads(each.inputs[name])["Statement"]:
                    yield f"{each.type} {each.name} {statement['Sid']}", statement


def allowed(declared: Declared) -> list[tuple[str, Values]]:
    return [(where, statement) for where, statement in statements(declared) if statement["Effect"] == "Allow"]


def test_no_allowed_action_is_a_wildcard(prod: Declared) -> None:
    """Every action is spelled out."""
    assert [where for where, statement in allowed(prod) if any("*" in action for action in statement["Action"])] == []


def test_every_allowed_action_is_tied_to_resources(prod: Declared) -> None:
    """``*`` stands only in key policies, where it means the key, and for actions that know no resource."""
    loose = [
        (where, set(statement["Action"]) - ANY_RESOURCE)
        for where, statement in allowed(prod)
        if "*" in statement.get("Resource", []) and not where.startswith("aws:kms/key:Key")
    ]
    assert [entry for entry in loose if entry[1]] == []


def test_nobody_may_delete_or_disable_a_key(prod: Declared) -> None:
    """A vault lock does not protect what its key's deletion would take along; a change of the policy comes first."""
    granted = {action for where, statement in allowed(prod) if where.startswith("aws:kms") for action in statement["Action"]}
    assert granted.isdisjoint({"kms:ScheduleKeyDeletion", "kms:DisableKey"})
    assert "kms:PutKeyPolicy" in granted


def test_the_account_alone_uses_its_keys(prod: Declared) -> None:
    """A service that uses a key of itself does so for this account only."""
    for each in prod.of("kms/key:Key").values():
        for statement in json.loads(each.inputs["policy"])["Statement"]:
            owner = statement["Principal"].get("AWS") == f"arn:aws:iam::{ACCOUNT}:root"
            assert owner or statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(("service", "roles"), [("backup", 2), ("s3", 2), ("ecs-tasks", 2)])
def test_a_services_role_is_taken_on_by_that_service_alone(prod: Declared, service: str, roles: int) -> None:
    """No person and no other account can assume it."""
    trusted = [json.loads(each.inputs["assumeRolePolicy"])["Statement"] for each in prod.of("iam/role:Role").values()]
    assert [[entry["Principal"] for entry in each] for each in trusted].count([{"Service": f"{service}.amazonaws.com"}]) == roles


def test_replication_decrypts_only_what_it_replicates() -> None:
    """Whichever key the workload's objects have, they are decrypted through S3, for that bucket."""
    east, west = ("us-east-1", "arn:aws:s3:::media-east"), ("us-west-2", "arn:aws:s3:::media-west")
    found = json.loads(json.dumps(policies.replication(east, west, ACCOUNT, "arn:key-west")))["Statement"]
    [decrypt] = [entry for entry in found if entry["Sid"] == "DecryptSource"]
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    of_the_bucket = {"kms:EncryptionContext:aws:s3:arn": ["arn:aws:s3:::media-east", "arn:aws:s3:::media-east/*"]}
    assert decrypt["Condition"]["StringLike"] == of_the_bucket
