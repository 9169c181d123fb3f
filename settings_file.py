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
    return text, _read(text, file)


def _read(text: str, file: Path) -> Settings:
    document = yaml.safe_load(text)["config"]
    ours = {key.removeprefix(f"{PROJECT}:"): value for key, value in document.items() if key.startswith(f"{PROJECT}:")}
    return settings.parse(ours, str(file))


def added(file: Path, place: tuple[str | int, ...], value: str) -> tuple[str, Settings]:
    """Return the text of *file* with *value* at the end of the list at *place*, and the settings it then holds; nothing is written.

    A value that is there already is not added again. Raises what :func:`changed` raises.
    """
    settings.load(file)
    text = file.read_text(encoding="utf-8")
    node = _node_at(text, place)
    if not isinstance(node, yaml.SequenceNode):
        raise _absent(place, file)
    if value not in [each.value for each in node.value]:
        text = _longer(text, node, _scalar(value))
    return text, _read(text, file)


def _longer(text: str, node: yaml.SequenceNode, scalar: str) -> str:
    """Return *text* with *scalar* behind the last entry of *node*, written as the others are: in brackets, or on a line of its own."""
    if node.flow_style:
        end = node.end_mark.index - 1
        begin = node.value[-1].end_mark.index if node.value else end
        return f"{text[:begin]}{', ' if node.value else ''}{scalar}{text[begin:]}"
    last = node.value[-1]
    end = text.find("\n", last.end_mark.index)
    end = len(text) if end < 0 else end
    return f"{text[:end]}\n{' ' * node.start_mark.column}- {scalar}{text[end:]}"


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
    node = _node_at(text, place)
    if not isinstance(node, yaml.ScalarNode):
        raise _absent(place, file)
    return node


def _node_at(text: str, place: tuple[str | int, ...]) -> yaml.Node | None:
    node = yaml.compose(text)
    for part in ("config", f"{PROJECT}:{place[0]}", *place[1:]):
        node = _inner(node, part)
    return node


def _absent(place: tuple[str | int, ...], file: Path) -> SettingsError:
    path = ".".join(map(str, place))
    return SettingsError(str(file), [f"{PROJECT}:{path}: is not there to be changed"], f"write it into {file} by hand")


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
