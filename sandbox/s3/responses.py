"""S3's answers where moto's differ: digests are checked, retention can be read, replication is told in full, archives are thawed."""

import base64
import hashlib
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError, VersioningNotEnabledForReplication
from moto.s3.models import FakeKey
from moto.s3.responses import S3Response
from moto.s3.utils import compute_checksum

from sandbox.s3 import listing
from sandbox.s3.errors import BadDigest, NoSuchRetention
from sandbox.s3.models import LabS3Backend

CHECKED = ("SHA256", "SHA1", "CRC32")
"""The checksums that are recomputed from the body: those the standard library has."""


class LabS3Response(S3Response):
    """One request to S3."""

    @property
    def backend(self) -> LabS3Backend:
        return cast(LabS3Backend, super().backend)

    def _key_response_get(self, query: dict[str, Any], key_name: str) -> TYPE_RESPONSE:
        if "retention" in query:
            return self.get_object_retention()
        return super()._key_response_get(query, key_name)

    def _key_response_post(self, request: Any, body: bytes, bucket_name: str, query: dict[str, Any], key_name: str) -> TYPE_RESPONSE:
        if "restore" not in query:
            return super()._key_response_post(request, body, bucket_name, query, key_name)
        self._set_action("KEY", "POST", query)
        self._authenticate_and_authorize_s3_action(bucket_name=bucket_name, key_name=key_name)
        return self.restore_object()

    def restore_object(self) -> TYPE_RESPONSE:
        key, _ = self._get_key(validate_storage_class=False)
        self.data["Action"] = "RestoreObject"
        self.parse_parameters(self.normalized_request)
        asked = self.params["RestoreRequest"]
        tier = (asked.get("GlacierJobParameters") or {}).get("Tier") or asked.get("Tier") or "Standard"
        thawed = self.backend.thaws.ask(key, int(asked["Days"]), tier)
        return 200 if thawed else 202, {}, ""

    def list_object_versions(self) -> TYPE_RESPONSE:
        """The same as moto's, sooner; and how archived versions stand, where that is asked for."""
        asked = {name: values[0] for name, values in self._get_querystring(self.request, self.uri).items()}
        if asked.get("delimiter"):
            return super().list_object_versions()
        prefix, most = asked.get("prefix", ""), int(asked.get("max-keys", 1000))
        marks = asked.get("key-marker"), asked.get("version-id-marker")
        found, _, markers, next_key, next_version = self.backend.list_object_versions(
            self.bucket_name, key_marker=marks[0], max_keys=most, prefix=prefix, version_id_marker=marks[1]
        )
        about: dict[str, object] = {
            "Name": self.bucket_name,
            "Prefix": prefix,
            "KeyMarker": marks[0] or "",
            "VersionIdMarker": marks[1] or "",
        }
        about |= {"MaxKeys": most, "IsTruncated": str(next_key is not None).lower()}
        about |= {"NextKeyMarker": next_key, "NextVersionIdMarker": next_version} if next_key is not None else {}
        told = "RestoreStatus" in self.headers.get("x-amz-optional-object-attributes", "")
        thaws = self.backend.thaws.under(self.bucket_name) if told else {}
        body = listing.answer(about, [*found, *markers], thaws, url=asked.get("encoding-type") == "url")
        return 200, {"content-type": "application/xml"}, body

    def put_object(self) -> TYPE_RESPONSE:
        self._check_digests()
        return super().put_object()

    def get_object(self) -> TYPE_RESPONSE:
        status, headers, body = super().get_object()
        return status, headers | self._replication_header(self.querystring.get("versionId", [None])[0]), body

    def head_object(self, bucket_name: str, query: dict[str, Any], key_name: str, headers: dict[str, Any]) -> TYPE_RESPONSE:
        status, answered, body = super().head_object(bucket_name, query, key_name, headers)
        return status, answered | self._replication_header(query.get("versionId", [None])[0]), body

    def put_object_retention(self) -> TYPE_RESPONSE:
        self.backend.get_object_lock_configuration(self.bucket_name)
        self.backend.put_object_retention(
            self.bucket_name,
            self.parse_key_name(),
            version_id=self._get_param("versionId"),
            retention=self._mode_until_from_body(),
            bypass=self.headers.get("x-amz-bypass-governance-retention", "").lower() == "true",
        )
        return 200, self._get_cors_headers_other(), ""

    def get_object_retention(self) -> TYPE_RESPONSE:
        key, _ = self._get_key(validate_storage_class=False)
        if not key.lock_mode:
            raise NoSuchRetention
        self.data["Action"] = "GetObjectRetention"
        return self.serialized(ActionResult({"Retention": {"Mode": key.lock_mode, "RetainUntilDate": key.lock_until}}))

    def _bucket_response_put(self, request: Any, bucket_name: str, querystring: dict[str, Any]) -> str | TYPE_RESPONSE:
        if "replication" in querystring:
            return self.put_bucket_replication()
        return super()._bucket_response_put(request, bucket_name, querystring)

    def put_bucket_replication(self) -> TYPE_RESPONSE:
        if not self.backend.get_bucket(self.bucket_name).is_versioned:
            raise VersioningNotEnabledForReplication(bucket_name=self.bucket_name)
        self.data["Action"] = "PutBucketReplication"
        self.parse_parameters(self.normalized_request)
        self.backend.put_bucket_replication(self.bucket_name, self.params["ReplicationConfiguration"])
        return 200, {}, ""

    def get_bucket_replication(self) -> TYPE_RESPONSE:
        self.data["Action"] = "GetBucketReplication"
        replication = self.backend.get_bucket_replication(self.bucket_name)
        if not replication:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        return self.serialized(ActionResult({"ReplicationConfiguration": replication}))

    def _replication_header(self, version_id: str | None) -> dict[str, str]:
        key = self.backend.get_object(self.bucket_name, self.parse_key_name(), version_id=version_id)
        status = self.backend.replicator.status((self.bucket_name, key.name, key.version_id)) if isinstance(key, FakeKey) else None
        return {"x-amz-replication-status": status} if status else {}

    def _check_digests(self) -> None:
        body = self.body or b""
        for algorithm in CHECKED:
            sent = self.headers.get(f"x-amz-checksum-{algorithm.lower()}")
            if sent and sent != compute_checksum(body, algorithm).decode():
                raise BadDigest(algorithm)
        sent = self.headers.get("Content-MD5")
        if sent and sent != base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode():
            raise BadDigest("Content-MD5")
