"""The ``By...`` parameters of AWS Backup's lists, over any record."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeVar

from sandbox.backup.operations import Parameters

Record = TypeVar("Record")

EQUAL = {
    "ByAccountId": "account_id",
    "ByBackupVaultName": "backup_vault_name",
    "ByDestinationVaultArn": "destination_backup_vault_arn",
    "ByMessageCategory": "message_category",
    "ByParentJobId": "parent_job_id",
    "ByParentRecoveryPointArn": "parent_recovery_point_arn",
    "ByResourceArn": "resource_arn",
    "ByResourceType": "resource_type",
    "BySourceRecoveryPointArn": "source_recovery_point_arn",
    "ByState": "state",
    "ByStatus": "state",
}
BEFORE = {"ByCreatedBefore": "creation_date", "ByCompleteBefore": "completion_date"}
AFTER = {"ByCreatedAfter": "creation_date", "ByCompleteAfter": "completion_date"}


def selected(records: Iterable[Record], parameters: Parameters) -> list[Record]:
    """Return the *records* that every ``By...`` parameter lets through; one without the attribute never passes."""
    return [record for record in records if _passes(record, parameters)]


def _passes(record: object, parameters: Parameters) -> bool:
    equal = all(getattr(record, name, None) == parameters[by] for by, name in EQUAL.items() if by in parameters)
    before = all(_earlier(getattr(record, name), parameters[by]) for by, name in BEFORE.items() if by in parameters)
    after = all(_earlier(parameters[by], getattr(record, name)) for by, name in AFTER.items() if by in parameters)
    return equal and before and after


def _earlier(first: datetime | None, second: datetime | None) -> bool:
    return first is not None and second is not None and _utc(first) < _utc(second)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
