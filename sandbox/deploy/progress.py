"""What is told of a deployment while it runs, and how it fails."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that was made, or was not. ``type`` is Pulumi's, such as ``aws:kms/key:Key``; ``seconds`` is how long it took."""

    name: str
    type: str
    region: str
    seconds: float
    outcome: Literal["done", "failed"]


OnProgress = Callable[[Progress], None]
"""Called from several threads, one call at a time."""


class DeployError(Exception):
    """One resource could not be made; what was already on its way was. ``where`` is the line of the program that declares it."""

    def __init__(self, type_: str, name: str, where: str, reason: str) -> None:
        self.type, self.name, self.where, self.reason = type_, name, where, reason
        super().__init__(f'{type_} "{name}", declared at {where}: {reason}')
