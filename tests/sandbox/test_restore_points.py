"""`invoke restore --target files` from what AWS Backup keeps: into a bucket of its own, and on from there."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runbooks import commands, verdicts
from runbooks.files.sources import sources
from runbooks.verdicts import Verdict
from sandbox import backup, kms, s3
from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.backup.asking import TRUST
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until
from tests.sandbox.restoring import Shop, opened


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, backup, s3) as lab:
        yield lab


@pytest.fixture
def shop(served: Lab, tmp_path: Path) -> Shop:
    made = opened(emptied(served), tmp_path)
    for role in ("backup", "restore"):
        client(served, "iam").create_role(RoleName=made.names.role(role), AssumeRolePolicyDocument=json.dumps(TRUST))
    for region in (EAST, WEST):
        key = client(served, "kms", region).describe_key(KeyId=made.names.key_alias("data"))["KeyMetadata"]["Arn"]
        vaults = client(served, "backup", region)
        vaults.update_region_settings(ResourceTypeOptInPreference={"S3": True})
        for vault in (made.names.vault(region), *((made.names.air_gapped_vault(region),) if served.settings.vaults.air_gapped else ())):
            vaults.create_backup_vault(BackupVaultName=vault, EncryptionKeyArn=key)
    for number in range(12):
        made.put(f"shoes/{number:02}.jpg", b"shoe %d" % number, ContentType="image/jpeg", Metadata={"sku": str(number)}, Tagging="k=v")
    made.put("Größe 42/ä+b.txt", b"")
    return made


def backed_up(shop: Shop) -> str:
    api = client(shop.lab, "backup")
    role, bucket = shop.names.role_arn("backup"), shop.names.bucket_arn(shop.bucket())
    job = api.start_backup_job(BackupVaultName=shop.names.vault(EAST), ResourceArn=bucket, IamRoleArn=role)["BackupJobId"]
    return str(until(lambda: api.describe_backup_job(BackupJobId=job).get("RecoveryPointArn")))


def copied(shop: Shop, point: str) -> str:
    api = client(shop.lab, "backup")
    started = api.start_copy_job(
        RecoveryPointArn=point,
        SourceBackupVaultName=shop.names.vault(EAST),
        DestinationBackupVaultArn=shop.names.vault_arn(WEST),
        IamRoleArn=shop.names.role_arn("backup"),
    )["CopyJobId"]
    return str(until(lambda: api.describe_copy_job(CopyJobId=started)["CopyJob"].get("DestinationRecoveryPointArn")))


def jobs(shop: Shop, region: str = EAST) -> list[dict[str, Any]]:
    return list(client(shop.lab, "backup", region).list_restore_jobs()["RestoreJobs"])


def test_what_was_written_over_comes_back_from_a_recovery_point(shop: Shop) -> None:
    """Where AWS Backup by itself would pass over every key that is there; with metadata and tags, and a second time over what landed."""
    before, point = shop.contents(), backed_up(shop)
    time.sleep(1)
    shop.well = datetime.now(UTC)
    for _ in range(2):
        shop.fill(dict.fromkeys(before, b"pay us"))
        said = shop.put_back("--source", "backup")
        assert f"the backup of {_made(shop, point):%FT%TZ} in {EAST}, by way of {shop.names.landing_bucket(EAST)}" in said
        assert shop.contents() == before
    assert (shop.facts("clear")["cleared"], shop.facts("copy")["objects"]) == (len(before), len(before))
    api = client(shop.lab, "s3")
    head = api.head_object(Bucket=shop.bucket(), Key="shoes/07.jpg")
    assert (head["ContentType"], head["Metadata"]) == ("image/jpeg", {"sku": "7"})
    assert api.get_object_tagging(Bucket=shop.bucket(), Key="shoes/07.jpg")["TagSet"] == [{"Key": "k", "Value": "v"}]


def test_killed_at_any_time_a_job_is_followed_and_not_started_again(shop: Shop) -> None:
    """Once it was asked for, while it is followed, and while what landed is copied: one job in all, and each object once."""
    before, point = shop.contents(), backed_up(shop)
    shop.fill(dict.fromkeys(before, b"pay us"))
    count = shop.versions()
    shop.dies(
        shop.begins("--kind", "media", "--point", point, "--replace", "--yes", shop.bucket()), service="backup", operation="StartRestoreJob"
    )
    resumed = ("--resume", "--yes", shop.bucket())
    shop.dies(shop.begins(*resumed), service="backup", operation="DescribeRestoreJob")
    shop.dies(shop.begins(*resumed), service="s3", operation="CopyObject", after=4)
    code, _, err = shop.ends(*resumed)
    assert code == 0, err
    assert (shop.contents(), shop.versions() - count, len(jobs(shop))) == (before, len(before), 1)


def test_a_folder_comes_back_from_a_copy_while_its_region_is_dark(shop: Shop) -> None:
    """In the region that keeps the copy, beside what is there."""
    before, copy = shop.contents("shoes/"), copied(shop, backed_up(shop))
    shop.lab.regions.break_region(EAST, "refuse")
    code, _, err = shop.restores("--point", copy, "--region", WEST, "--prefix", "shoes/", "--yes", WEST)
    shop.lab.regions.heal_region(EAST)
    assert code == 0, err
    restored = shop.contents("restored/", WEST)
    assert {key.split("/", 2)[2]: body for key, body in restored.items()} == before
    [job] = jobs(shop, WEST)
    assert job["RecoveryPointArn"] == copy


def test_what_aws_says_of_a_job_that_failed_is_told(shop: Shop) -> None:
    """In its words and ours; the run is given up, and nothing was written into the shop's bucket."""
    point, count = backed_up(shop), shop.versions()
    landing = client(shop.lab, "s3")
    landing.put_bucket_versioning(Bucket=shop.names.landing_bucket(EAST), VersioningConfiguration={"Status": "Suspended"})
    code, _, err = shop.restores("--point", point, "--replace", "--yes", shop.bucket())
    assert code == 3
    assert f"is FAILED. AWS Backup says: Versioning is not enabled on bucket {shop.names.landing_bucket(EAST)}" in err
    assert "invoke abandon --run restore-files --reason WHY" in err
    code, _, err = shop.restores("--point", point, "--key", "nowhere", "--yes", EAST)
    assert (code, "is unfinished" in err, shop.versions()) == (1, True, count)


