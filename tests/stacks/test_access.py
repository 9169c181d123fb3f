"""Who may do what: each role as narrow as its work, and the operator's exactly what the runbooks call."""

import json
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from names import Names
from sandbox.deploy.wire import Values
from settings import HERE
from stacks import access
from tests.stacks.calls import BESIDES, action, asked, calls, calls_of
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, declare

ONLY_BUILDS = {("ecr", "get_authorization_token"), ("kms", "encrypt"), ("backup", "put_restore_validation_result")}
"""What is called where a build keeps the application or judges what a test has restored, and nowhere else."""

ONLY_DRILLS = {("rds", "delete_db_instance"), ("scheduler", "get_schedule"), ("scheduler", "update_schedule")}
"""What is called where a drill clears away what it made, and puts off the alarm that one is overdue."""

BEHIND_GLASS = {
    *("backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:DescribeRecoveryPoint"),
}
"""What `invoke backup-delete` alone does, which is no operator's business."""

CONTROLS = {"route53-recovery-cluster:GetRoutingControlState", "route53-recovery-cluster:UpdateRoutingControlStates"}
ALARMS = {"cloudwatch:PutMetricData"}
"""What each kind of traffic switch takes."""

WRITER = {
    *("rds:PromoteReadReplica", "rds:ModifyDBInstance", "rds:ModifyDBParameterGroup", "rds:CreateDBInstanceReadReplica"),
    *("ecs:UpdateService", "cloudwatch:PutMetricData", "rds:StartDBInstanceAutomatedBackupsReplication"),
}
DESTRUCTIVE = {
    *("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DisassociateRecoveryPoint"),
    *("backup:DeleteBackupVaultLockConfiguration", "backup:PutBackupVaultLockConfiguration", "backup:DeleteBackupVault"),
    *("backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey"),
}


def statements(prod: Declared, role: str) -> list[Values]:
    """Return what *role* is allowed, in its own policy and in those that are attached to it."""
    inline: list[Values] = json.loads(prod.one("iam/rolePolicy:RolePolicy", role)["policy"])["Statement"]
    attached = (json.loads(each.inputs["policy"]) for name, each in prod.of("iam/policy:Policy").items() if name.startswith(f"{role}-"))
    return [*inline, *(statement for document in attached for statement in document["Statement"])]


def actions(prod: Declared, role: str) -> set[str]:
    return {each for statement in statements(prod, role) for each in statement["Action"]}


def trust(prod: Declared, role: str) -> list[Values]:
    found: list[Values] = json.loads(prod.one("iam/role:Role", role)["assumeRolePolicy"])["Statement"]
    return found


def test_the_operator_may_do_what_the_runbooks_call_and_nothing_else(prod: Declared, controlled: Declared) -> None:
    """A new call without leave fails here, and so does leave that nothing uses any more; of the two switches it is the chosen one's."""
    found = calls() - ONLY_BUILDS - ONLY_DRILLS
    assert len(found) > 15
    needed = {action(*call) for call in found}.union(*(BESIDES.get(call, set()) for call in found))
    needed.add("s3:PutObjectTagging")  # what is kept says its type with the same request
    assert needed >= BEHIND_GLASS
    assert actions(prod, "operator") == needed - CONTROLS - BEHIND_GLASS
    assert actions(controlled, "operator") == needed - ALARMS - BEHIND_GLASS
    assert actions(prod, "break-glass") >= BEHIND_GLASS
    assert actions(prod, "drill") >= {action(*call) for call in ONLY_DRILLS}


def test_the_operator_turns_the_two_controls_and_no_others(controlled: Declared, names: Names) -> None:
    """A cluster can hold the controls of every application of the account."""
    ours = [statement for statement in statements(controlled, "operator") if CONTROLS & set(statement["Action"])]
    assert {action for statement in ours for action in statement["Action"]} == CONTROLS
    for statement in ours:
        assert [arn.rpartition("/")[2] for arn in statement["Resource"]] == [names.routing_control(where) for where in (EAST, WEST)]
    assert "route53-recovery-cluster:UpdateRoutingControlStates" not in actions(controlled, "drill")


