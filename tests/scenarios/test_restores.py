"""The database is damaged, and brought back to the second before: beside the original, looked into, and put in its place."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from names import Names
from runbooks.failback import retired_name
from runbooks.verdicts import Verdict
from tests.scenarios.damage import Damage, a_second_passes, restorable, restores, rows, sql, told
from tests.scenarios.stage import EAST, WEST, Stage
from tests.scenarios.test_killed import Course, Midway

if TYPE_CHECKING:
    from tests.scenarios.conftest import Stages


@pytest.fixture(scope="module")
def damage(stages: "Stages") -> Damage:
    """Shoppers order; a snapshot is taken and copied; then every order is overwritten at once."""
    stage = stages.whole()
    name = Names(stage.chosen).database
    with stage.shoppers():
        left = stage.operator().does("backup", "--target", "database", "--no-wait")
        saved, again = (stage.operator().does("backup", "--target", "database", "--json") for _ in range(2))
    assert left.code == saved.code == again.code == 0, saved
    assert json.loads(saved.out)["what"][0].split()[1] in left.out, "what was left is picked up"
    assert json.loads(saved.out) == json.loads(again.out), "a repeated call makes one backup"
    moment = a_second_passes(stage)
    before = rows(stage, EAST, name)
    assert stage.operator().does("mark", "bad prices").code == 0
    marked = a_second_passes(stage)
    sql(stage, EAST, name, "update orders set quantity = quantity + 1000, sku = 'gone'")
    for region in (EAST, WEST):
        restorable(stage, region, marked)
    copies = [word for word in json.loads(saved.out)["what"] if word.startswith("arn:") and WEST in word]
    return Damage(stage, moment, before, copies[-1])


def test_a_mass_update_is_undone_beside_the_original(damage: Damage) -> None:
    """To just before what somebody had marked: every order as it was written. The journal holds how long that took."""
    to = f"{damage.names.restored_databases.rstrip('*')}marked"
    ended = restores(damage.stage.operator(), "--before", "BAD", "--to", to, "--yes", to)
    assert ended.code == 0, ended
    damage.as_before(EAST, to)
    closing = damage.stage.records("restore-database")[-1].facts
    assert closing["rpo_seconds"] == 0.0
    assert 0 < float(str(closing["rto_seconds"])) < 60
    assert f"--replace --to {to}" in ended.out
    made = next(
        each for each in damage.stage.clients("rds", EAST).describe_db_instances()["DBInstances"] if each["DBInstanceIdentifier"] == to
    )
    assert (made["DeletionProtection"], made["PubliclyAccessible"]) == (True, False)
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == damage.names.subnet_group(EAST)
    assert {tag["Key"] for tag in made["TagList"]} >= {"RestoredFrom", "RestoredAt", "RestoredBy"}


def test_a_region_that_is_lost_is_restored_in_the_other_from_its_replicated_log(damage: Damage) -> None:
    """With the east dark and every second call of the operator refused: to the same second, from what was shipped before."""
    stage, to = damage.stage, damage.names.restored_database(damage.moment)
    stage.sandbox.break_region(EAST, "refuse")
    with storm(stage):
        ended = restores(stage.known("ana"), "--at", told(damage.moment), "--region", WEST, "--yes", to)
    stage.sandbox.heal_region(EAST)
    assert ended.code == 0, ended
    damage.as_before(WEST, to)


def test_whoever_tries_to_take_a_backup_away_leaves_it_as_it_is(damage: Damage) -> None:
    """Deleting it, ending it sooner, deleting its vault: AWS refuses each, and our own command says why. The next test restores it."""
    vault, arn = damage.names.vault(WEST), damage.point
    backup = damage.stage.clients("backup", WEST)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn),
        lambda: backup.update_recovery_point_lifecycle(BackupVaultName=vault, RecoveryPointArn=arn, Lifecycle={"DeleteAfterDays": 1}),
        lambda: backup.delete_backup_vault(BackupVaultName=vault),
    )
    for attempt in attempts:
        with pytest.raises(ClientError, match=r"is locked|contains recovery points"):
            attempt()
    refused = damage.stage.operator().does("backup-delete", arn, "--yes", arn.rpartition(":")[2])
    assert f"{vault} is locked" in refused.refusal()[0]
    assert backup.describe_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)["Status"] == "COMPLETED"


def test_a_copied_snapshot_is_restored_by_aws_backup(damage: Damage) -> None:
    """The recovery region's own copy, by its ARN: the orders that were there when it was taken, in the network that was said."""
    to = f"{damage.names.restored_databases.rstrip('*')}copy"
    ended = restores(damage.stage.operator(), "--point", damage.point, "--region", WEST, "--to", to, "--yes", to)
    assert ended.code == 0, ended
    there = rows(damage.stage, WEST, to)
    assert there
    assert there <= damage.before
    rds = damage.stage.clients("rds", WEST)
    made, replica = (rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0] for name in (to, damage.names.database))
    assert made["VpcSecurityGroups"] == replica["VpcSecurityGroups"]
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == replica["DBSubnetGroup"]["DBSubnetGroupName"]


