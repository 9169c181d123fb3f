"""How each type of resource is made, and each function answered: a table of short entries, filled by ``resources/``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.clients import Clients
from sandbox.deploy.inputs import Inputs
from sandbox.deploy.monitor import Made
from sandbox.deploy.wire import Values


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
