"""The errors of AWS Backup; moto has four of them."""

from moto.backup.exceptions import (
    AlreadyExistsException,
    BackupClientError,
    InvalidParameterValueException,
    InvalidRequestException,
    ResourceNotFoundException,
)


class AccessDeniedException(BackupClientError):
    """The vault's access policy denies the operation."""

    code = 403

    def __init__(self, msg: str) -> None:
        super().__init__("AccessDeniedException", msg)


class MissingParameterValueException(BackupClientError):
    """A parameter that the operation needs is not there."""

    def __init__(self, msg: str) -> None:
        super().__init__("MissingParameterValueException", msg)


__all__ = [
    "AccessDeniedException",
    "AlreadyExistsException",
    "InvalidParameterValueException",
    "InvalidRequestException",
    "MissingParameterValueException",
    "ResourceNotFoundException",
]
