"""Buckets whose policies are read with their condition on TLS: moto evaluates no condition, so "deny what is not TLS" would deny all."""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


class LabBucket(FakeBucket):
    """A bucket to which every request counts as one over TLS: on loopback there is nobody to listen."""

    def get_permission(self, action: str, resource: str) -> PermissionResult:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(self.policy)
        document["Statement"] = [statement for statement in document["Statement"] if not _only_insecure(statement)]
        if not document["Statement"]:
            return PermissionResult.NEUTRAL
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)


def _only_insecure(statement: dict[str, Any]) -> bool:
    return bool(statement.get("Condition") == INSECURE)
