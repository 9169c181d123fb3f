"""A shop whose application is kept: its repository, its image, its packages, its AWS, and the commands as an operator types them."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from moto.s3.models import s3_backends

from names import Names
from sandbox.lab import Lab
from settings import load
from tests.commands import Command, operator
from tests.sandbox.indexes import Packages, index
from tests.sandbox.parts import EAST, WEST, client, emptied
from tests.sandbox.registries import PASSWORD, USER, Hub, layer, registry
from tests.sandbox.repositories import make_repository, served
from tests.sandbox.s3.buckets import make_bucket, replicate, rule

TOKEN = "ghp_only-the-environment-knows"
PAYMENT_KEY = "sk_live_" + "never in clear " * 300
SHOP = "solemate/storefront"
MAIN = "refs/heads/main"


@dataclass
class Shop:
    """What is kept, where, and everything that a command has said so far."""

    lab: Lab
    names: Names
    config: Path
    source: Path
    folder: Path
    hub: Hub
    offered: Packages
    said: list[str] = field(default_factory=list)

    def command(self, *words: str) -> Command:
        environ = operator(self.lab.endpoint, self.config, TMPDIR=str(self.folder))
        return Command((*words, "--target", "application"), environ)

    def invoke(self, *words: str) -> tuple[int, str, str]:
        ended = self.command(*words).ends()
        self.said += [ended.out, ended.err]
        return ended.code, ended.out, ended.err

    def backup(self, kind: str) -> dict[str, Any]:
        self.next_second()
        code, out, err = self.invoke("backup", "--type", kind, "--json")
        assert code == 0, err
        made: dict[str, Any] = json.loads(out)
        return made

    def restored(self, at: str, to: str) -> Path:
        code, _, err = self.invoke("restore", "--at", at, "--to", str(self.folder / to))
        assert code == 0, err
        return self.folder / to

    def stored(self) -> list[str]:
        found = client(self.lab, "s3").list_objects_v2(Bucket=self.names.artifacts_bucket(EAST)).get("Contents", [])
        return [entry["Key"] for entry in found]

    def next_second(self) -> None:
        """Backups are named by their second."""
        time.sleep(1.01 - time.time() % 1)


@contextmanager
def kept_shop(serving: Lab, folder: Path, commits: int) -> Iterator[Shop]:
    """Run a shop with a repository of that many commits and an image of three layers."""
    lab = emptied(serving)
    source = folder / "github" / f"{SHOP}.git"
    make_repository(source, commits)
    with served(folder / "github", TOKEN) as address, registry() as hub, index() as offered:
        hub.push(SHOP, "1", layer(1), layer(2), layer(3))
        config = configured(lab, folder, gitHub=address, dockerHub=hub.site.address, pythonIndex=offered.simple)
        names = Names(load(config))
        prepare(lab, names)
        yield Shop(lab, names, config, source, folder, hub, offered)


def configured(lab: Lab, folder: Path, **places: str) -> Path:
    document = yaml.safe_load((lab.root / "Pulumi.sandbox.yaml").read_text(encoding="utf-8"))
    document["config"]["solemate-dr:application"] |= places
    file = folder / "Pulumi.sandbox.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def prepare(lab: Lab, names: Names) -> None:
    """Make what the program and the owner would have made."""
    for region in (EAST, WEST):
        keys = client(lab, "kms", region)
        for purpose, kind in {"data": {}, "signing": {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}}.items():
            made = keys.create_key(**kind)["KeyMetadata"]["KeyId"]
            keys.create_alias(AliasName=names.key_alias(purpose), TargetKeyId=made)
        make_bucket(client(lab, "s3", region), names.artifacts_bucket(region), locked=True)
    for here, there in ((EAST, WEST), (WEST, EAST)):
        replicate(client(lab, "s3", here), names.artifacts_bucket(here), rule(names.artifacts_bucket(there)))
    token = json.dumps({"ServerType": "GITHUB", "AuthType": "PERSONAL_ACCESS_TOKEN", "Token": TOKEN})
    client(lab, "secretsmanager").create_secret(Name=names.git_secret, SecretString=token)
    hub = json.dumps({"username": USER, "accessToken": PASSWORD})
    client(lab, "secretsmanager").create_secret(Name=names.docker_hub_secret, SecretString=hub)
    client(lab, "ssm").put_parameter(Name="/solemate/sandbox/currency", Value="EUR", Type="String")
    client(lab, "ssm").put_parameter(Name="/solemate/sandbox/payment/key", Value=PAYMENT_KEY, Type="SecureString", Tier="Advanced")
    run_storefront(lab, names, "v1")


def run_storefront(lab: Lab, names: Names, theme: str) -> None:
    ecs = client(lab, "ecs")
    container = {
        "name": names.service,
        "image": "solemate/storefront:1",
        "environment": [{"name": "THEME", "value": theme}],
        "secrets": [{"name": "PAYMENT_KEY", "valueFrom": "/solemate/sandbox/payment/key"}],
        "memory": 128,
    }
    arn = ecs.register_task_definition(family=names.service, containerDefinitions=[container])["taskDefinition"]["taskDefinitionArn"]
    if not ecs.list_clusters()["clusterArns"]:
        ecs.create_cluster(clusterName=names.cluster)
        ecs.create_service(cluster=names.cluster, serviceName=names.service, taskDefinition=arn, desiredCount=0)
    else:
        ecs.update_service(cluster=names.cluster, service=names.service, taskDefinition=arn)


def tampered(shop: Shop, key: str, body: bytes) -> None:
    """Alter the newest version in place, as no API lets anybody, and S3's own checksum with it."""
    stored = s3_backends["123456789012"]["aws"].buckets[shop.names.artifacts_bucket(EAST)].keys[key]
    stored.value, stored.checksum_value, stored.checksum_algorithm = body, None, None
