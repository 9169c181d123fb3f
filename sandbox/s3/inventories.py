"""S3 Inventory's delivery: a bucket's versions as gzipped CSV, with a manifest and its checksum, laid out as AWS lays them.

Nothing happens daily here: whoever plays says when, with POST /sandbox/inventories {"created": "2026-11-22T10:00:00Z"} (default: now).
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus
from uuid import uuid4

from moto.s3.models import FakeBucket, FakeBucketInventoryConfiguration, FakeDeleteMarker, FakeKey, s3_backends

from sandbox.control import Document, Refused
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from sandbox.s3.rules import bucket_of

if TYPE_CHECKING:
    from sandbox.s3.models import LabS3Backend

ALWAYS = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker")
FILES = 2
"""Each list comes in so many files, with its rows in no order: S3 promises none."""

ENCRYPTED = {"aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"}
"""Anything else is SSE-S3: S3 has encrypted all that was written since 2023."""


def answer(lab: Lab, method: str, document: Document) -> object:
    """Deliver every list of every lit region and return where the manifests are."""
    if method != "POST":
        raise Refused("POST inventories")
    created = datetime.fromisoformat(str(document["created"])) if "created" in document else datetime.now(UTC)
    backend = cast("LabS3Backend", s3_backends[lab.settings.account]["aws"])
    with one_at_a_time:
        return {"manifests": [_deliver(backend, *each, created) for each in _configured(lab, backend)]}


def _configured(lab: Lab, backend: "LabS3Backend") -> Iterator[tuple[FakeBucket, FakeBucketInventoryConfiguration]]:
    for bucket in list(backend.buckets.values()):
        for configuration in bucket.inventory_configs.values():
            if str(configuration.is_enabled).lower() == "true" and not lab.regions.outage(bucket.region_name):
                yield bucket, configuration


def _deliver(backend: "LabS3Backend", bucket: FakeBucket, configuration: FakeBucketInventoryConfiguration, created: datetime) -> str:
    into = configuration.destination["S3BucketDestination"]
    destination, prefix = bucket_of(into["Bucket"]), f"{into['Prefix']}/" if into.get("Prefix") else ""
    fields = (*ALWAYS, *_optional(configuration))
    rows = [_row(backend, bucket, version, latest, fields) for version, latest in _versions(bucket)]
    place = f"{prefix}{bucket.name}/{configuration.id}"
    files = []
    for number in range(min(FILES, len(rows))):
        body = gzip.compress("".join(rows[::-1][number::FILES]).encode())
        key = f"{place}/data/{uuid4()}.csv.gz"
        backend.put_object(destination, key, body)
        files.append({"key": key, "size": len(body), "MD5checksum": _md5(body)})
    manifest = {
        "sourceBucket": bucket.name,
        "destinationBucket": f"arn:aws:s3:::{destination}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(created.timestamp() * 1000)),
        "fileFormat": "CSV",
        "fileSchema": ", ".join(fields),
        "files": files,
    }
    body, folder = json.dumps(manifest).encode(), f"{place}/{created:%Y-%m-%dT%H-%MZ}"
    backend.put_object(destination, f"{folder}/manifest.json", body)
    backend.put_object(destination, f"{folder}/manifest.checksum", _md5(body).encode())
    return f"s3://{destination}/{folder}/manifest.json"


def _optional(configuration: FakeBucketInventoryConfiguration) -> list[str]:
    """Return the optional fields, which moto keeps as they came: a list, one word, or both within their XML element."""
    found: Any = configuration.optional_fields or []
    found = found.get("Field", []) if isinstance(found, dict) else found
    return [found] if isinstance(found, str) else list(found)


def _versions(bucket: FakeBucket) -> Iterator[tuple[FakeKey | FakeDeleteMarker, bool]]:
    for name in bucket.keys:
        versions = bucket.keys.getlist(name)
        yield from ((version, version is versions[-1]) for version in versions)


def _row(backend: "LabS3Backend", bucket: FakeBucket, version: FakeKey | FakeDeleteMarker, latest: bool, fields: tuple[str, ...]) -> str:
    told = {
        "Bucket": bucket.name,
        "Key": quote_plus(version.name, safe="/*-._"),
        "VersionId": version.version_id,
        "IsLatest": str(latest).lower(),
        "IsDeleteMarker": str(isinstance(version, FakeDeleteMarker)).lower(),
        "LastModifiedDate": f"{version.last_modified:%Y-%m-%dT%H:%M:%S}.000Z",
        "ReplicationStatus": backend.replicator.status((bucket.name, version.name, version.version_id)) or "",
    }
    if isinstance(version, FakeKey):
        told |= _of_an_object(version)
    return ",".join(f'"{told.get(field, "")}"' for field in fields) + "\n"


def _of_an_object(key: FakeKey) -> dict[str, str]:
    etag = key.etag.strip('"')
    return {
        "Size": str(key.size),
        "StorageClass": str(key.storage_class),
        "ETag": etag,
        "IsMultipartUploaded": str("-" in etag).lower(),
        "EncryptionStatus": ENCRYPTED.get(key.encryption or "", "SSE-S3"),
        "ObjectLockRetainUntilDate": str(key.lock_until or ""),
        "ObjectLockMode": str(key.lock_mode or ""),
        "ObjectLockLegalHoldStatus": str(key.lock_legal_status or ""),
        "BucketKeyStatus": "ENABLED" if str(key.bucket_key_enabled).lower() == "true" else "DISABLED",
        "ChecksumAlgorithm": str(key.checksum_algorithm or ""),
    }


def _md5(body: bytes) -> str:
    return md5(body, usedforsecurity=False).hexdigest()
