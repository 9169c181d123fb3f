"""AWS Backup on a real PostgreSQL server: the rows of the backup, in the other region."""

import json
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
import pytest
from botocore.client import BaseClient

from sandbox import backup, kms, rds
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, running, until

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
OVER = {"COMPLETED", "FAILED", "ABORTED"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A role, a vault with a key of its own in each region, and a database that is encrypted with the eastern one."""
    with running(tmp_path_factory.mktemp("backup"), kms, backup, rds) as lab:
        client(lab, "iam").create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(TRUST))
        keys = {region: client(lab, "kms", region).create_key()["KeyMetadata"]["Arn"] for region in (EAST, WEST)}
        for region, key in keys.items():
            client(lab, "backup", region).create_backup_vault(BackupVaultName="orders", EncryptionKeyArn=key)
        client(lab, "rds").create_db_instance(
            DBInstanceIdentifier="orders",
            Engine="postgres",
            DBInstanceClass="db.t4g.medium",
            AllocatedStorage=20,
            MasterUsername="solemate",
            MasterUserPassword="correct-horse",
            DBName="orders",
            StorageEncrypted=True,
            KmsKeyId=keys[EAST],
            BackupRetentionPeriod=0,
        )
        until(lambda: instance(lab, EAST, "orders")["DBInstanceStatus"] == "available", within=30)
        yield lab


def instance(lab: Lab, region: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client(lab, "rds", region).describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
    return found


def query(lab: Lab, region: str, name: str, text: LiteralString) -> list[tuple[Any, ...]]:
    where = instance(lab, region, name)["Endpoint"]
    asked = {"host": where["Address"], "port": where["Port"], "dbname": "orders", "user": "solemate", "password": "correct-horse"}
    with psycopg.connect(**asked, autocommit=True, connect_timeout=5) as session:
        answer = session.execute(text)
        return answer.fetchall() if answer.description else []


def back_up(api: BaseClient) -> dict[str, Any]:
    arn = f"arn:aws:rds:{EAST}:{ACCOUNT}:db:orders"
    job_id = api.start_backup_job(BackupVaultName="orders", ResourceArn=arn, IamRoleArn=ROLE)["BackupJobId"]
    until(lambda: api.describe_backup_job(BackupJobId=job_id)["State"] in OVER, within=30)
    job: dict[str, Any] = api.describe_backup_job(BackupJobId=job_id)
    return job


def copy(api: BaseClient, point: str) -> dict[str, Any]:
    destination = f"arn:aws:backup:{WEST}:{ACCOUNT}:backup-vault:orders"
    asked = {"RecoveryPointArn": point, "SourceBackupVaultName": "orders", "DestinationBackupVaultArn": destination}
    job_id = api.start_copy_job(**asked, IamRoleArn=ROLE)["CopyJobId"]
    until(lambda: api.describe_copy_job(CopyJobId=job_id)["CopyJob"]["State"] in OVER, within=30)
    job: dict[str, Any] = api.describe_copy_job(CopyJobId=job_id)["CopyJob"]
    return job


def restore(api: BaseClient, point: str, name: str) -> dict[str, Any]:
    metadata = {"DBInstanceIdentifier": name}
    job_id = api.start_restore_job(RecoveryPointArn=point, IamRoleArn=ROLE, Metadata=metadata)["RestoreJobId"]
    until(lambda: api.describe_restore_job(RestoreJobId=job_id)["Status"] in OVER, within=30)
    job: dict[str, Any] = api.describe_restore_job(RestoreJobId=job_id)
    return job


def test_a_backups_rows_are_restored_in_the_other_region_when_the_first_is_lost(lab: Lab) -> None:
    """Rows written after the backup are not there; the restored instance is under the recovery vault's key and takes writes."""
    east, west = client(lab, "backup", EAST), client(lab, "backup", WEST)
    query(lab, EAST, "orders", "create table orders (id int); insert into orders values (1), (2)")
    saved = back_up(east)
    query(lab, EAST, "orders", "insert into orders values (3)")
    copied = copy(east, saved["RecoveryPointArn"])
    lab.regions.break_region(EAST, "refuse")
    restored = restore(west, copied["DestinationRecoveryPointArn"], "restored")
    assert (saved["State"], copied["State"], restored["Status"]) == ("COMPLETED", "COMPLETED", "COMPLETED")
    assert query(lab, WEST, "restored", "select id from orders order by id") == [(1,), (2,)]
    query(lab, WEST, "restored", "insert into orders values (4)")
    vault = west.describe_backup_vault(BackupVaultName="orders")
    assert instance(lab, WEST, "restored")["KmsKeyId"] == vault["EncryptionKeyArn"]
