"""Parameter Store: the parameters below a path, with or without what is secret in them; and writing one."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from runbooks.aws.session import Door

# At debug level botocore's parsers log whole answers, this service's with secret values in them.
logging.getLogger("botocore.parsers").setLevel(logging.INFO)

SECRET = "SecureString"  # noqa: S105 - the name of a type


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``version`` counts its values; one that was deleted and made again starts over, so ``modified`` is told as well.

    The ``value`` of a secret is what was asked for: clear, or as Parameter Store has it encrypted. It is never shown.
    """

    name: str
    type: str
    version: int
    modified: datetime
    value: str = field(repr=False)

    @property
    def secret(self) -> bool:
        return self.type == SECRET


def parameters(door: Door, path: str, *, decrypted: bool) -> Iterator[Parameter]:
    """Yield every parameter below *path*, at any depth."""
    found = door.pages("ssm", "get_parameters_by_path", "Parameters", Path=path, Recursive=True, WithDecryption=decrypted)
    for entry in found:
        yield Parameter(entry["Name"], entry["Type"], entry["Version"], entry["LastModifiedDate"], entry["Value"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """One parameter to write; ``key`` encrypts it if its type says that it is a secret."""

    name: str
    type: str
    value: str = field(repr=False)
    key: str


def put(door: Door, wanted: Wanted, *, overwrite: bool) -> None:
    """Write *wanted*; what has it already keeps its old value as a version. Long values are kept, and paid for, as advanced ones."""
    door.call(
        "ssm",
        "put_parameter",
        Name=wanted.name,
        Type=wanted.type,
        Value=wanted.value,
        KeyId=wanted.key if wanted.type == SECRET else None,
        Tier="Intelligent-Tiering",
        Overwrite=overwrite,
    )
