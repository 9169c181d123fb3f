"""How much files take: what replication carries, the bucket that it fills, and the versions that a lifecycle keeps."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from sandbox.deploy.costs.amounts import MONTH, Amount, Declared
from sandbox.deploy.monitor import Registration
from sandbox.deploy.wire import Values
from schedules import runs

A_YEAR = date(2025, 1, 1), 365


def replication(each: Registration, declared: Declared) -> Iterator[Amount]:
    """Count one pair of buckets once: objects are written in one region, and the other way round carries nothing."""
    source = each.inputs["bucket"]
    for rule in each.inputs["rules"]:
        destination = str(rule["destination"]["bucket"]).rpartition(":")[2]
        if _is_counted_the_other_way_round(source, destination, each, declared):
            continue
        arrives = _arriving(each, declared)
        yield "objects on their way", "transfer", arrives
        if (rule["destination"].get("replicationTime") or {}).get("status") == "Enabled":
            yield "objects on their way, within 15 minutes", "s3-rtc", arrives


def _arriving(each: Registration, declared: Declared) -> float:
    """Return the GB that are written in a month into the buckets whose replication this is, or into this bucket."""
    sizes = declared.sizes
    match each.name.partition("-")[0]:
        case "archive":
            schedules = [one.inputs["scheduleExpression"] for one in declared.of("scheduler/schedule") if "export" in one.name]
            return sizes.database_gb * sum(len(runs(schedule, *A_YEAR)) for schedule in schedules) / 12
        case "artifacts":
            return sizes.application_gb * MONTH
        case _:
            return sizes.changed(sizes.files_gb)


def _is_counted_the_other_way_round(source: str, destination: str, each: Registration, declared: Declared) -> bool:
    back = declared.with_input("s3/bucketReplicationConfig", "bucket", destination)
    leads_back = back is not None and any(str(rule["destination"]["bucket"]).endswith(f":{source}") for rule in back.inputs["rules"])
    return leads_back and back is not None and back.urn < each.urn


def bucket(each: Registration, declared: Declared) -> Iterator[Amount]:
    """Count a bucket of files whole, with the versions that its lifecycle keeps; any other holds evidence."""
    sizes, name = declared.sizes, each.inputs.get("bucket")
    if each.name.startswith("file-backups-"):
        if each.urn == min(one.urn for one in declared.of("s3/bucket") if one.name.startswith("file-backups-")):
            # Made on demand, so nobody knows how many; and in one region at a time, the recovery region.
            yield "files backed up on demand, for each full one that is kept", "s3-glacier-ir/GB-month", sizes.files_gb
        return
    if each.name.startswith("restored-files-"):
        return  # empty but for the days after a restore
    ends = {
        str(rule["destination"]["bucket"]).rpartition(":")[2]
        for one in declared.of("s3/bucketReplicationConfig")
        for rule in one.inputs["rules"]
    }
    if name not in ends | {one.inputs.get("bucket") for one in declared.of("s3/bucketReplicationConfig")}:
        yield "buckets of evidence", "s3-standard", sizes.evidence_gb
        return
    if archived := list(_kept(each, declared)):
        yield from archived
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
    for rule in _lifecycle(each, declared):
        ends = int((rule.get("noncurrentVersionExpiration") or {}).get("noncurrentDays") or 0)
        moves = sorted(
            (int(move.get("noncurrentDays") or 0), str(move["storageClass"])) for move in rule.get("noncurrentVersionTransitions") or []
        )
        stays = [(0, "STANDARD"), *moves, (ends, "")]
        yield from ((storage, later - since) for (since, storage), (later, _) in pairwise(stays) if later > since)


def _kept(each: Registration, declared: Declared) -> Iterator[Amount]:
    """Yield what a bucket holds whose objects end by themselves: all that arrives until then, in the class that it is moved to."""
    for rule in _lifecycle(each, declared):
        days = int((rule.get("expiration") or {}).get("days") or 0)
        if days:
            storage = next((str(move["storageClass"]) for move in rule.get("transitions") or []), "STANDARD").lower().replace("_", "-")
            yield f"{each.name.partition('-')[0]}, {storage}", f"s3-{storage}/GB-month", _arriving(each, declared) * days / MONTH


def _lifecycle(each: Registration, declared: Declared) -> list[Values]:
    lifecycles = declared.of("s3/bucketLifecycleConfiguration")
    its_own = [one for one in lifecycles if one.name == each.name or one.inputs.get("bucket") == each.inputs["bucket"]]
    return [rule for one in its_own for rule in one.inputs["rules"]]


def file_system(_each: Registration, declared: Declared) -> Iterator[Amount]:
    yield "file system", "efs-standard", declared.sizes.files_gb