def test_no_call_of_the_runbooks_hides_its_name() -> None:
    """The comparison sees them all: an operation is computed only where all its users name it; clients are made at the door."""
    assert [(file, named) for file, named in asked() if None in named] == [("rds", ["rds", None])]
    text = {file.name: file.read_text(encoding="utf-8") for file in (HERE / "runbooks").rglob("*.py")}
    assert {name for name, source in text.items() if ".client(" in source} == {"session.py"}


def test_the_operator_never_deletes(prod: Declared, names: Names) -> None:
    """Neither journals nor databases nor backups nor a version of a file: what an operator retires is kept. A marker over a file, or over
    what a restore has left, hides it; and the queue in which a test of alarms listened goes with the test.
    """
    assert {each for each in actions(prod, "operator") if "Delete" in each or ("Put" in each and each.startswith("backup"))} == {
        "s3:DeleteObject",
        "sqs:DeleteQueue",
    }
    [queues] = [each["Resource"] for each in statements(prod, "operator") if "sqs:DeleteQueue" in each["Action"]]
    assert queues == [f"arn:aws:sqs:{where}:{ACCOUNT}:{names.alert_test('*')}" for where in (EAST, WEST)]
    hidden = {arn for each in statements(prod, "operator") if "s3:DeleteObject" in each["Action"] for arn in each["Resource"]}
    files = {f"{names.bucket_arn(bucket)}/*" for where in (EAST, WEST) for bucket in names.file_buckets(where).values()}
    assert hidden == files | {f"{names.bucket_arn(names.landing_bucket('*'))}/*"}


def test_an_operator_raises_no_alarm_that_leads_shoppers(prod: Declared, names: Names) -> None:
    """Every alarm of the program can be tested, and the traffic switch is thrown by its metric alone."""
    raised = [each for each in statements(prod, "operator") if "cloudwatch:SetAlarmState" in each["Action"]]
    [denied] = [each["Resource"] for each in raised if each["Effect"] == "Deny"]
    assert {names.alarm_arn(f"takeover-{where}", where) for where in (EAST, WEST)} <= set(denied)
    assert len(raised) == 2


def test_an_operator_subscribes_nothing_but_the_queues_of_a_test(prod: Declared, names: Names) -> None:
    """Who is told of alarms is declared; a test listens in a queue of its own, of this account."""
    [subscribes] = [each for each in statements(prod, "operator") if "sns:Subscribe" in each["Action"]]
    assert subscribes["Resource"] == [names.topic_arn(where) for where in (EAST, WEST)]
    endpoints = [f"arn:aws:sqs:{where}:{ACCOUNT}:{names.alert_test('*')}" for where in (EAST, WEST)]
    assert subscribes["Condition"] == {"StringEquals": {"sns:Protocol": "sqs"}, "StringLike": {"sns:Endpoint": endpoints}}


def test_only_the_takeover_switch_takes_a_datapoint(prod: Declared, names: Names) -> None:
    """Metrics are no resources: the namespace is what keeps alarms from being silenced by a made-up value."""
    [switch] = [each for each in statements(prod, "operator") if "cloudwatch:PutMetricData" in each["Action"]]
    assert switch["Condition"] == {"StringEquals": {"cloudwatch:namespace": names.metrics}}


def test_journal_keys_open_nothing_but_journals(prod: Declared, names: Names) -> None:
    """Media lie under the same keys: the key is given for the journals' objects only, through S3."""
    for role in ("operator", "drill"):
        [use] = [each for each in statements(prod, role) if each["Sid"] == "UseJournalKeys"]
        opened = use["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"]
        assert {arn.removesuffix("/*") for arn in opened} == {names.bucket_arn(names.journal_bucket(where)) for where in (EAST, WEST)}


