"""Values on their way between the program and an engine: protobuf structures on one side, plain Python on the other."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret, wrap_rpc_secret

Values = dict[str, Any]


def read(structure: Struct) -> Values:
    """Return what *structure* holds, secrets opened, and whole numbers as ``int``: protobuf knows only floats."""
    opened: Values = _opened(json_format.MessageToDict(structure))
    return opened


def secrets_in(structure: Struct) -> set[str]:
    """Return the top-level keys of *structure* that hold a secret anywhere below."""
    return {key for key, value in json_format.MessageToDict(structure).items() if _holds_secret(value)}


def write(values: Mapping[str, Any], secret: set[str]) -> Struct:
    """Return *values* as a structure; those under the *secret* keys are marked as such."""
    marked = {key: wrap_rpc_secret(value) if key in secret else value for key, value in values.items()}
    return json_format.ParseDict(marked, Struct())


def _opened(value: Any) -> Any:
    if is_rpc_secret(value):
        return _opened(unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _opened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_opened(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return is_rpc_secret(value) or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))
