"""Lists as S3 Inventory delivers them: set up by a program, delivered when somebody says so."""

import csv
import gzip
import hashlib
import json
from pathlib import Path

import pytest
from botocore.client import BaseClient

from sandbox.client import Client
from sandbox.clients import Clients
from sandbox.deploy import program
from sandbox.deploy.deployment import Creator
from sandbox.lab import Lab
from tests.sandbox.parts import EAST
from tests.sandbox.s3.buckets import make_bucket

PROGRAM = """
import pulumi_aws as aws
into = {"bucket_arn": "arn:aws:s3:::lists", "account_id": "123456789012", "format": "CSV", "encryption": {"sse_kms": {"key_id": "key"}}}
aws.s3.Inventory("media", bucket="media", name="daily", included_object_versions="All", schedule={"frequency": "Daily"},
    optional_fields=["Size", "ETag", "ReplicationStatus", "EncryptionStatus"], destination={"bucket": into})
"""


@pytest.fixture
def declared(lab: Lab, east: BaseClient, tmp_path: Path) -> Lab:
    make_bucket(east, "media")
    make_bucket(east, "lists")
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: us-east-1\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    program.run(tmp_path / "Pulumi.dev.yaml", Creator(Clients(lab.endpoint), EAST, lambda _: None), tmp_path)
    return lab


def read(east: BaseClient, key: str) -> bytes:
    body: bytes = east.get_object(Bucket="lists", Key=key)["Body"].read()
    return body


def test_a_declared_list_is_delivered_as_s3_lays_it(declared: Lab, east: BaseClient) -> None:
    """Every version and delete marker under an encoded key, in files whose MD5s the manifest names, and the manifest's own beside it."""
    east.put_object(Bucket="media", Key="ä b/1", Body=b"old")
    east.put_object(Bucket="media", Key="ä b/1", Body=b"newer")
    east.delete_object(Bucket="media", Key="ä b/1")
    [where] = Client(declared.endpoint).deliver_inventories("2026-11-22T10:00:00+00:00")
    assert where == "s3://lists/media/daily/2026-11-22T10-00Z/manifest.json"
    body = read(east, "media/daily/2026-11-22T10-00Z/manifest.json")
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    assert read(east, "media/daily/2026-11-22T10-00Z/manifest.checksum").decode() == md5
    manifest = json.loads(body)
    assert (manifest["sourceBucket"], manifest["fileFormat"], manifest["creationTimestamp"]) == ("media", "CSV", "1795341600000")
    fields, rows = manifest["fileSchema"].split(", "), []
    for file in manifest["files"]:
        packed = read(east, file["key"])
        assert (len(packed), hashlib.md5(packed, usedforsecurity=False).hexdigest()) == (file["size"], file["MD5checksum"])
        rows += [dict(zip(fields, row, strict=True)) for row in csv.reader(gzip.decompress(packed).decode().splitlines())]
    assert {row["Key"] for row in rows} == {"%C3%A4+b/1"}
    told = sorted((row["IsLatest"], row["IsDeleteMarker"], row["Size"], row["EncryptionStatus"]) for row in rows)
    assert told == [("false", "false", "3", "SSE-S3"), ("false", "false", "5", "SSE-S3"), ("true", "true", "", "")]


def test_a_dark_region_delivers_nothing(declared: Lab) -> None:
    """Its lists are those of before."""
    declared.regions.break_region(EAST, "refuse")
    assert Client(declared.endpoint).deliver_inventories() == []
