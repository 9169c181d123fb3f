"""moto's S3 with replication and with locks that hold."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from moto.s3.exceptions import AccessDeniedByLock, ObjectNotInActiveTierError
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend

from sandbox.s3.archives import is_archived
from sandbox.s3.errors import InvalidReplication, PastRetention
from sandbox.s3.rules import bucket_of, why_refused

if TYPE_CHECKING:
    from sandbox.s3.archives import Thaws
    from sandbox.s3.replication import Replicator

VersionsPage = tuple[list[FakeKey], list[str], list[FakeDeleteMarker], str | None, str | None]
"""Versions, common beginnings, delete markers, and the key and version after which the next page begins."""

Retention = tuple[str | None, str | None]
"""Mode and retain-until date."""


class LabS3Backend(S3Backend):
    """All buckets of one partition, in whatever region each is."""

    replicator: ClassVar["Replicator"]
    thaws: ClassVar["Thaws"]

    @property
    def _url_module(self) -> Any:
        from sandbox.s3 import urls

        return urls

    def reset(self) -> None:
        self.replicator.forget()
        self.thaws.forget()
        super().reset()

    def find_version(self, bucket_name: str, key_name: str, version_id: str) -> FakeKey | FakeDeleteMarker | None:
        bucket = self.buckets.get(bucket_name)
        versions = bucket.keys.getlist(key_name, []) if bucket else []
        return next((version for version in versions if version.version_id == version_id), None)

    def list_object_versions(
        self,
        bucket_name: str,
        delimiter: str | None = None,
        key_marker: str | None = None,
        max_keys: int | None = 1000,
        prefix: str = "",
        version_id_marker: str | None = None,
    ) -> VersionsPage:
        """The same as moto's without its copy of every version of the bucket, with the bytes, for each page."""
        if delimiter:
            return super().list_object_versions(bucket_name, delimiter, key_marker, max_keys, prefix, version_id_marker)
        keys, most, page = self.get_bucket(bucket_name).keys, 1000 if max_keys is None else max_keys, list[FakeKey | FakeDeleteMarker]()
        for name in sorted(name for name in list(keys) if name.startswith(prefix) and name >= (key_marker or "")):
            versions = keys.getlist(name, [])[::-1]
            for version in versions:
                version.is_latest = version is versions[0]
            page += _after(versions, version_id_marker) if name == key_marker else versions
            if len(page) > most:
                break
        shown = page[:most]
        found = [version for version in shown if isinstance(version, FakeKey)]
        markers = [version for version in shown if isinstance(version, FakeDeleteMarker)]
        more = shown[-1] if shown and len(page) > most else None
        return found, [], markers, more.name if more else None, more.version_id if more else None

    def get_object(self, *args: Any, **kwargs: Any) -> FakeKey | None:
        key = super().get_object(*args, **kwargs)
        if key is not None and is_archived(key):
            self.thaws.settle(key)
        return key

    def upload_part_copy(self, *args: Any, **kwargs: Any) -> FakeKey:
        """Refuse to copy of what is archived, as S3 does."""
        source = self.get_object(kwargs["src_bucket_name"], kwargs["src_key_name"], version_id=kwargs["src_version_id"])
        if source is not None and is_archived(source) and source.status != "RESTORED":
            raise ObjectNotInActiveTierError(source.name)
        return super().upload_part_copy(*args, **kwargs)

    def put_object(self, *args: Any, **kwargs: Any) -> FakeKey:
        key = super().put_object(*args, **kwargs)
        self.replicator.write(key)
        return key

    def _set_delete_marker(self, bucket_name: str, key_name: str) -> FakeDeleteMarker:
        marker = super()._set_delete_marker(bucket_name, key_name)
        self.replicator.write(marker)
        return marker

    def put_object_tagging(self, key: FakeKey, tags: dict[str, str] | None) -> FakeKey:
        tagged = super().put_object_tagging(key, tags)
        self.replicator.change(tagged)
        return tagged

    def put_object_legal_hold(self, bucket_name: str, key_name: str, version_id: str | None, legal_hold_status: dict[str, Any]) -> None:
        super().put_object_legal_hold(bucket_name, key_name, version_id, legal_hold_status)
        self._carry_change(bucket_name, key_name, version_id)

    def put_object_retention(
        self, bucket_name: str, key_name: str, version_id: str | None, retention: Retention, *, bypass: bool = False
    ) -> None:
        """Refuse to shorten a retention in COMPLIANCE mode, and without the bypass also one in GOVERNANCE mode."""
        key = self.get_object(bucket_name, key_name, version_id=version_id)
        if retention[1] is not None and _moment(retention[1]) <= datetime.now(UTC):
            raise PastRetention
        if isinstance(key, FakeKey) and key.is_locked(governance_bypass=bypass) and _loosens(key, retention):
            raise AccessDeniedByLock
        super().put_object_retention(bucket_name, key_name, version_id, retention)
        self._carry_change(bucket_name, key_name, version_id)

    def put_bucket_replication(self, bucket_name: str, replication: dict[str, Any]) -> None:
        """Store *replication*, a botocore ``ReplicationConfiguration``, when its rules and their destinations are sound."""
        if fault := why_refused(replication) or self._destination_fault(replication):
            raise InvalidReplication(fault)
        for number, rule in enumerate(replication["Rules"]):
            rule.setdefault("ID", f"rule-{number}")
        self.get_bucket(bucket_name).replication = replication  # type: ignore[attr-defined] # moto sets it so, too
        self.replicator.configure(bucket_name, replication)

    def delete_bucket_replication(self, bucket_name: str) -> None:
        super().delete_bucket_replication(bucket_name)
        self.replicator.configure(bucket_name, None)

    def _destination_fault(self, replication: dict[str, Any]) -> str | None:
        names = [bucket_of(rule["Destination"]["Bucket"]) for rule in replication["Rules"]]
        if any(name not in self.buckets for name in names):
            return "Destination bucket must exist."
        if not all(self.buckets[name].is_versioned for name in names):
            return "Destination bucket must have versioning enabled."
        return None

    def _carry_change(self, bucket_name: str, key_name: str, version_id: str | None) -> None:
        key = self.get_object(bucket_name, key_name, version_id=version_id)
        if isinstance(key, FakeKey):
            self.replicator.change(key)


def _after(versions: list[Any], version_id: str | None) -> list[Any]:
    """Return what comes after that version of a key; without one the key is done with."""
    ids = [version.version_id for version in versions]
    return versions[ids.index(version_id) + 1 :] if version_id in ids else []


def _loosens(key: FakeKey, retention: Retention) -> bool:
    mode, until = retention
    weaker = mode is None or (key.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE")
    return weaker or until is None or (key.lock_until is not None and _moment(until) < _moment(key.lock_until))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
