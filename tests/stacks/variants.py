"""The program for settings as different as they may be, each declared once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.deploy.wire import Values
from settings import Settings
from tests.stacks.declared import ACCOUNT, EAST, WEST, Declared, by_arc

HERE, THERE = "eu-west-1", "eu-central-1"
OTHER_ACCOUNT = "210987654321"


@dataclass(frozen=True, slots=True)
class Variant:
    stack: str
    change: Callable[[Values], None]
    settings: Settings
    declared: Declared


def swap(config: Values) -> None:
    """Make the roles those after a failover."""
    config["activeRegion"] = WEST


def differ(config: dict[str, Any]) -> None:
    """Another account and other regions, a compliance lock, an air-gapped vault, plain http, no application, and ARC."""
    moved = json.loads(json.dumps(config).replace(ACCOUNT, OTHER_ACCOUNT).replace(EAST, HERE).replace(WEST, THERE))
    config.update(moved)
    config["vaults"] |= {"lock": "compliance", "acknowledgement": "nobody can ever lift the lock of prod", "airGapped": True}
    config["workload"]["shop"] |= {"scheme": "http", "port": 80, "certificates": {}}
    config["application"]["enabled"] = False
    by_arc(config)


VARIANTS: dict[str, tuple[str, Callable[[Values], None]]] = {
    "prod": ("prod", lambda _: None),
    "swapped": ("prod", swap),
    "sandbox": ("sandbox", lambda _: None),
    "different": ("prod", differ),
}
