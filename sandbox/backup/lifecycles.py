"""What AWS Backup takes as a lifecycle, and what it makes of one: pure arithmetic.

A lifecycle is botocore's ``Lifecycle``: ``{"DeleteAfterDays", "MoveToColdStorageAfterDays"}``, both optional.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

Lifecycle = Mapping[str, Any]

COLD_AT_LEAST = 90
CONTINUOUS_AT_MOST = 35
LONGEST = 36_500


def why_refused(lifecycle: Lifecycle | None, *, continuous: bool = False) -> str | None:
    """Return the sentence with which AWS Backup refuses *lifecycle*, or None."""
    cold, delete = _days(lifecycle)
    if any(days is not None and not 1 <= days <= LONGEST for days in (cold, delete)):
        return f"Lifecycle days must be between 1 and {LONGEST}"
    if continuous and (delete is None or delete > CONTINUOUS_AT_MOST or cold is not None):
        return f"Continuous backups are kept between 1 and {CONTINUOUS_AT_MOST} days and cannot move to cold storage"
    if cold is not None and delete is not None and delete < cold + COLD_AT_LEAST:
        return f"DeleteAfterDays cannot be less than {COLD_AT_LEAST} days apart from MoveToColdStorageAfterDays"
    return None


def outside_lock(lifecycle: Lifecycle | None, shortest: int | None, longest: int | None) -> str | None:
    """Return why a locked vault with these retention days takes no backup with *lifecycle*, or None."""
    _, delete = _days(lifecycle)
    if shortest is not None and delete is not None and delete < shortest:
        return f"Retention period is {delete} days, shorter than the vault lock's minimum of {shortest}"
    if longest is not None and (delete is None or delete > longest):
        return (
            f"Retention period is {'unlimited' if delete is None else f'{delete} days'}, longer than the vault lock's maximum of {longest}"
        )
    return None


def calculated(lifecycle: Lifecycle | None, created: datetime) -> dict[str, datetime]:
    """Return botocore's ``CalculatedLifecycle`` of a recovery point made at *created*."""
    cold, delete = _days(lifecycle)
    moments = {"MoveToColdStorageAt": cold, "DeleteAt": delete}
    return {name: created + timedelta(days=days) for name, days in moments.items() if days is not None}


def without_cold(lifecycle: Lifecycle | None) -> dict[str, Any] | None:
    """Return what AWS Backup keeps of *lifecycle* for a type without cold storage, which RDS and S3 are: it ignores that part."""
    return None if lifecycle is None else {name: value for name, value in lifecycle.items() if name != "MoveToColdStorageAfterDays"}


def _days(lifecycle: Lifecycle | None) -> tuple[int | None, int | None]:
    found = lifecycle or {}
    return found.get("MoveToColdStorageAfterDays"), found.get("DeleteAfterDays")


def ends_sooner(lifecycle: Lifecycle | None, than: Lifecycle | None) -> bool:
    """Return whether a recovery point would be deleted sooner with *lifecycle*; without days it is kept for ever."""
    delete, other = _days(lifecycle)[1], _days(than)[1]
    return delete is not None and (other is None or delete < other)
