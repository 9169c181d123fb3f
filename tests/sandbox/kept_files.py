"""A shop whose files are backed up on demand: its buckets, and the commands as an operator types them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.client import BaseClient
from moto.s3.models import s3_backends

from names import Names
from runbooks.clock import RealClock
from runbooks.files import kept
from runbooks.reach import Reach
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from tests.commands import Command, operator
from tests.sandbox.parts import EAST, WEST, client
from tests.sandbox.s3.buckets import make_bucket

COMMAND = ("backup", "--target", "files", "--kind", "uploads")


@dataclass
class Files:
    """The uploads of one sandbox: made in the active region, kept in the other."""

    lab: Lab
    names: Names
    reach: Reach
    folder: Path

    @property
    def source(self) -> str:
        return self.names.file_bucket("uploads", EAST)

    @property
    def bucket(self) -> str:
        return self.names.file_backups_bucket(WEST)

    def put(self, **objects: bytes) -> None:
        self.write({key.replace("_", "/"): body for key, body in objects.items()})

    def write(self, objects: dict[str, bytes], **more: object) -> None:
        for key, body in objects.items():
            client(self.lab, "s3").put_object(Bucket=self.source, Key=key, Body=body, **more)

    def fill(self, objects: dict[str, bytes]) -> None:
        """Write many, past the API and its ten milliseconds each."""
        backend = s3_backends[self.lab.settings.account]["aws"]
        with one_at_a_time:
            for key, body in objects.items():
                backend.put_object(self.source, key, body)

    def delete(self, *keys: str) -> None:
        for key in keys:
            client(self.lab, "s3").delete_object(Bucket=self.source, Key=key)

    def there(self) -> dict[str, bytes]:
        """What an application would read now, whatever the list of versions says."""
        bucket = s3_backends[self.lab.settings.account]["aws"].buckets[self.source]
        return {name: key.value for name, key in bucket.keys.items() if hasattr(key, "value")}

    def command(self, *words: str, of: tuple[str, ...] = COMMAND) -> Command:
        state = str(self.folder / "state")
        environ = operator(self.lab.endpoint, self.lab.root / "Pulumi.sandbox.yaml", TMPDIR=str(self.folder), XDG_STATE_HOME=state)
        return Command((*of, *words), environ)

    def invoke(self, *words: str) -> tuple[int, str, str]:
        ended = self.command(*words).ends()
        return ended.code, ended.out, ended.err

    def backup(self, kind: str, *argv: str, code: int = 0) -> dict[str, Any]:
        """Make a backup in a second of its own, by which it is named, and return what the command says of it."""
        time.sleep(1.01 - time.time() % 1)
        ended, out, err = self.invoke("--type", kind, "--json", *argv)
        assert (ended, bool(out)) == (code, True), err
        [made] = json.loads(out)
        found: dict[str, Any] = made
        return found

    def kept(self, moment: datetime | None = None) -> dict[str, bytes]:
        """The bytes of every copy, read by the version that the backup says."""
        west = client(self.lab, "s3", WEST)
        found = kept.kept_at(self.reach, "uploads", moment)
        return {each.key: west.get_object(Bucket=each.bucket, Key=each.copy, VersionId=each.version)["Body"].read() for each in found}

    def lists(self) -> list[str]:
        found = client(self.lab, "s3", WEST).list_objects_v2(Bucket=self.bucket, Prefix="backups/").get("Contents", [])
        return [entry["Key"] for entry in found]

    def tampered(self, key: str, change: Callable[[bytes], bytes], *, checksum_fits: bool = True) -> None:
        """Alter the newest version in place, as no API lets anybody; S3's own checksum is gone unless it is left not to fit."""
        stored = s3_backends[self.lab.settings.account]["aws"].buckets[self.bucket].keys[key]
        stored.value = change(stored.value)
        if not checksum_fits:
            return
        stored.checksum_value = stored.checksum_algorithm = None

    def lost(self, key: str) -> None:
        del s3_backends[self.lab.settings.account]["aws"].buckets[self.bucket].keys[key]


def prepared(lab: Lab, folder: Path) -> Files:
    """Make what the program and the owner would have made."""
    names = Names(lab.settings)
    for region in (EAST, WEST):
        keys = client(lab, "kms", region)
        for purpose, spec in {"data": {}, "signing": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}}.items():
            made = keys.create_key(**spec)["KeyMetadata"]["KeyId"]
            keys.create_alias(AliasName=names.key_alias(purpose), TargetKeyId=made)
        api = client(lab, "s3", region)
        make_bucket(api, names.file_backups_bucket(region), locked=True)
        _locked_and_encrypted(api, names, region)
        make_bucket(api, names.inventory_bucket(region))
        make_bucket(api, names.file_bucket("uploads", region))
    return Files(lab, names, Reach(names, RealClock()), folder)


def _locked_and_encrypted(api: BaseClient, names: Names, region: str) -> None:
    bucket = names.file_backups_bucket(region)
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": names.key_alias("data")}}
    api.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [default]})
    retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 120}}}
    api.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=retention)


def made_at(made: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(made["manifest"]["created"]).astimezone(UTC)