def test_a_point_that_does_not_fit_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a database, of another moment, and one that was found broken, which is offered to nobody."""
    point, now = backed_up(shop), datetime.now(UTC)
    for name, value in shop.environment().items():
        monkeypatch.setenv(name, value)
    desk = commands.desk(shop.lab.settings)

    def offered() -> list[str]:
        return [each.point for each in sources(desk.reach, desk.journals.first, now, "media", now) if each.word == "backup"]

    snapshot = "arn:aws:rds:us-east-1:123456789012:snapshot:awsbackup:job-1"
    assert shop.refused("--point", snapshot)[0] == f"{EAST} has no usable recovery point {snapshot} of media"
    says, way_out = shop.refused("--source", "backup", "--at", "2026-01-01T00:00:00Z")
    assert says == f"AWS Backup keeps nothing of media in {EAST} that was made at or before 2026-01-01T00:00:00Z"
    assert way_out == "see what there is: invoke backups --target files"
    assert shop.refused("--point", point, "--at", "2026-01-01T00:00:00Z")[0].startswith(f"{point} was begun at ")
    assert offered() == [point]
    verdicts.keep(desk.journals.first, Verdict(point, well=False, says="3 objects are missing", at=now, by="a test"))
    assert shop.refused("--point", point) == (
        f"{point} was found broken: 3 objects are missing",
        "choose another: invoke backups --target files",
    )
    assert offered() == []
    assert [each.word for each in sources(desk.reach, desk.journals.first, now, "media", now)] == ["versions", "region"]


def test_throttled_all_along_it_comes_back(shop: Shop) -> None:
    """Three of ten calls to AWS Backup and S3 are refused."""
    before, point = shop.contents(), backed_up(shop)
    shop.delete(*before)
    asked = Client(shop.lab.endpoint)
    for service in ("s3", "backup"):
        asked.fault("throttle", service=service, rate=0.3)
    code, _, err = shop.restores("--point", point, "--replace", "--yes", shop.bucket())
    asked.clear_faults()
    assert code == 0, err
    assert (shop.contents(), len(jobs(shop))) == (before, 1)


def _made(shop: Shop, point: str) -> datetime:
    found = client(shop.lab, "backup").describe_recovery_point(BackupVaultName=shop.names.vault(EAST), RecoveryPointArn=point)
    made: datetime = found["CreationDate"].astimezone(UTC)
    return made
