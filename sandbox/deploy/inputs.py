"""What a resource is declared with, and what became of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _collections_abc import dict_items


class Inputs(dict[str, Any]):
    """The inputs of one resource, or of a block in it. They remember what was read, so that none is dropped in silence."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__({name: _remembering(value) for name, value in values.items()})
        self._read: set[str] = set()
        self._skipped: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self._read.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self._read.add(name)
        return super().get(name, default)

    def items(self) -> "dict_items[str, Any]":
        self._read.update(self)
        return super().items()

    def given(self, **wanted: str) -> dict[str, Any]:
        """Return the inputs that were given, under AWS's names: ``given(KmsKeyId="kmsKeyId")``."""
        found = {aws: self.get(ours) for aws, ours in wanted.items()}
        return {aws: value for aws, value in found.items() if value is not None}

    def skip(self, *names: str) -> None:
        """Leave out inputs that steer the provider and reach no AWS call when a resource is made."""
        self._skipped.update(names)

    def unread(self, path: str = "") -> list[str]:
        """Return the paths of what nobody read, such as ``rules[0].lifecycle``."""
        looked_at = super().keys() - self._skipped
        found = [f"{path}{name}" for name in looked_at - self._read]
        for name in looked_at & self._read:
            found += _unread_in(super().__getitem__(name), f"{path}{name}")
        return sorted(found)


def _remembering(value: Any) -> Any:
    if isinstance(value, dict):
        return Inputs(value)
    return [_remembering(each) for each in value] if isinstance(value, list) else value


def _unread_in(value: Any, path: str) -> list[str]:
    if isinstance(value, Inputs):
        return value.unread(f"{path}.")
    if isinstance(value, list):
        return [lost for number, each in enumerate(value) for lost in _unread_in(each, f"{path}[{number}]")]
    return []


def pascal(value: Any) -> Any:
    """Return *value* with every key as AWS spells it: ``{"fromPort": 80}`` becomes ``{"FromPort": 80}``."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(each) for key, each in value.items() if each is not None}
    return [pascal(each) for each in value] if isinstance(value, list) else value
