"""One sandbox of AWS Backup, S3 and KMS for these tests, emptied after each."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.client import BaseClient
from moto.backup.models import backup_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from sandbox import backup, kms, s3
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from tests.sandbox.backup.asking import ACCOUNT, BUCKET, TRUST, VAULT, Aws
from tests.sandbox.parts import EAST, WEST, client, running


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder: Path = tmp_path_factory.mktemp("backup")
    with running(folder, kms, backup, s3) as lab:
        yield lab


@pytest.fixture(scope="package")
def aws(served: Lab) -> Aws:
    """Clients of the sandbox, each made once."""
    made: dict[tuple[str, str], BaseClient] = {}

    def get(service: str, region: str = EAST) -> BaseClient:
        return made.setdefault((service, region), client(served, service, region))

    return get


@pytest.fixture(scope="package")
def keys(aws: Aws) -> dict[str, str]:
    """The ARN of a key in each region; they outlive a test, because making one takes longer than most tests."""
    return {region: aws("kms", region).create_key()["KeyMetadata"]["Arn"] for region in (EAST, WEST)}


@pytest.fixture(autouse=True)
def lab(served: Lab, aws: Aws, keys: dict[str, str]) -> Iterator[Lab]:
    """A role, a vault with a key of its own in each region, and a bucket with one object."""
    aws("iam").create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(TRUST))
    for region, key in keys.items():
        aws("kms", region).enable_key(KeyId=key)
        aws("backup", region).create_backup_vault(BackupVaultName=VAULT, EncryptionKeyArn=key)
    aws("s3").create_bucket(Bucket=BUCKET)
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    aws("s3").put_object(Bucket=BUCKET, Key="a.jpg", Body=b"before", ContentType="image/jpeg", Tagging="kind=photo")
    yield served
    for region in (EAST, WEST):
        served.regions.heal_region(region)
    with one_at_a_time:
        s3_backends[ACCOUNT]["aws"].reset()
        for service in (backup_backends, cloudwatch_backends, events_backends, iam_backends, rds_backends, sns_backends, sqs_backends):
            service.clear()


@pytest.fixture
def database(aws: Aws, keys: dict[str, str]) -> str:
    """An instance of moto's own RDS, which is enough to see what AWS Backup asks of RDS."""
    aws("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        DBInstanceClass="db.t4g.medium",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="secret-enough",
        StorageEncrypted=True,
        KmsKeyId=keys[EAST],
    )
    return f"arn:aws:rds:{EAST}:{ACCOUNT}:db:orders"
