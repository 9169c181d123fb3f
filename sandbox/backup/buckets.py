"""S3 in AWS Backup: every version of every object, its bytes and its properties, as they were when the job began."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends

from sandbox.backup.records import Order, Saved
from sandbox.emulator import one_at_a_time
from sandbox.kms import find_key


@dataclass(frozen=True, slots=True)
class SavedObject:
    """One version of one object; ``is_latest`` marks the one that a listing shows."""

    key: str
    body: bytes
    metadata: Mapping[str, str]
    tags: Mapping[str, str]
    storage_class: str | None
    is_latest: bool


@dataclass(slots=True)
class SavedBucket:
    """Objects in the order in which their versions were written."""

    bucket: str
    objects: tuple[SavedObject, ...]


class BucketKind:
    """S3 buckets of one account."""

    name = "S3"
    can_stop = True
    needs_metadata = "DestinationBucketName"
    takes: tuple[str, ...] = ("EncryptionType", "KMSKey", "ItemsToRestore", "RestoreACLs")

    def __init__(self, account: str, wanted: Callable[[], None]) -> None:
        self._account, self._wanted = account, wanted

    def resource_name(self, resource_arn: str, region: str) -> str | None:
        bucket = self._s3.buckets.get(_bucket_name(resource_arn))
        return bucket.name if bucket is not None and bucket.region_name == region else None

    def save(self, resource_arn: str, order: Order) -> Saved:
        """Raise RuntimeError when the bucket has no versioning, without which AWS Backup does not back it up."""
        with one_at_a_time:
            bucket = self._s3.buckets[_bucket_name(resource_arn)]
            if not bucket.is_versioned:
                raise RuntimeError(f"Versioning is not enabled on bucket {bucket.name}")
            contents = SavedBucket(bucket.name, tuple(self._objects(bucket)))
        self._wanted()
        return self._saved(contents, order)

    def copy(self, saved: Saved, order: Order) -> Saved:
        return self._saved(_contents(saved), order)

    def delete(self, saved: Saved) -> None:
        """Nothing else holds it."""

    def restore_metadata(self, saved: Saved) -> dict[str, str]:
        return {"SourceBucketName": _contents(saved).bucket, "Encrypted": "true", "EncryptionType": "original", "NewBucket": "false"}

    def restore(self, saved: Saved, region: str, metadata: Mapping[str, str]) -> str:
        """Write the latest versions into ``DestinationBucketName``, made first when ``NewBucket`` is "true"; a key that is there is passed
        over, and one under a delete marker is not there.

        ``ItemsToRestore``, a JSON list of up to five keys or folders that end in a slash, restores only these.
        """
        contents = _contents(saved)
        with one_at_a_time:
            bucket = self._destination(metadata, region)
            encryption = self._encryption(bucket, metadata)
            chosen = [item for item in _chosen(contents, metadata) if not isinstance(bucket.keys.get(item.key), FakeKey)]
        for item in chosen:
            with one_at_a_time:
                written = self._s3.put_object(bucket.name, item.key, item.body, encryption=encryption[0], kms_key_id=encryption[1])
                written.set_metadata(dict(item.metadata))
                self._s3.put_object_tagging(written, dict(item.tags))
            self._wanted()
        return f"arn:aws:s3:::{bucket.name}"

    def as_test(self, name: str) -> dict[str, str]:
        return {"DestinationBucketName": name, "NewBucket": "true"}

    def clear_away(self, resource_arn: str) -> None:
        with one_at_a_time:
            self._s3.buckets.pop(_bucket_name(resource_arn), None)

    def damage(self, saved: Saved, how: str) -> None:
        """``flipped``: the first byte of each object is another. ``shortened``: the first object is not there any more."""
        contents = _contents(saved)
        objects = {
            "flipped": [replace(each, body=bytes([each.body[0] ^ 1]) + each.body[1:]) if each.body else each for each in contents.objects],
            "shortened": list(contents.objects[1:]),
        }
        if how not in objects:
            raise ValueError("a bucket's backup can be flipped or shortened")
        contents.objects = tuple(objects[how])

    def _saved(self, contents: SavedBucket, order: Order) -> Saved:
        """Give the recovery point an ARN of AWS Backup's own, in the form that it has for buckets."""
        moment, suffix = datetime.now(UTC).strftime("%Y%m%d%H%M%S"), hashlib.sha256(order.job_id.encode()).hexdigest()[:8]
        arn = f"arn:aws:backup:{order.region}:{self._account}:recovery-point:{contents.bucket}-{moment}-{suffix}"
        return Saved(arn, sum(len(item.body) for item in contents.objects), order.key, contents)

    def _destination(self, metadata: Mapping[str, str], region: str) -> FakeBucket:
        name = metadata["DestinationBucketName"]
        if metadata.get("NewBucket", "false").lower() == "true":
            made = self._s3.create_bucket(name, region)
            self._s3.put_bucket_versioning(name, "Enabled")
            return made
        bucket = self._s3.buckets.get(name)
        if bucket is None or bucket.region_name != region:
            raise RuntimeError(f"Bucket {name} does not exist in {region}")
        if not bucket.is_versioned:
            raise RuntimeError(f"Versioning is not enabled on bucket {name}")
        return bucket

    def _encryption(self, bucket: FakeBucket, metadata: Mapping[str, str]) -> tuple[str | None, str | None]:
        """Return how objects are encrypted; raise RuntimeError when the key that is named cannot encrypt."""
        match metadata.get("EncryptionType", "original"):
            case "SSE-KMS" if key_id := metadata.get("KMSKey"):
                key = find_key(self._account, bucket.region_name, key_id)
                if key is None or key.key_state != "Enabled":
                    raise RuntimeError(f"No objects were restored to {bucket.name}: the key {key_id} cannot be used")
                return "aws:kms", key_id
            case "SSE-KMS":
                return "aws:kms", None
            case "SSE-S3":
                return "AES256", None
        return None, None

    def _objects(self, bucket: FakeBucket) -> list[SavedObject]:
        return [
            SavedObject(
                key=version.name,
                body=version.value,
                metadata=dict(version.metadata),
                tags=self._s3.tagger.get_tag_dict_for_resource(version.arn),
                storage_class=version.storage_class,
                is_latest=version is versions[-1],
            )
            for _, versions in _keys(bucket)
            for version in versions
            if isinstance(version, FakeKey)
        ]

    @property
    def _s3(self) -> S3Backend:
        return s3_backends[self._account]["aws"]


def _keys(bucket: FakeBucket) -> list[tuple[str, list[Any]]]:
    return list(bucket.keys._iterlists())


def _chosen(contents: SavedBucket, metadata: Mapping[str, str]) -> list[SavedObject]:
    latest = [item for item in contents.objects if item.is_latest]
    wanted = json.loads(metadata.get("ItemsToRestore", "[]"))
    if not wanted:
        return latest
    return [item for item in latest if any(item.key == name or (name.endswith("/") and item.key.startswith(name)) for name in wanted)]


def _contents(saved: Saved) -> SavedBucket:
    return cast(SavedBucket, saved.contents)


def _bucket_name(resource_arn: str) -> str:
    return resource_arn.rpartition(":")[2]
