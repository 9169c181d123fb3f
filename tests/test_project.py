"""Pulumi.yaml and the settings: the same keys, the same types, and one place for a default."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_origin

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings import HERE, PROJECT, Settings, SettingsError, defaults, from_config, load
from tests import given

CONFIG: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
TYPES = {bool: "boolean", int: "integer", timedelta: "integer", str: "string", tuple: "array"}


def fields() -> Iterator[tuple[str, FieldInfo]]:
    """Yield every key of the settings and of their sections by its path, such as ``vaults`` and ``vaults.lock``."""
    for field in Settings.model_fields.values():
        yield str(field.alias), field
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from ((f"{field.alias}.{inner.alias}", inner) for inner in field.annotation.model_fields.values())


FIELDS = dict(fields())


def typed(field: FieldInfo) -> str:
    """Return the type that a project file has for *field*: a choice of words is a string, a section an object."""
    annotation = field.annotation
    origin = get_origin(annotation) or annotation
    if isinstance(origin, type) and issubclass(origin, BaseModel):
        return "object"
    return TYPES.get(origin, "string")  # type: ignore[arg-type] # whatever it is


def test_the_project_declares_every_key_of_the_settings() -> None:
    """`pulumi` refuses a stack that lacks one of them."""
    assert {path for path in CONFIG if "." not in path} == {path for path in FIELDS if "." not in path}


@pytest.mark.parametrize("path", CONFIG)
def test_each_key_is_one_of_the_settings_with_its_type(path: str) -> None:
    """What Pulumi checks is what the settings take, and `pulumi config` describes it."""
    assert CONFIG[path]["type"] == typed(FIELDS[path])
    assert CONFIG[path]["description"]
    assert ("items" in CONFIG[path]) == (CONFIG[path]["type"] == "array")


def test_a_default_stands_in_one_place() -> None:
    """What the project gives, the settings' own code gives no second time."""
    assert defaults()
    assert [path for path in defaults() if not FIELDS[path].is_required()] == []
    assert [path for path, value in defaults().items() if not isinstance(value, str | int)] == []  # Pulumi puts no other into a section


@pytest.mark.parametrize("path", defaults())
def test_both_readers_give_a_default_alike(path: str, tmp_path: Path) -> None:
    """A file that leaves a key out, what Pulumi makes of it, and a file that says it read the same."""
    config = yaml.safe_load((HERE / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]
    section, key = path.split(".")
    said = {**config, f"{PROJECT}:{section}": {**config[f"{PROJECT}:{section}"], key: defaults()[path]}}
    left_out = {**config, f"{PROJECT}:{section}": {name: each for name, each in said[f"{PROJECT}:{section}"].items() if name != key}}
    assert read(left_out, tmp_path) == read(said, tmp_path) == from_config(handed(said)) == from_config(handed(left_out))


def test_a_section_has_no_default() -> None:
    """A stack that forgets its vaults is told so, by Pulumi and by us."""
    config = yaml.safe_load((HERE / "Pulumi.prod.yaml").read_text(encoding="utf-8"))["config"]
    del config[f"{PROJECT}:vaults"]
    with pytest.raises(SettingsError, match="vaults: is missing"):
        from_config(handed(config))


def read(config: dict[str, object], folder: Path) -> Settings:
    file = folder / "Pulumi.test.yaml"
    file.write_text(yaml.safe_dump({"config": config}), encoding="utf-8")
    return load(file)


def handed(config: dict[str, object]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def test_a_default_that_is_handed_under_its_own_path_changes_nothing() -> None:
    """A host may hand the project's defaults beside the stack's values; what somebody set there by mistake is refused all the same."""
    values = given.handed(given.changed(vaults__lock="none"))
    assert from_config(values | {f"{PROJECT}:vaults.lock": "governance"}).vaults.lock == "none"
    with pytest.raises(SettingsError, match="unknown key"):
        from_config(values | {f"{PROJECT}:vaults.lock": "compliance"})
