"""How each type of resource is made, and each function answered: a table of short entries, filled by ``resources/``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.clients import Clients
from sandbox.deploy.monitor import Made
from sandbox.deploy.wire import Values


class Inputs:
    """The inputs of one resource. It remembers which were read, so that none is dropped in silence."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.unread = set(values)

    def __getitem__(self, name: str) -> Any:
        self.unread.discard(name)
        return self._values[name]

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return self._values.get(name, default)

    def given(self, **wanted: str) -> dict[str, Any]:
        """Return the inputs that were given, under AWS's names: ``given(KmsKeyId="kmsKeyId")``."""
        found = {aws: self.get(ours) for aws, ours in wanted.items()}
        return {aws: value for aws, value in found.items() if value is not None}

    def skip(self, *names: str) -> None:
        """Leave out inputs that steer the provider and reach no AWS call when a resource is made."""
        self.unread.difference_update(names)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource to make, or a function to answer. ``tags`` are the provider's default tags under the resource's own."""

    name: str
    region: str
    inputs: Inputs
    tags: dict[str, str]
    clients: Clients

    def client(self, service: str) -> Any:
        return self.clients(service, self.region)

    def tag_list(self) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in self.tags.items()]


Maker = Callable[[Wanted], Made]
Answerer = Callable[[Wanted], Values]
MAKERS: dict[str, Maker] = {}
ANSWERERS: dict[str, Answerer] = {}


def makes(type_: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        MAKERS[type_] = maker
        return maker

    return register


def answers(function: str) -> Callable[[Answerer], Answerer]:
    def register(answerer: Answerer) -> Answerer:
        ANSWERERS[function] = answerer
        return answerer

    return register


def pascal(value: Any) -> Any:
    """Return *value* with every key as AWS spells it: ``{"fromPort": 80}`` becomes ``{"FromPort": 80}``."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: pascal(each) for key, each in value.items() if each is not None}
    return [pascal(each) for each in value] if isinstance(value, list) else value
