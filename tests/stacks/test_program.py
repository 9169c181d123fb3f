"""The program as a whole: its settings, its shape, and what it exports."""

from pathlib import Path

import yaml

from settings import HERE, Settings
from tests.stacks.declared import EAST, WEST, Declared, declare, region


def test_the_project_declares_every_key_of_the_settings() -> None:
    """`pulumi` refuses a stack that lacks one of them, and `pulumi config` describes each."""
    project = yaml.safe_load((HERE / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert set(project["config"]) == {field.alias for field in Settings.model_fields.values()}
    assert all(entry["description"] for entry in project["config"].values())


def test_everything_belongs_to_a_component(prod: Declared) -> None:
    """No resource hangs from the stack itself: the tree shows which concern it serves."""
    assert {each.name for each in prod.all if "solemate-dr:stacks:" not in each.parent} == set()


def test_what_holds_data_is_protected(prod: Declared) -> None:
    """Buckets, vaults, keys and the replica survive a `pulumi destroy`, and so does the workload's versioning."""
    protected = {each.type.split(":")[-1] for each in prod.all if each.protect}
    assert protected == {"Bucket", "Vault", "Key", "Instance", "BucketVersioning"}
    for type_ in ("s3/bucket:Bucket", "backup/vault:Vault", "kms/key:Key", "rds/instance:Instance"):
        assert all(each.protect for each in prod.of(type_).values()), type_


def test_exports_say_where_things_are(prod: Declared) -> None:
    """What a person looks for first is exported; no runbook reads it."""
    assert prod.exports["recoveryRegion"] == WEST
    assert prod.exports["shop"] == "https://shop.solemate.example:443"
    assert set(prod.exports) == {"activeRegion", "recoveryRegion", "shop", "journal", "vaults", "topics", "replica", "standby"}


def test_roles_swap_with_the_active_region(tmp_path: Path) -> None:
    """With the other region active, the standing moves to the first one; each resource's name says where it is."""
    swapped = declare(tmp_path, change=lambda config: config.update(activeRegion=WEST))
    assert set(swapped.of("rds/instance:Instance")) == {f"database-{EAST}"}
    assert region(swapped.of("ecs/service:Service")[f"standby-{EAST}"]) == EAST
    assert swapped.one("route53/record:Record", f"shop-{EAST}")["failoverRoutingPolicies"] == [{"type": "PRIMARY"}]


def test_what_is_switched_off_is_not_there(tmp_path: Path) -> None:
    """Without disaster recovery and files there is no standby and no replication; vaults, keys and the journal stay."""

    def switch_off(config: dict[str, dict[str, object]]) -> None:
        for key in ("disasterRecovery", "files"):
            config[key]["enabled"] = False

    less = declare(tmp_path, change=switch_off)
    there = {each.type.removeprefix("aws:") for each in less.all}
    gone = {"rds/instance:Instance", "ecs/service:Service", "route53/record:Record", "s3/bucketReplicationConfig:BucketReplicationConfig"}
    assert there & gone == set()
    assert set(less.of("backup/plan:Plan")) == {f"database-{EAST}"}
    assert len(less.of("backup/vault:Vault")) == 2
