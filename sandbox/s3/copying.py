"""Copies one version of an object, or one delete marker, into the bucket that a rule names."""

from typing import TYPE_CHECKING

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey

from sandbox.kms import find_key
from sandbox.s3.rules import Rule

if TYPE_CHECKING:
    from sandbox.s3.models import LabS3Backend

KMS = "aws:kms"


class CannotReplicate(Exception):
    """The destination does not take the copy; S3 marks the source FAILED and does not try again."""


def copy_version(backend: "LabS3Backend", source: FakeKey | FakeDeleteMarker, rule: Rule) -> bool:
    """Put *source* into *rule*'s destination under its own version id and time; repeat to carry later tags and locks.

    Return whether the version is new there. Raises :class:`CannotReplicate`.
    """
    bucket = backend.buckets.get(rule.destination)
    if bucket is None or not bucket.is_versioned:
        raise CannotReplicate(f"{rule.destination} does not exist or has no versioning")
    existing = backend.find_version(bucket.name, source.name, source.version_id)
    if isinstance(source, FakeKey):
        replica = existing if isinstance(existing, FakeKey) else _replica(source, bucket, rule)
        _carry_properties(backend, source, replica, bucket)
        _insert(bucket, replica)
    else:
        _insert(bucket, _marker(source))
    return existing is None


def _replica(source: FakeKey, bucket: FakeBucket, rule: Rule) -> FakeKey:
    encryption, key_id = _encryption(source, bucket, rule)
    replica = FakeKey(
        name=source.name,
        value=source.value,
        account_id=source.account_id,
        region_name=bucket.region_name,
        storage=rule.storage_class or source.storage_class,
        etag=source.etag.strip('"'),
        is_versioned=True,
        version_id=source.version_id,
        bucket_name=bucket.name,
        encryption=encryption,
        kms_key_id=key_id,
        checksum_value=source.checksum_value,
        checksum_type=source.checksum_type,
        checksum_parts=source.checksum_parts,
    )
    replica.last_modified = source.last_modified
    replica.checksum_algorithm = source.checksum_algorithm
    replica.set_metadata(dict(source.metadata))
    if bucket.has_default_lock and not source.lock_mode:
        replica.lock_mode, replica.lock_until = bucket.default_lock_mode, bucket.default_retention()
    return replica


def _encryption(source: FakeKey, bucket: FakeBucket, rule: Rule) -> tuple[str | None, str | None]:
    """The replica's encryption: *rule*'s key for objects under SSE-KMS, else the source's, else the destination's default."""
    if source.encryption == KMS:
        _check_key(bucket, rule.replica_key)
        return KMS, rule.replica_key
    if source.encryption or not bucket.encryption:
        return source.encryption, None
    default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
    return default["SSEAlgorithm"], default.get("KMSMasterKeyID")


def _check_key(bucket: FakeBucket, key_id: str | None) -> None:
    key = find_key(bucket.account_id, bucket.region_name, key_id) if key_id else None
    if key is None or key.key_state != "Enabled":
        raise CannotReplicate(f"the key {key_id} in {bucket.region_name} cannot encrypt replicas")


def _carry_properties(backend: "LabS3Backend", source: FakeKey, replica: FakeKey, bucket: FakeBucket) -> None:
    """Tags, access and locks may change after the object was written, and follow it."""
    replica.acl = source.acl
    if bucket.object_lock_enabled and source.lock_mode:
        replica.lock_mode, replica.lock_until = source.lock_mode, source.lock_until
    replica.lock_legal_status = source.lock_legal_status
    backend.tagger.delete_all_tags_for_resource(replica.arn)
    backend.tagger.copy_tags(source.arn, replica.arn)


def _marker(source: FakeDeleteMarker) -> FakeDeleteMarker:
    marker = FakeDeleteMarker(source.key)
    marker.last_modified = source.last_modified
    marker._version_id = source.version_id
    return marker


def _insert(bucket: FakeBucket, version: FakeKey | FakeDeleteMarker) -> None:
    """Add *version* where its time belongs, so that the newest write wins in both regions."""
    others = [other for other in bucket.keys.getlist(version.name, []) if other.version_id != version.version_id]
    bucket.keys.setlist(version.name, sorted([*others, version], key=lambda each: each.last_modified))
