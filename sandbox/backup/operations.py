"""The registry of AWS Backup's operations, and how their lists are paged.

An operation is a function of the region's backend and the request's parameters, which carry botocore's names. It returns
the answer's members: a dict with botocore's names, or a record whose attributes are those names in snake case.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.backup.errors import InvalidParameterValueException

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend

Parameters = Mapping[str, Any]
Operation = Callable[["LabBackupBackend", Parameters], object]

OPERATIONS: dict[str, Operation] = {}

PAGE = 1000


def operation(function: Operation) -> Operation:
    """Register *function* as the operation of its own name: ``start_backup_job`` answers StartBackupJob."""
    OPERATIONS[function.__name__] = function
    return function


def page(member: str, rows: Sequence[object], parameters: Parameters) -> dict[str, object]:
    """Return one page of *rows* as the answer's *member*, with the token of the next; rows keep their order between calls."""
    token = parameters.get("NextToken") or "0"
    if not token.isdecimal():
        raise InvalidParameterValueException("NextToken is not valid")
    start = int(token)
    end = start + (parameters.get("MaxResults") or PAGE)
    more: dict[str, object] = {"NextToken": str(end)} if end < len(rows) else {}
    return {member: rows[start:end], **more}