@contextmanager
def storm(stage: Stage) -> Iterator[None]:
    """Refuse ana half of all calls meanwhile."""
    for kind in ("throttle", "unavailable"):
        stage.sandbox.fault(kind, caller="ana", rate=0.3)
    yield
    stage.sandbox.clear_faults()


@pytest.mark.parametrize("case", ["taken", "early", "late", "unsaid", "twice", "elsewhere", "subnets", "key", "name", "point", "broken"])
def test_what_cannot_be_restored_is_refused_before_anything_is_made(damage: Damage, case: str) -> None:
    """One Error and one Try, and not one request that changes anything."""
    stage, names = damage.stage, damage.names
    at, prefix = ("--at", told(damage.moment)), names.restored_databases.rstrip("*")
    point = damage.point.rpartition("copyjob-")[0] + "copyjob-0"
    words, says, hint = {
        "taken": (
            (*at, "--to", names.database),
            f"{names.database} is already in us-east-1 (available)",
            "choose another name with --to; *",
        ),
        "early": (
            ("--at", "2020-01-01T00:00:00Z"),
            "2020-01-01T00:00:00Z cannot be restored: the log of us-east-1 restores *",
            "* after what was asked for)",
        ),
        "late": (
            ("--at", "2099-01-01T00:00:00Z"),
            "2099-01-01T00:00:00Z is in the future",
            "it is * now; give a moment that has passed, in UTC",
        ),
        "unsaid": ((), "say what to restore to: --at MOMENT, --before TEXT or --point ARN", "the newest is --at * --region us-east-1"),
        "twice": ((*at, "--before", "it"), "--at and --before say different moments", "give one of them"),
        "elsewhere": ((*at, "--region", "eu-west-1"), "eu-west-1 is not a region of this stack", "choose us-east-1 or us-west-2"),
        "subnets": (
            (*at, "--to", f"{prefix}x", "--subnet-group", "nothing"),
            "the subnet group nothing is not in us-east-1",
            "name one that is there: --subnet-group NAME",
        ),
        "key": (
            (*at, "--to", f"{prefix}x", "--region", WEST),
            f"the key {names.key_alias('data')} of us-west-2 is Disabled, and nothing can be restored under it",
            "enable it with the break-glass role",
        ),
        "name": ((*at, "--to", "orders"), f"--to orders does not begin with {prefix}", "only such names can be made; *"),
        "point": (
            ("--point", point, "--region", WEST),
            f"us-west-2 has no usable recovery point {point} of the database",
            "see invoke backups --target database, and give its --region",
        ),
        "broken": (
            ("--point", damage.point, "--region", WEST),
            f"{damage.point} was found broken: orders lacks 3 rows",
            "choose another: invoke backups --target database",
        ),
    }[case]
    with spoilt(damage, case):
        since = stage.now()
        refused = restores(stage.known("ana"), *words, "--yes", "whatever").refusal()
    assert [fnmatchcase(said, wanted.replace("[", "[[]")) for said, wanted in zip(refused, (says, hint), strict=True)] == [True, True], (
        refused
    )
    assert stage.effects(since, by="ana") == []


