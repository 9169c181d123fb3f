"""A sandbox with everything in it: what the shop runs, what the program adds, and how it all stands after the first night."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import uuid4

import pytest

from names import Names
from runbooks import shop
from sandbox.clients import Clients
from sandbox.launch import Sandbox
from sandbox.play import bring_up
from sandbox.progress import Progress
from settings import load
from tests.commands import invoke
from tests.sandbox.parts import EAST, WEST


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def whole(told: list[Progress]) -> Iterator[Sandbox]:
    root = Path(tempfile.mkdtemp(prefix="solemate-"))
    root.chmod(0o755)
    try:
        with bring_up(root, told.append) as sandbox:
            yield sandbox
    finally:
        rmtree(root)


@pytest.fixture(scope="module")
def names(whole: Sandbox) -> Names:
    return Names(load(whole.config))


@pytest.fixture(scope="module")
def clients(whole: Sandbox) -> Clients:
    return Clients(whole.endpoint)


def test_everything_was_told_and_nothing_failed(whole: Sandbox, told: list[Progress]) -> None:
    """The workload's five parts, each resource of the program, and each wait at the end."""
    assert whole.state()["regions"] == {EAST: None, WEST: None}
    assert {entry.outcome for entry in told} == {"done", "recorded"}
    assert {"network", "database", "storefront", "media", "zone", "backup", "replica"} < {entry.type for entry in told}
    assert sum(entry.type.startswith("aws:") for entry in told) > 90


def test_a_region_is_ready_to_take_over(whole: Sandbox, names: Names, tmp_path: Path) -> None:
    """The readiness check, run as an operator runs it, complains of nothing; S3's word on files may be a minute old."""
    environ = os.environ | whole.environment() | {"XDG_STATE_HOME": str(tmp_path)}
    ended = invoke("check-readiness", "--region", WEST, "--json", environ=environ)
    found = json.loads(ended.out)
    assert [finding for finding in found if not finding["well"] and finding["name"] not in names.settings.files.kinds] == []


def test_the_shop_takes_orders_in_the_active_region(names: Names) -> None:
    """Through its public name, as a shopper."""
    assert shop.place_order(names, uuid4()) == EAST


def test_the_database_secret_is_in_both_regions(names: Names, clients: Clients) -> None:
    """Whoever starts a shop in the recovery region asks that region alone."""
    secrets = (clients("secretsmanager", region).get_secret_value(SecretId=names.database_secret) for region in (EAST, WEST))
    east, west = (json.loads(secret["SecretString"]) for secret in secrets)
    assert east == west
    assert west.keys() == {"username", "password"}


def test_media_from_before_the_replication_are_replicated(names: Names, clients: Clients) -> None:
    """S3 replicates only what is written after it was told to; older objects take a batch job."""
    east, west = (_objects(clients, names, region) for region in (EAST, WEST))
    assert len(east) == 24
    assert east == west


def test_an_operator_replicates_what_was_there_before(whole: Sandbox, names: Names) -> None:
    """As a command: the versions from before the replication are its tasks, and each is done when it ends."""
    ended = invoke("replicate-existing", "--kind", "cdn", "--json", environ=os.environ | whole.environment())
    assert (ended.code, ended.err.count("Complete")) == (0, 1)
    [told] = json.loads(ended.out)
    assert (told["bucket"], told["job"]["total"], told["job"]["succeeded"]) == (names.file_bucket("cdn", EAST), 2, 2)


def test_an_operator_lists_the_backups_of_both_regions(whole: Sandbox, names: Names) -> None:
    """As a command: the first night's, each with its copy, as JSON and as lines of the same."""
    environ = os.environ | whole.environment()
    ended, shown = (invoke("backups", *more, environ=environ) for more in (["--json"], ["--target", "database"]))
    told = json.loads(ended.out)
    assert (told["complete"], told["troubles"], told["count"]) == (True, {}, len(told["backups"]))
    found = {(each["target"], each["kind"], each["vault"]) for each in told["backups"]}
    assert found >= {(target, "snapshot", names.vault(EAST)) for target in ("database", "files")}
    assert found >= {(target, "copy", names.vault(WEST)) for target in ("database", "files")}
    databases = [each for each in told["backups"] if each["target"] == "database"]
    heading, *lines, count = shown.out.splitlines()
    assert (heading.split()[0], count) == ("created", f"{len(databases)} backups.")
    assert [line.split()[-1] for line in lines] == [each["arn"] for each in databases]


def test_both_backups_are_copied_and_will_expire(names: Names, clients: Clients) -> None:
    """The recovery region's vault holds the first night's database and media."""
    points = clients("backup", WEST).list_recovery_points_by_backup_vault(BackupVaultName=names.vault(WEST))["RecoveryPoints"]
    kept = {point["ResourceType"]: point["Lifecycle"]["DeleteAfterDays"] for point in points if point["Status"] == "COMPLETED"}
    assert kept == {"RDS": 35, "S3": 120}


def test_the_replica_is_what_the_program_declares(names: Names, clients: Clients) -> None:
    """It keeps backups, its region's key and its tags, and cannot be deleted by mistake."""
    [found] = clients("rds", WEST).describe_db_instances(DBInstanceIdentifier=names.database)["DBInstances"]
    assert (found["BackupRetentionPeriod"], found["DeletionProtection"], found["PubliclyAccessible"]) == (35, True, False)
    assert f":{WEST}:" in found["KmsKeyId"]
    assert {"Key": "data-class", "Value": "customer"} in found["TagList"]


def test_a_list_without_a_dark_region_says_so_and_fails(whole: Sandbox, names: Names) -> None:
    """The other region's backups are shown; an exit code of 0 would let a script take them for all."""
    whole.break_region(WEST)
    try:
        ended = invoke("backups", "--json", environ=os.environ | whole.environment())
    finally:
        whole.heal_region(WEST)
    told = json.loads(ended.out)
    assert (ended.code, told["complete"], list(told["troubles"])) == (1, False, [WEST])
    assert {each["vault"] for each in told["backups"]} == {names.vault(EAST)}
    assert ended.err.startswith(f"INCOMPLETE: {WEST}: backup list-recovery-points-by-backup-vault in {WEST}: no answer")


def _objects(clients: Clients, names: Names, region: str) -> dict[str, Any]:
    listed = clients("s3", region).list_objects_v2(Bucket=names.media_bucket(region))["Contents"]
    return {entry["Key"]: entry["ETag"] for entry in listed}
