"""A shop whose files are to be brought back: two regions' media, replicated, and an operator with the real commands."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey, s3_backends

from names import Names
from sandbox.client import Client
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from tests.commands import Command, operator
from tests.sandbox.parts import EAST, WEST, client, until
from tests.sandbox.s3.buckets import make_bucket, replicate, rule


@dataclass
class Shop:
    """``well`` is the last moment at which all was well."""

    lab: Lab
    names: Names
    home: Path
    well: datetime = field(default_factory=lambda: datetime.now(UTC))

    def bucket(self, region: str = EAST) -> str:
        return self.names.file_bucket("media", region)

    def put(self, key: str, body: bytes, region: str = EAST, **more: object) -> None:
        client(self.lab, "s3", region).put_object(Bucket=self.bucket(region), Key=key, Body=body, **more)

    def fill(self, objects: Mapping[str, bytes], storage: str | None = None) -> None:
        """Write many, past the API and its ten milliseconds each."""
        with one_at_a_time:
            for key, body in objects.items():
                s3_backends[self.lab.settings.account]["aws"].put_object(self.bucket(), key, body, storage=storage)

    def delete(self, *keys: str) -> None:
        for key in keys:
            client(self.lab, "s3").delete_object(Bucket=self.bucket(), Key=key)

    def contents(self, prefix: str = "", region: str = EAST) -> dict[str, bytes]:
        """What an application reads now; the bucket itself is asked, which is quicker than a request for each."""
        with one_at_a_time:
            found = self._keys(self.bucket(region)).items()
            return {name: key.value for name, key in found if isinstance(key, FakeKey) and name.startswith(prefix)}

    def versions(self, prefix: str = "") -> int:
        """Count versions, delete markers aside."""
        keys = self._keys(self.bucket())
        found = (version for name in list(keys) if name.startswith(prefix) for version in keys.getlist(name))
        return sum(isinstance(version, FakeKey) for version in found)

    def _keys(self, bucket: str) -> Any:  # noqa: ANN401 - moto's store of versions
        return s3_backends[self.lab.settings.account]["aws"].buckets[bucket].keys

    def replicated(self) -> None:
        until(lambda: self.contents(region=WEST) == self.contents())

    def all_is_well(self) -> dict[str, bytes]:
        """Let a second pass, so that what comes now comes after it; return what there is."""
        time.sleep(1.01 - time.time() % 1)
        self.well = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
        return self.contents()

    @property
    def at(self) -> str:
        return f"{self.well:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def beside(self) -> str:
        return f"restored/{self.well:%Y%m%dT%H%M%SZ}/"

    def environment(self) -> dict[str, str]:
        return operator(self.lab.endpoint, self.lab.root / "Pulumi.sandbox.yaml", XDG_STATE_HOME=str(self.home), COLUMNS="1000")

    def begins(self, *words: str) -> Command:
        return Command(("restore", "--target", "files", *words), self.environment())

    def ends(self, *words: str) -> tuple[int, str, str]:
        ended = self.begins(*words).ends()
        return ended.code, ended.out, ended.err

    def restores(self, *words: str) -> tuple[int, str, str]:
        return self.ends("--kind", "media", *words)

    def put_back(self, *words: str) -> str:
        code, out, err = self.restores("--at", self.at, "--replace", "--yes", self.bucket(), *words)
        assert code == 0, err
        return out

    def refused(self, *words: str) -> tuple[str, str]:
        """Return what the command says is wrong, and its way out."""
        code, _, err = self.restores(*words)
        found = re.fullmatch(r"Error: (.+)\nTry: (.+)\n", err)
        assert found, err
        assert code == 1
        return found[1], found[2]

    def dies(self, process: Command, **at: object) -> None:
        """Kill *process* once a request like *at* was carried out and never answered."""
        asked = Client(self.lab.endpoint)
        since = asked.requests()[-1]["seq"]
        asked.fault("swallow", times=1, **at)
        until(lambda: process.poll() is not None or any(each["fault"] == "swallow" for each in asked.requests(since)), within=60)
        assert process.poll() is None, process.ends()
        process.kill()
        asked.clear_faults()

    def records(self) -> list[dict[str, Any]]:
        """The records of the newest restore, as the journal bucket holds them."""
        keys = self._keys(self.names.journal_bucket(WEST))
        names = sorted(name for name in list(keys) if name.startswith("runs/") and "-restore-files-" in name)
        newest = names[-1].rpartition("/")[0]
        return [json.loads(keys[name].value) for name in names if name.startswith(newest)]

    def facts(self, step: str) -> dict[str, Any]:
        [found] = [each["facts"] for each in self.records() if each["step"] == step and each["kind"] == "step-finished"]
        return dict(found)


def opened(lab: Lab, home: Path) -> Shop:
    """Make what the program and the owner would have made."""
    made = Shop(lab, Names(lab.settings), home)
    for region in (EAST, WEST):
        key = client(lab, "kms", region).create_key()["KeyMetadata"]["KeyId"]
        client(lab, "kms", region).create_alias(AliasName=made.names.key_alias("data"), TargetKeyId=key)
        ours = (made.names.journal_bucket(region), made.names.landing_bucket(region), made.names.file_backups_bucket(region))
        for bucket in (made.bucket(region), *ours):
            make_bucket(client(lab, "s3", region), bucket)
        client(lab, "sns", region).create_topic(Name=made.names.topic)
    replicate(client(lab, "s3"), made.bucket(EAST), rule(made.bucket(WEST)))
    return made
