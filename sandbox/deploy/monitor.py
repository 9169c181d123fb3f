"""Pulumi's resource monitor, in this process: hands each registration and each function call to an engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor, Mocks
from pulumi.runtime.proto import resource_pb2

from sandbox.deploy import wire
from sandbox.deploy.wire import Values

STACK = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:"


@dataclass(frozen=True, slots=True)
class Registration:
    """One resource as the program declared it. ``inputs`` have Pulumi's camel-case names; ``provider`` is its provider's inputs."""

    type: str
    name: str
    urn: str
    where: str
    inputs: Values
    provider: Values = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    delete_before_replace: bool = False


class Made(NamedTuple):
    """A resource that exists now: its id, and the outputs that its inputs do not already say."""

    id: str
    outputs: Mapping[str, Any]


class Engine(Protocol):
    """What stands behind the monitor; it is called from several threads at once."""

    def configure(self, provider: Values) -> None: ...

    def create(self, registration: Registration) -> Made: ...

    def call(self, function: str, arguments: Values, provider: Values) -> Values: ...


class LocalMonitor(MockMonitor):
    """Serves one run of a program. ``exports`` holds the stack's outputs once the run is over."""

    def __init__(self, engine: Engine, root: Path) -> None:
        super().__init__(_Unused())
        self.exports: Values = {}
        self._engine, self._root = engine, root
        self._providers: dict[str, Values] = {}
        self._lock = Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK or not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        inputs = wire.read(request.object)
        if request.type.startswith(PROVIDER):
            return self._keep_provider(urn, inputs, request.object)
        made = self._engine.create(self._registration(urn, inputs, request))
        outputs = wire.write({**inputs, **made.outputs}, wire.secrets_in(request.object))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=made.id, object=outputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        if f"::{STACK}::" in request.urn:
            secret = wire.secrets_in(request.outputs)
            self.exports = {key: "[secret]" if key in secret else value for key, value in wire.read(request.outputs).items()}
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        answer = self._engine.call(request.tok, wire.read(request.args), self._provider(request.provider))
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.write(answer, set())})

    def ReadResource(self, request: Any) -> Any:  # noqa: N802 gRPC's name
        raise NotImplementedError(f'{request.type} "{request.name}": resources that exist already are not read, but looked up by functions')

    def _registration(self, urn: str, inputs: Values, request: Any) -> Registration:
        return Registration(
            type=request.type,
            name=request.name,
            urn=urn,
            where=self._where(request.sourcePosition),
            inputs=inputs,
            provider=self._provider(request.provider),
            parent=request.parent,
            protect=request.protect,
            ignore_changes=tuple(request.ignoreChanges),
            depends_on=tuple(sorted(request.dependencies)),
            delete_before_replace=request.deleteBeforeReplace,
        )

    def _keep_provider(self, urn: str, inputs: Values, given: Any) -> Any:
        """Keep a provider's inputs, of which everything but text arrives as JSON."""
        provider = {key: _decoded(value) for key, value in inputs.items()}
        self._engine.configure(provider)
        with self._lock:
            self._providers[f"{urn}::{urn}"] = provider
        return resource_pb2.RegisterResourceResponse(urn=urn, id=urn, object=given)

    def _provider(self, reference: str) -> Values:
        with self._lock:
            return self._providers.get(reference, {})

    def _where(self, position: Any) -> str:
        path = Path(unquote(urlsplit(position.uri).path))
        shown = path.relative_to(self._root) if path.is_relative_to(self._root) else path
        return f"{shown}:{position.line}"


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in {"{", "["} else value


class _Unused(Mocks):
    """The base class asks for mocks; every method that would use them is ours."""

    def call(self, args: Any) -> Any:
        raise NotImplementedError

    def new_resource(self, args: Any) -> Any:
        raise NotImplementedError