def test_people_show_a_second_factor_where_they_take_a_role_on(prod: Declared, names: Names) -> None:
    """A user shows it; a role, whose credentials cannot say it, must carry the tag that vouches for it."""
    for role in ("operator", "break-glass"):
        [statement] = trust(prod, role)
        assert statement["Condition"] == {"StringEquals": {f"aws:PrincipalTag/{names.mfa_tag}": "required"}}
    [users, roles] = json.loads(
        json.dumps(access.with_second_factor([f"arn:aws:iam::{ACCOUNT}:user/ada", f"arn:aws:iam::{ACCOUNT}:role/x"], "tag"))
    )["Statement"]
    assert users["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/ada"]}
    assert users["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert roles["Principal"] == {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/x"]}


@pytest.mark.parametrize(("role", "principal"), [("operator", "role/on-call"), ("auditor", "role/audit"), ("break-glass", "role/security")])
def test_each_role_trusts_whom_the_settings_name(prod: Declared, names: Names, role: str, principal: str) -> None:
    """Nobody else, and under the name that other policies except."""
    assert [statement["Principal"] for statement in trust(prod, role)] == [{"AWS": [f"arn:aws:iam::{ACCOUNT}:{principal}"]}]
    assert prod.one("iam/role:Role", role)["name"] == names.role(role)


def test_a_drill_comes_from_one_environment_of_one_repository(prod: Declared) -> None:
    """Exactly: a pattern would let in a branch or a fork."""
    [provider] = prod.of("iam/openIdConnectProvider:OpenIdConnectProvider").values()
    assert provider.inputs["url"] == "https://token.actions.githubusercontent.com"
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    [statement] = trust(prod, "drill")
    assert statement["Action"] == ["sts:AssumeRoleWithWebIdentity"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:solemate/recovery:environment:drill",
        }
    }


def test_a_drill_cannot_touch_the_writer(prod: Declared, names: Names) -> None:
    """It restores beside what runs, and changes and deletes only what bears a drill's own name: no writer, no replica, no operator's."""
    assert actions(prod, "drill") & WRITER == {"rds:ModifyDBInstance"}
    changes = [each for each in statements(prod, "drill") if any("Delete" in one or "ModifyDB" in one for one in each["Action"])]
    assert [each["Resource"] for each in changes] == [
        [names.drilled_databases_arn(where) for where in (EAST, WEST)],
        [f"{names.bucket_arn(names.landing_bucket('*'))}/solemate-drills/*"],
    ]
    pattern = names.drilled_databases
    assert not [each for each in (names.database, names.restored_database(datetime.now(UTC))) if fnmatchcase(each, pattern)]
    assert fnmatchcase(names.drilled_database("20261122T100459Z-drill-region-lost-3f9c"), pattern)


def test_a_drill_passes_two_roles_each_to_its_service(prod: Declared, names: Names) -> None:
    """AWS Backup's to restore a recovery point, and that of the one schedule which it puts off."""
    passed = {
        each["Condition"]["StringEquals"]["iam:PassedToService"]: each["Resource"]
        for each in statements(prod, "drill")
        if "iam:PassRole" in each["Action"]
    }
    overdue = prod.one("iam/role:Role", "schedule-drill-overdue")["name"]
    assert passed == {
        "backup.amazonaws.com": [names.role_arn("restore")],
        "scheduler.amazonaws.com": [f"arn:aws:iam::{ACCOUNT}:role/{overdue}"],
    }
    schedule = prod.one("scheduler/schedule:Schedule", "schedule-drill-overdue")
    [moved] = [each for each in statements(prod, "drill") if "scheduler:UpdateSchedule" in each["Action"]]
    assert moved["Resource"] == [f"arn:aws:scheduler:{WEST}:{ACCOUNT}:schedule/{schedule['groupName']}/{schedule['name']}"]


