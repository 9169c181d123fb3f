"""AWS Backup's recovery points, a page of a vault at a time: as records that say what each one really is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isinf
from sys import intern
from typing import Any, Literal

from runbooks.aws.session import Door

Kind = Literal["snapshot", "continuous", "copy"]

PAGE = 1000
"""The most that AWS puts into one answer."""

TYPES = {"database": "RDS", "files": "S3", "file-system": "EFS"}
"""AWS Backup's word for what each plan of ours backs up."""

NEVER_COLD = ("RDS", "S3")
"""Types that have no cold storage, whatever their lifecycle says."""

_TARGETS = {kind: target for target, kind in TYPES.items()}


@dataclass(slots=True)
class Point:
    """One recovery point; nobody changes it, but it is not frozen: of a hundred thousand, each would take three times as long to make.

    ``size`` is in bytes, ``state`` is AWS's own word, ``expires`` is None for one that is kept for ever.

    ``tier`` (warm or cold) is what its lifecycle makes of it by now: a list does not say where it lies.
    """

    arn: str
    target: str
    kind: Kind
    state: str
    created: datetime
    expires: datetime | None
    size: int
    tier: str
    region: str
    vault: str
    resource: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a vault's points, in no order that AWS documents, each with when it was made (seconds since 1970).

    ``more`` is the token of what comes after it, empty at the end.
    """

    points: list[tuple[float, Point]]
    more: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which points of a vault, by AWS's word for their type (empty: any), and when it is asked, in seconds since 1970."""

    vault: str
    resource_type: str
    now: float


def page(door: Door, asked: Question, span: tuple[float, float], more: str = "") -> Page:
    """Return points that were made in *span*: from its beginning, which counts, to its end, which does not.

    Whether AWS counts the bounds themselves is not documented, so it is asked for a second more on either side.
    """
    since, until = span

    def taken(answer: Mapping[str, Any]) -> Page:
        made = ((entry.get("CreationDate") or 0.0, entry) for entry in answer.get("RecoveryPoints") or ())
        points = [(at, _point(entry, at, door.region, asked)) for at, entry in made if since <= at < until]
        return Page(points, answer.get("NextToken") or "")

    return door.unparsed(
        "backup",
        "list_recovery_points_by_backup_vault",
        taken,
        BackupVaultName=asked.vault,
        MaxResults=PAGE,
        ByResourceType=asked.resource_type or None,
        ByCreatedAfter=_moment(since - 1),
        ByCreatedBefore=_moment(until + 1),
        NextToken=more or None,
    )


def kind_of(arn: str, source_vault: str, vault: str) -> Kind:
    """Return what a recovery point is. No answer of AWS says it: a continuous one has it in its ARN, a copy names the vault it came from,
    and the copy of a snapshot of RDS is called after its job.

    The copy of a continuous backup is a snapshot and can be restored to its own moment alone.
    """
    if ":recovery-point:continuous:" in arn:
        return "continuous"
    if (source_vault and not source_vault.endswith(f":{vault}")) or ":awsbackup:copyjob-" in arn:
        return "copy"
    return "snapshot"


def target_of(resource_type: str) -> str:
    """Return our word for AWS's type of resource; what no plan of ours backs up keeps AWS's."""
    return _TARGETS.get(resource_type, resource_type)


def _point(entry: Mapping[str, Any], made: float, region: str, asked: Question) -> Point:
    get = entry.get
    arn, resource_type, lifecycle = entry["RecoveryPointArn"], get("ResourceType") or "", get("CalculatedLifecycle") or {}
    ends, cools = lifecycle.get("DeleteAt"), lifecycle.get("MoveToColdStorageAt")
    return Point(
        arn,
        _TARGETS.get(resource_type, resource_type),
        kind_of(arn, get("SourceBackupVaultArn") or "", asked.vault),
        intern(get("Status") or ""),
        datetime.fromtimestamp(made, UTC),
        datetime.fromtimestamp(ends, UTC) if ends else None,
        get("BackupSizeInBytes") or 0,
        "cold" if cools and cools <= asked.now and resource_type not in NEVER_COLD else "warm",
        region,
        asked.vault,
        intern(get("ResourceArn") or ""),
        intern(get("StatusMessage") or ""),
    )


def _moment(seconds: float) -> datetime | None:
    return None if isinf(seconds) else datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class Vault:
    """A vault's lock; ``shortest`` and ``longest`` are for how many days its backups are kept, ``locked_for_good`` from when on it stays;
    ``key`` is the ARN of the key that encrypts them, ``created`` when the vault was made.
    """

    name: str
    locked: bool
    shortest: int | None
    locked_for_good: datetime | None
    longest: int | None = None
    key: str = ""
    created: datetime | None = None


def vault(door: Door, name: str) -> Vault:
    found = door.call("backup", "describe_backup_vault", BackupVaultName=name)
    return Vault(
        name,
        bool(found.get("Locked")),
        found.get("MinRetentionDays"),
        found.get("LockDate"),
        found.get("MaxRetentionDays"),
        found.get("EncryptionKeyArn") or "",
        found.get("CreationDate"),
    )


def point(door: Door, vault_name: str, arn: str) -> Point:
    """Return one point as it stands; raise :class:`NotFound` when the vault has none of this name."""
    found = door.call("backup", "describe_recovery_point", BackupVaultName=vault_name, RecoveryPointArn=arn)
    return Point(
        found["RecoveryPointArn"],
        target_of(found.get("ResourceType", "")),
        kind_of(arn, found.get("SourceBackupVaultArn") or "", vault_name),
        found.get("Status", ""),
        found["CreationDate"],
        (found.get("CalculatedLifecycle") or {}).get("DeleteAt"),
        found.get("BackupSizeInBytes") or 0,
        (found.get("StorageClass") or "WARM").lower(),
        door.region,
        vault_name,
        found.get("ResourceArn", ""),
        found.get("StatusMessage") or "",
    )


def delete(door: Door, vault_name: str, arn: str) -> None:
    """Ask for the point to be deleted. AWS answers alike where the point's own role may not do it: then the point turns EXPIRED."""
    door.call("backup", "delete_recovery_point", BackupVaultName=vault_name, RecoveryPointArn=arn)


def disassociate(door: Door, vault_name: str, arn: str) -> None:
    """Give a continuous backup back to the service it is of, which goes on with it."""
    door.call("backup", "disassociate_recovery_point", BackupVaultName=vault_name, RecoveryPointArn=arn)
