"""The program as a whole: its settings, its shape, and what it exports."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.deploy.monitor import Registration
from tests.stacks.declared import EAST, WEST, Declared, declare
from tests.stacks.variants import HERE, THERE, Variant


def test_everything_belongs_to_a_component(prod: Declared) -> None:
    """No resource hangs from the stack itself: the tree shows which concern it serves."""
    assert {each.name for each in prod.all if "solemate-dr:stacks:" not in each.parent} == set()


def test_what_holds_data_is_protected(prod: Declared) -> None:
    """Buckets, vaults, keys and replicas survive a `pulumi destroy`, and so does the workload's versioning."""
    protected = {each.type.split(":")[-1] for each in prod.all if each.protect}
    assert protected == {"Bucket", "Vault", "Key", "Instance", "BucketVersioning", "Secret", "ReplicationConfiguration"}
    for type_ in ("s3/bucket:Bucket", "backup/vault:Vault", "kms/key:Key", "rds/instance:Instance"):
        assert all(each.protect for each in prod.of(type_).values()), type_


def test_exports_say_where_things_are(prod: Declared) -> None:
    """What a person looks for first is exported; no runbook reads it."""
    assert prod.exports["recoveryRegion"] == WEST
    assert prod.exports["shop"] == "https://shop.solemate.example:443"
    assert set(prod.exports) == {"activeRegion", "recoveryRegion", "shop", "journal", "vaults", "topics", "replica", "standby"}


# What follows the writer: its backups are made where it is, and copied to the other region.
ROLES = {
    "backup/framework:Framework",
    "backup/plan:Plan",
    "backup/reportPlan:ReportPlan",
    "backup/restoreTestingSelection:RestoreTestingSelection",
    "backup/selection:Selection",
    "cloudwatch/dashboard:Dashboard",
    "codebuild/project:Project",
    "cloudwatch/metricAlarm:MetricAlarm",
    "iam/role:Role",
    "iam/rolePolicy:RolePolicy",
    "rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
    "scheduler/schedule:Schedule",
    "sfn/stateMachine:StateMachine",
}


def test_after_a_failover_the_program_drops_and_replaces_nothing_that_holds_data(prod: Declared, swapped: Declared) -> None:
    """With the roles swapped, the new writer and all else that is protected have the same urns and the same inputs as before."""
    before, after = (_by_urn(declared) for declared in (prod, swapped))
    kept = [urn for urn, each in before.items() if each.protect]
    assert any("rds/instance:Instance" in urn for urn in kept)
    assert [urn for urn in kept if urn not in after] == []
    assert [urn for urn in kept if after[urn].inputs != before[urn].inputs or not after[urn].protect] == []


def test_after_a_failover_only_roles_differ(prod: Declared, swapped: Declared) -> None:
    """The standby, its network, its routing and both journals stay as they were; backups and alarms follow the writer."""
    before, after = (_by_urn(declared) for declared in (prod, swapped))
    changed = before.keys() ^ after.keys() | {urn for urn in before.keys() & after.keys() if before[urn].inputs != after[urn].inputs}
    assert {each.type.removeprefix("aws:") for urn, each in {**before, **after}.items() if urn in changed} <= ROLES
    assert set(swapped.of("backup/plan:Plan")) == {f"database-{WEST}", f"files-{WEST}", f"file-system-{WEST}"}
    assert set(swapped.of("rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication")) == {f"database-{EAST}"}


def _by_urn(declared: Declared) -> dict[str, Registration]:
    return {each.urn: each for each in declared.all}


def test_a_very_different_stack_is_well_formed(variants: Mapping[str, Variant]) -> None:
    """Another account and regions, a compliance lock, an air-gapped vault, plain http, no application, routing controls, AWS's own
    orchestrator.
    """
    different = variants["different"].declared
    assert [each.name for each in different.all if "application" in each.name or "artifacts" in each.name or "/ecr" in each.type] == []
    assert different.one("arcregionswitch/plan:Plan", "recovery")["regions"] == [HERE, THERE]
    assert set(different.exports["routingCluster"]["controls"]) == {HERE, THERE}
    assert {each.inputs["region"] for each in different.all if "region" in each.inputs} == {HERE, THERE}
    assert set(different.of("rds/instance:Instance")) == {f"database-{THERE}"}
    assert {lock.inputs["changeableForDays"] for lock in different.of("backup/vaultLockConfiguration:VaultLockConfiguration").values()} == {
        3
    }


def test_what_is_switched_off_is_not_there(tmp_path: Path) -> None:
    """Without disaster recovery, files and exports there is no standby and no replication; vaults, keys and the journal stay."""

    def switch_off(config: dict[str, dict[str, object]]) -> None:
        for key in ("disasterRecovery", "files", "application"):
            config[key]["enabled"] = False
        del config["database"]["export"]

    less = declare(tmp_path, change=switch_off)
    there = {each.type.removeprefix("aws:") for each in less.all}
    gone = {"rds/instance:Instance", "ecs/service:Service", "route53/record:Record", "s3/bucketReplicationConfig:BucketReplicationConfig"}
    gone |= {"codebuild/project:Project", "scheduler/schedule:Schedule", "secretsmanager/secret:Secret"}
    assert there & gone == set()
    assert set(less.of("backup/plan:Plan")) == {f"database-{EAST}"}
    assert len(less.of("backup/vault:Vault")) == 2