def test_who_drills_may_report_and_sign_what_was_measured(prod: Declared) -> None:
    """Everything that the evidence of a period is read from, and the key that seals it."""
    needed = {action(*call) for call in calls_of("job_history", "s3") if call != ("s3", "list_buckets")}
    needed |= {"backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault", "rds:DescribeDBInstanceAutomatedBackups"}
    needed |= {"cloudwatch:GetMetricStatistics", "kms:GetPublicKey", "kms:Sign"}
    assert needed <= actions(prod, "drill")


def test_an_auditor_reads_evidence_and_no_customers_data(prod: Declared, names: Names) -> None:
    """Nothing is written or restored, no secret is read, and the buckets are those of journals and reports."""
    assert [each for each in actions(prod, "auditor") if not each.split(":")[1].startswith(("Get", "List", "Describe", "Decrypt"))] == []
    assert {each.split(":")[0] for each in actions(prod, "auditor")} == {"s3", "kms", "backup"}
    buckets = {arn.removesuffix("/*") for each in statements(prod, "auditor") for arn in each["Resource"] if arn.startswith("arn:aws:s3")}
    kinds = (names.journal_bucket, names.reports_bucket)
    assert buckets == {names.bucket_arn(bucket(where)) for bucket in kinds for where in (EAST, WEST)}


def test_only_behind_glass_is_anything_destroyed(prod: Declared) -> None:
    """Recovery points, vaults' locks and keys are in nobody else's reach, and there for an hour at a time."""
    everybody = {role: actions(prod, role) & DESTRUCTIVE for role in prod.of("iam/rolePolicy:RolePolicy")}
    assert {role for role, found in everybody.items() if found} == {"break-glass"}
    assert everybody["break-glass"] == DESTRUCTIVE
    assert prod.one("iam/role:Role", "break-glass")["maxSessionDuration"] == 3600


def test_evidence_is_out_of_reach_even_behind_glass(prod: Declared) -> None:
    """Who may delete everything else must not be able to delete the record of it."""
    assert {each for each in actions(prod, "break-glass") if each.startswith("s3:")} == set()


def test_no_role_outgrows_what_iam_takes(prod: Declared) -> None:
    """The policies in a role have 10,240 characters together, blanks not counted."""
    sizes: dict[str, int] = {}
    for policy in prod.of("iam/rolePolicy:RolePolicy").values():
        written = json.dumps(json.loads(policy.inputs["policy"]), separators=(",", ":"))
        sizes[policy.inputs["role"]] = sizes.get(policy.inputs["role"], 0) + len(written)
    assert {role: size for role, size in sizes.items() if size > 10_240} == {}


def test_no_attached_policy_outgrows_what_iam_takes(prod: Declared) -> None:
    """Each that stands by itself has 6,144 characters, blanks not counted, and a role."""
    attached = prod.of("iam/policy:Policy")
    sizes = {name: len(json.dumps(json.loads(each.inputs["policy"]), separators=(",", ":"))) for name, each in attached.items()}
    assert {name: size for name, size in sizes.items() if size > 6_144} == {}
    assert set(prod.of("iam/rolePolicyAttachment:RolePolicyAttachment")) == set(attached)
    assert set(attached) == {
        *("drill-targets", "operator-application", "operator-backups", "operator-files", "operator-restores", "operator-watch"),
    }


@pytest.mark.parametrize("switch", ["enabled", "testing"])
def test_without_tests_no_workflow_comes_in(tmp_path: Path, switch: str) -> None:
    """Then neither the drill's role nor the trust in GitHub is there; people's roles stay."""

    def switch_off(config: Values) -> None:
        recovery = config["disasterRecovery"]
        (recovery if switch == "enabled" else recovery["testing"])["enabled"] = False

    less = declare(tmp_path, change=switch_off)
    assert less.of("iam/openIdConnectProvider:OpenIdConnectProvider") == {}
    assert {"operator", "auditor", "break-glass"} <= set(less.of("iam/role:Role"))
    assert "drill" not in less.of("iam/role:Role")
