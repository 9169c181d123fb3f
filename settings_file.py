"""A stack's file of settings, changed value by value: comments and everything else in it stay as they are."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

import settings
from settings import PROJECT, Settings, SettingsError


def changed(file: Path, changes: Mapping[tuple[str | int, ...], str | int]) -> tuple[str, Settings]:
    """Return the text of *file* with each of *changes* in its place, and the settings it then holds; nothing is written.

    Raises :class:`SettingsError` when a place is not there, or with every fault that the settings would have.
    """
    settings.load(file)
    text = file.read_text(encoding="utf-8")
    found = [(_node(text, place, file), value) for place, value in changes.items()]
    spans = [(node.start_mark.index, node.end_mark.index, _scalar(value)) for node, value in found if node.value != str(value)]
    for begin, end, scalar in sorted(spans, reverse=True):
        text = text[:begin] + scalar + text[end:]
    document = yaml.safe_load(text)["config"]
    ours = {key.removeprefix(f"{PROJECT}:"): value for key, value in document.items() if key.startswith(f"{PROJECT}:")}
    return text, settings.parse(ours, str(file))


def write(file: Path, text: str) -> None:
    """Write *text* to *file*, whole or not at all."""
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as body:
            body.write(text)
        Path(draft).chmod(file.stat().st_mode)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _node(text: str, place: tuple[str | int, ...], file: Path) -> yaml.ScalarNode:
    """Return the scalar at *place* in *text*, which knows where it begins and ends."""
    node = yaml.compose(text)
    for part in ("config", f"{PROJECT}:{place[0]}", *place[1:]):
        node = _inner(node, part)
    if not isinstance(node, yaml.ScalarNode):
        path = ".".join(map(str, place))
        raise SettingsError(str(file), [f"{PROJECT}:{path}: is not there to be changed"], f"write it into {file} by hand")
    return node


def _inner(node: yaml.Node | None, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _scalar(value: str | int) -> str:
    """Return *value* as YAML that reads the same anywhere, also within brackets."""
    return str(value) if isinstance(value, int) else yaml.safe_dump(value, default_style='"', width=10**6).strip()
