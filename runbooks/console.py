"""Where a command writes: text for people, or the same records as JSON. It knows none of them, so that a command loads only its own."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, timedelta
from decimal import Decimal

from rich.console import Console


def console(*, to_json: bool = False) -> Console:
    """Return where text goes: standard output, or standard error when that carries JSON."""
    return Console(stderr=to_json, highlight=False, soft_wrap=not sys.stdout.isatty())


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(_plain(value), indent=1, sort_keys=True) + "\n")


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value
