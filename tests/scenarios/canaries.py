"""The secrets that a stage holds, and everything written while it stood: none may be found in any of it."""

import json
from collections.abc import Iterator
from typing import Any

from names import Names
from tests.scenarios.stage import EAST, WEST, Stage


def search(stage: Stage) -> list[str]:
    """Return where a secret of *stage* is in clear: in what operators were told or kept, in logs, or in any object of any bucket."""
    secrets = planted(stage)
    found = [where for where, text in (*_files(stage), *_objects(stage)) if any(secret in text for secret in secrets.values())]
    assert secrets.keys() == {"database", "docker hub", "parameter"}
    return found


def planted(stage: Stage) -> dict[str, bytes]:
    names, secrets = Names(stage.chosen), stage.clients("secretsmanager", EAST)

    def value(name: str) -> dict[str, Any]:
        return dict(json.loads(secrets.get_secret_value(SecretId=name)["SecretString"]))

    [path] = stage.chosen.application.parameters
    parameters = stage.clients("ssm", EAST).get_parameters_by_path(Path=path, Recursive=True, WithDecryption=True)["Parameters"]
    [sealed] = [each["Value"] for each in parameters if each["Type"] == "SecureString"]
    return {
        "database": value(names.database_secret)["password"].encode(),
        "docker hub": value(names.docker_hub_secret)["accessToken"].encode(),
        "parameter": sealed.encode(),
    }


def _files(stage: Stage) -> Iterator[tuple[str, bytes]]:
    root = stage.sandbox.root
    for file in (*root.glob("*.log"), *root.glob("*.jsonl"), *(root / "operators").rglob("*")):
        if file.is_file():
            yield str(file.relative_to(root)), file.read_bytes()


def _objects(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Yield every version of every object, with its key: what is deleted was written, too."""
    for region in (EAST, WEST):
        s3 = stage.clients("s3", region)
        for bucket in [each["Name"] for each in s3.list_buckets()["Buckets"] if each["Name"].endswith(region)]:
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for each in page.get("Versions", []):
                    body = s3.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
                    yield f"s3://{bucket}/{each['Key']}", body
