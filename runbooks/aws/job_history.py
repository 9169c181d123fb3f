"""AWS Backup's jobs of a span of time, all pages of them: what was backed up, copied and restored, and what became of it.

AWS shows backup jobs for 30 days (source: the AWS Backup API reference, "ListBackupJobs"); what must be known longer is kept as evidence.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from runbooks.aws.backup_jobs import OVER
from runbooks.aws.recovery_points import PAGE, target_of
from runbooks.aws.session import Door

Page = tuple[list["PastJob"], str]
Kind = Literal["backup", "copy", "restore"]
KINDS: tuple[Kind, ...] = get_args(Kind)

SHOWN = timedelta(days=30)
"""For how long AWS shows a backup job."""

_KEYS: Mapping[Kind, tuple[str, str]] = {
    "backup": ("BackupJobs", "BackupJobId"),
    "copy": ("CopyJobs", "CopyJobId"),
    "restore": ("RestoreJobs", "RestoreJobId"),
}


@dataclass(frozen=True, slots=True)
class PastJob:
    """One job, begun in ``region``. ``state``, ``message``, ``verdict`` and its ``finding`` are AWS's own words.

    ``point`` is the recovery point that it made or restored, ``vault`` the name of the vault it wrote into (a restore: read from),
    ``made`` the ARN of what a restore made, ``plan`` the ARN of the plan that started it (a restore testing plan for a test), empty for
    one by hand. ``source`` is the recovery point that a copy was made of. ``size`` is in bytes; ``ended`` is None while it runs.
    """

    kind: Kind
    id: str
    region: str
    target: str
    resource: str
    vault: str
    state: str
    message: str
    point: str
    made: str
    plan: str
    began: datetime
    ended: datetime | None
    size: int
    verdict: str
    finding: str
    source: str = ""

    @property
    def well(self) -> bool:
        """Whether it did all that it was to do; one that completed with a message may still have left something out, and says so."""
        return self.state == "COMPLETED"

    @property
    def over(self) -> bool:
        return self.ended is not None or self.state in OVER


def jobs(door: Door, kind: Kind, since: datetime, until: datetime) -> Iterator[PastJob]:
    """Yield the jobs of *kind* that were created from *since*, which counts, to *until*, which does not, in no order AWS documents."""
    key, identifier = _KEYS[kind]
    more = ""

    def taken(answer: dict[str, Any]) -> tuple[list[PastJob], str]:
        made = [_job(entry, kind, identifier, door.region) for entry in answer.get(key) or ()]
        return [each for each in made if since <= each.began < until], answer.get("NextToken") or ""

    while True:
        # Whether AWS counts the bounds themselves is not documented, so it is asked for a second more on either side.
        span = {"ByCreatedAfter": since - timedelta(seconds=1), "ByCreatedBefore": until + timedelta(seconds=1)}
        found, more = _page(door, kind, taken, {**span, "MaxResults": PAGE, "NextToken": more or None})
        yield from found
        if not more:
            return


def _page(door: Door, kind: Kind, take: Callable[[dict[str, Any]], Page], asked: Mapping[str, object]) -> Page:
    match kind:
        case "backup":
            return door.unparsed("backup", "list_backup_jobs", take, **asked)
        case "copy":
            return door.unparsed("backup", "list_copy_jobs", take, **asked)
        case "restore":
            return door.unparsed("backup", "list_restore_jobs", take, **asked)


def _job(entry: Mapping[str, Any], kind: Kind, identifier: str, region: str) -> PastJob:
    get = entry.get
    creator, ended = get("CreatedBy") or {}, get("CompletionDate")
    return PastJob(
        kind,
        entry[identifier],
        region,
        target_of(get("ResourceType") or ""),
        get("ResourceArn") or get("SourceResourceArn") or "",
        str(get("BackupVaultName") or get("DestinationBackupVaultArn") or get("BackupVaultArn") or "").rpartition(":")[2],
        get("State") or get("Status") or "",
        get("StatusMessage") or "",
        get("DestinationRecoveryPointArn") or get("RecoveryPointArn") or get("SourceRecoveryPointArn") or "",
        get("CreatedResourceArn") or "",
        creator.get("RestoreTestingPlanArn") or creator.get("BackupPlanArn") or "",
        datetime.fromtimestamp(entry["CreationDate"], UTC),
        datetime.fromtimestamp(ended, UTC) if ended else None,
        get("BackupSizeInBytes") or 0,
        get("ValidationStatus") or "",
        get("ValidationStatusMessage") or "",
        get("SourceRecoveryPointArn") or "",
    )
