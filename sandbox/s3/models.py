"""moto's S3 with replication and with locks that hold."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from moto.s3.exceptions import AccessDeniedByLock
from moto.s3.models import FakeDeleteMarker, FakeKey, S3Backend

from sandbox.s3.errors import InvalidReplication, PastRetention
from sandbox.s3.rules import bucket_of, why_refused

if TYPE_CHECKING:
    from sandbox.s3.replication import Replicator

Retention = tuple[str | None, str | None]
"""Mode and retain-until date."""


class LabS3Backend(S3Backend):
    """All buckets of one partition, in whatever region each is."""

    replicator: ClassVar["Replicator"]

    @property
    def _url_module(self) -> Any:
        from sandbox.s3 import urls

        return urls

    def reset(self) -> None:
        self.replicator.forget()
        super().reset()

    def find_version(self, bucket_name: str, key_name: str, version_id: str) -> FakeKey | FakeDeleteMarker | None:
        bucket = self.buckets.get(bucket_name)
        versions = bucket.keys.getlist(key_name, []) if bucket else []
        return next((version for version in versions if version.version_id == version_id), None)

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


def _loosens(key: FakeKey, retention: Retention) -> bool:
    mode, until = retention
    weaker = mode is None or (key.lock_mode == "COMPLIANCE" and mode != "COMPLIANCE")
    return weaker or until is None or (key.lock_until is not None and _moment(until) < _moment(key.lock_until))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
