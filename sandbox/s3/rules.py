"""Replication rules as S3 reads them: pure functions over the botocore shape ``ReplicationConfiguration``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Configuration = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One enabled rule. ``destination`` is a bucket's name; ``replica_key`` encrypts replicas of objects under SSE-KMS.

    ``modifications`` also carries later changes of replicas, of their tags and locks, on to ``destination``.
    """

    id: str
    priority: int
    prefix: str
    tags: tuple[tuple[str, str], ...]
    destination: str
    storage_class: str | None
    delete_markers: bool
    kms_objects: bool
    replica_key: str | None
    modifications: bool
    metered: bool

    def covers(self, key: str, tags: Mapping[str, str]) -> bool:
        return key.startswith(self.prefix) and all(tags.get(name) == value for name, value in self.tags)


def enabled_rules(configuration: Configuration) -> list[Rule]:
    """Return the enabled rules, the highest priority first."""
    rules = [_rule(document) for document in configuration["Rules"] if document["Status"] == "Enabled"]
    return sorted(rules, key=lambda rule: -rule.priority)


def applying_rules(configuration: Configuration, key: str, tags: Mapping[str, str]) -> Iterator[Rule]:
    """Yield the rules that copy *key*: of those with the same destination, the one with the highest priority."""
    seen: set[str] = set()
    for rule in enabled_rules(configuration):
        if rule.destination not in seen and rule.covers(key, tags):
            seen.add(rule.destination)
            yield rule


def why_refused(configuration: Configuration) -> str | None:
    """Return the sentence with which S3 refuses *configuration* on its own, without a look at any bucket."""
    return next((fault for rule in configuration["Rules"] if (fault := _rule_fault(rule))), None)


def _rule(document: Mapping[str, Any]) -> Rule:
    destination, selection = document["Destination"], document.get("SourceSelectionCriteria", {})
    prefix, tags = _filter(document)
    return Rule(
        id=document["ID"],
        priority=document.get("Priority", 0),
        prefix=prefix,
        tags=tags,
        destination=bucket_of(destination["Bucket"]),
        storage_class=destination.get("StorageClass"),
        delete_markers=_enabled(document.get("DeleteMarkerReplication")) or "Filter" not in document,
        kms_objects=_enabled(selection.get("SseKmsEncryptedObjects")),
        replica_key=destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID"),
        modifications=_enabled(selection.get("ReplicaModifications")),
        metered=_enabled(destination.get("Metrics")),
    )


def _filter(document: Mapping[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    chosen = document.get("Filter") or {}
    both = chosen.get("And") or {}
    tags = [*both.get("Tags", []), *([chosen["Tag"]] if chosen.get("Tag") else [])]
    prefix = both.get("Prefix") or chosen.get("Prefix") or document.get("Prefix") or ""
    return prefix, tuple((tag["Key"], tag["Value"]) for tag in tags)


def bucket_of(arn: str) -> str:
    """Return the bucket's name in ``arn:aws:s3:::name``."""
    return arn.rpartition(":")[2]


def _enabled(part: Mapping[str, Any] | None) -> bool:
    return bool(part) and part is not None and part.get("Status") == "Enabled"


def _rule_fault(rule: Mapping[str, Any]) -> str | None:
    return _version_fault(rule) or _time_control_fault(rule["Destination"]) or _encryption_fault(rule)


def _version_fault(rule: Mapping[str, Any]) -> str | None:
    """A rule with a filter is of the second version of the schema, which asks for more."""
    needed = ("Priority", "DeleteMarkerReplication") if "Filter" in rule else ()
    missing = next((name for name in needed if name not in rule), None)
    return f"{missing} must be specified for this version of Cross Region Replication configuration schema." if missing else None


def _time_control_fault(destination: Mapping[str, Any]) -> str | None:
    """S3 Replication Time Control knows one time, 15 minutes, and needs metrics."""
    time, metrics = destination.get("ReplicationTime"), destination.get("Metrics")
    if _enabled(time) and not _enabled(metrics):
        return "Replication Time Control requires Metrics to be enabled."
    minutes = [part["Minutes"] for part in ((time or {}).get("Time"), (metrics or {}).get("EventThreshold")) if part]
    return None if all(value == 15 for value in minutes) else "Minutes must be 15."


def _encryption_fault(rule: Mapping[str, Any]) -> str | None:
    selects = _enabled(rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects"))
    names_key = bool(rule["Destination"].get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID"))
    if selects and not names_key:
        return "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."
    if names_key and not selects:
        return "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."
    return None
