"""Production's settings with a change, and what is wrong with them."""

import copy
import json

import pytest
import yaml

from settings import HERE, PROJECT, SettingsError, from_config, parse

VALUES = {
    key.removeprefix(f"{PROJECT}:"): value
    for key, value in yaml.safe_load((HERE / "Pulumi.prod.yaml").read_text())["config"].items()
    if key.startswith(PROJECT)
}


def changed(**changes: object) -> dict[str, object]:
    """Return the production values with ``a__b=value`` put at ``a.b``; a value of ``...`` removes the key."""
    values = copy.deepcopy(VALUES)
    for path, value in changes.items():
        *sections, key = path.split("__")
        place = values
        for section in sections:
            place = place[section]
        if value is ...:
            place.pop(key, None)
        else:
            place[key] = value
    return values


def faults(**changes: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(changed(**changes), "test")
    return [fault.removeprefix(f"{PROJECT}:") for fault in caught.value.faults]


def handed(values: dict[str, object]) -> dict[str, str]:
    """Return *values* as Pulumi hands them to a program."""
    return {f"{PROJECT}:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def faults_handed(**changes: object) -> list[str]:
    """Return what is wrong with the same change made by ``pulumi config set``."""
    with pytest.raises(SettingsError) as caught:
        from_config(handed(changed(**changes)))
    return [fault.removeprefix(f"{PROJECT}:") for fault in caught.value.faults]
