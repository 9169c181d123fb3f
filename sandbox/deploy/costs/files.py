"""How much files take: what replication carries, the bucket that it fills, and the versions that a lifecycle keeps."""

from collections.abc import Iterator
from itertools import pairwise

from sandbox.deploy.costs.amounts import Amount, Declared
from sandbox.deploy.monitor import Registration


def replication(each: Registration, declared: Declared) -> Iterator[Amount]:
    """Count one pair of buckets once: objects are written in one region, and the other way round carries nothing."""
    sizes, source = declared.sizes, each.inputs["bucket"]
    for rule in each.inputs["rules"]:
        destination = str(rule["destination"]["bucket"]).rpartition(":")[2]
        if _is_counted_the_other_way_round(source, destination, each, declared):
            continue
        yield "objects on their way", "transfer", sizes.changed(sizes.files_gb)
        if (rule["destination"].get("replicationTime") or {}).get("status") == "Enabled":
            yield "objects on their way, within 15 minutes", "s3-rtc", sizes.changed(sizes.files_gb)


def _is_counted_the_other_way_round(source: str, destination: str, each: Registration, declared: Declared) -> bool:
    back = declared.with_input("s3/bucketReplicationConfig", "bucket", destination)
    leads_back = back is not None and any(str(rule["destination"]["bucket"]).endswith(f":{source}") for rule in back.inputs["rules"])
    return leads_back and back is not None and back.urn < each.urn


def bucket(each: Registration, declared: Declared) -> Iterator[Amount]:
    """Count a bucket of files whole, with the versions that its lifecycle keeps; any other holds evidence."""
    sizes, name = declared.sizes, each.inputs.get("bucket")
    ends = {
        str(rule["destination"]["bucket"]).rpartition(":")[2]
        for one in declared.of("s3/bucketReplicationConfig")
        for rule in one.inputs["rules"]
    }
    if name not in ends | {one.inputs.get("bucket") for one in declared.of("s3/bucketReplicationConfig")}:
        yield "buckets of evidence", "s3-standard", sizes.evidence_gb
        return
    yield "files in the standby region", "s3-standard", sizes.files_gb
    for storage, days in _old_versions(each, declared):
        yield (
            f"old versions of files, {storage.lower()}",
            f"s3-{storage.lower().replace('_', '-')}/GB-month",
            sizes.files_gb * sizes.daily_change * days,
        )


def _old_versions(each: Registration, declared: Declared) -> Iterator[tuple[str, float]]:
    """Yield the storage classes that a bucket's overwritten objects pass through, and the days that they stay in each."""
    lifecycles = [
        one
        for one in declared.of("s3/bucketLifecycleConfiguration")
        if one.name == each.name or one.inputs.get("bucket") == each.inputs["bucket"]
    ]
    for rule in (rule for one in lifecycles for rule in one.inputs["rules"]):
        ends = int((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays") or 0)
        moves = sorted(
            (int(move.get("noncurrentDays") or 0), str(move["storageClass"])) for move in rule.get("noncurrentVersionTransitions") or []
        )
        stays = [(0, "STANDARD"), *moves, (ends, "")]
        yield from ((storage, later - since) for (since, storage), (later, _) in pairwise(stays) if later > since)


def file_system(_each: Registration, declared: Declared) -> Iterator[Amount]:
    yield "file system", "efs-standard", declared.sizes.files_gb