@contextmanager
def spoilt(damage: Damage, case: str) -> Iterator[None]:
    """Disable the western key, or note that the copy was found broken, and that it was well after all."""
    stage = damage.stage
    kms, s3 = stage.clients("kms", WEST), stage.clients("s3", WEST)
    key = kms.describe_key(KeyId=damage.names.key_alias("data"))["KeyMetadata"]["KeyId"]

    def found(well: bool) -> None:
        verdict = Verdict(damage.point, well, "orders lacks 3 rows", datetime.now(UTC), "ana@there")
        s3.put_object(Bucket=stage.journal_bucket, Key=verdict.key, Body=verdict.body)

    if case == "key":
        kms.disable_key(KeyId=key)
    if case == "broken":
        found(well=False)
    yield
    if case == "key":
        kms.enable_key(KeyId=key)
    if case == "broken":
        found(well=True)


def test_who_may_not_restore_is_told_so_and_leaves_nothing(damage: Damage) -> None:
    """RDS refuses the one call that makes something: the run stops with AWS's words, no instance is there, and it is given up by name."""
    stage, to = damage.stage, f"{damage.names.restored_databases.rstrip('*')}denied"
    stage.sandbox.fault("deny", operation="RestoreDBInstanceToPointInTime", caller="ana")
    ended = restores(stage.known("ana"), "--at", told(damage.moment), "--to", to, "--yes", to)
    stage.sandbox.clear_faults()
    assert ended.code == 3, ended
    assert "AccessDenied" in ended.err
    assert f"Try: invoke restore --target database --resume --yes {to}   (use credentials of the operator role)" in ended.err
    assert to not in {each["DBInstanceIdentifier"] for each in stage.clients("rds", EAST).describe_db_instances()["DBInstances"]}
    assert stage.operator().does("abandon", "--run", "restore-database", "--reason", "no leave").code == 0


RESTORE = (
    Midway("restore", "rds", "RestoreDBInstanceToPointInTime", EAST),
    Midway("available", "rds", "DescribeDBInstances", EAST, "hang"),
    Midway("check", "secretsmanager", "GetSecretValue", EAST, "hang"),
    Midway("announce", "sns", "Publish", EAST),
)
SWAP = (
    Midway(f"stop-writes-{EAST}", "rds", "ModifyDBParameterGroup", EAST),
    Midway(f"retire-{EAST}", "rds", "ModifyDBInstance", EAST),
    Midway("rename-restored", "rds", "ModifyDBInstance", EAST),
    Midway("open-for-writes", "rds", "ModifyDBParameterGroup", EAST),
    Midway("announce", "sns", "Publish", EAST),
    Midway(f"retire-{WEST}", "rds", "ModifyDBInstance", WEST),
    Midway(f"build-replica-{WEST}", "rds", "CreateDBInstanceReadReplica", WEST),
    Midway(f"replicate-backups-{WEST}", "rds", "StartDBInstanceAutomatedBackupsReplication", WEST),
    Midway("protected-again", "ecs", "DescribeServices", WEST, "hang"),
)


def test_a_restore_and_a_swap_survive_the_death_of_their_operators(damage: Damage) -> None:
    """One dies within every step of both, and one after each; nothing is made twice, and what is swapped in is as it was before."""
    stage, names = damage.stage, damage.names
    to = f"{names.restored_databases.rstrip('*')}killed"
    words = ("restore", "--target", "database", "--at", told(damage.moment), "--to", to, "--yes", to)
    restored = Course(stage, "restore-database", to, RESTORE, words).walk()
    assert restored.killed_within == restored.killed_after == set(restored.plan)
    assert restored.effects() == {"RestoreDBInstanceToPointInTime us-east-1": 1, "Publish us-east-1": 2}
    damage.as_before(EAST, to)
    swap = ("restore", "--target", "database", "--replace", "--to", to, "--yes", names.database)
    swapped = Course(stage, "swap", names.database, SWAP, swap).walk()
    assert swapped.killed_within == swapped.killed_after == set(swapped.plan)
    old, former = (retired_name(names, swapped.run, which) for which in "ab")
    assert swapped.effects() == {
        "ModifyDBParameterGroup us-east-1 default_transaction_read_only=1": 1,
        f"ModifyDBInstance us-east-1 {old}": 1,
        f"ModifyDBInstance us-east-1 {names.database}": 1,
        "ModifyDBParameterGroup us-east-1 default_transaction_read_only=0": 1,
        "Publish us-east-1": 2,
        f"ModifyDBInstance us-west-2 {former}": 1,
        "CreateDBInstanceReadReplica us-west-2": 1,
        "StartDBInstanceAutomatedBackupsReplication us-west-2": 1,
    }
    assert damage.before <= rows(stage, EAST, names.database)
    assert stage.is_whole()
    with stage.shoppers() as ledger:
        began = datetime.now(UTC)
        assert stage.everyone_is_back(ledger, began)


def test_a_dropped_table_is_put_back_in_place(stage: Stage) -> None:
    """Under load, in one command, every second call refused: the orders of the asked second are there, and the standby is whole."""
    name = Names(stage.chosen).database
    with stage.shoppers() as ledger:
        moment = a_second_passes(stage)
        before = {row for row in rows(stage, EAST, name) if row[3] < moment}
        sql(stage, EAST, name, "drop table orders")
        dropped = datetime.now(UTC)
        restorable(stage, EAST, moment)
        with storm(stage):
            ended = restores(stage.known("ana"), "--at", told(moment), "--replace", "--yes", name)
        assert ended.code == 0, ended
        stage.everyone_is_back(ledger, dropped)
    there = rows(stage, EAST, name)
    assert before
    assert {row for row in there if row[3] < moment} == before
    assert min(row[3] for row in there - before) > dropped, "what was ordered after the moment was ordered anew"
    assert stage.is_whole()
    assert stage.records("swap")[-1].facts["met"] == {"rto": True, "rpo": None}
    for command in ("restore-database", "swap"):
        report = stage.sandbox.root / f"{command}.html"
        told_of = stage.operator().does("report", "--run", stage.records(command)[0].run, "--to", str(report))
        assert told_of.code == 0, told_of
        assert name in report.read_text(encoding="utf-8")


def test_the_log_is_waited_for_until_it_has_passed_the_call(damage: Damage) -> None:
    """A differential backup is the log: when the command ends, both regions can be restored to when it began, and it says so."""
    began = datetime.now(UTC)
    ended = damage.stage.operator().does("backup", "--target", "database", "--type", "differential", "--json")
    assert ended.code == 0, ended
    ends = [datetime.fromisoformat(line.rpartition(" ")[2]) for line in json.loads(ended.out)["what"]]
    assert len(ends) == 2
    assert min(ends) >= began.replace(microsecond=0)


def test_an_export_needs_its_machine(damage: Damage) -> None:
    """Where none is deployed, as in the sandbox, the full backup says so and starts nothing."""
    machine = f"arn:aws:states:us-east-1:123456789012:stateMachine:{damage.names.export_machine}"
    says, hint = damage.stage.operator().does("backup", "--target", "database", "--type", "full").refusal()
    assert says == f"stepfunctions start-execution in us-east-1: State Machine Does Not Exist: '{machine}' (StateMachineDoesNotExist)"
    assert hint == "deploy the stack (`pulumi up`)"
