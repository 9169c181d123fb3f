"""Lock files as pip and npm have them: what they pin, and the hashes that what is pinned must have."""

import hashlib
import json
import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from runbooks.errors import FetchFailed

STRONGEST = ("sha512", "sha384", "sha256", "sha1")


@dataclass(frozen=True, slots=True)
class Pin:
    """One thing that a lock pins. ``hashes`` are digests such as ``sha256:9f86…``, of which any will do; ``url`` is empty where an
    index is to be asked for the project ``name``; ``line`` is what pip reads of it.
    """

    of: str
    name: str
    hashes: tuple[str, ...]
    url: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Pins:
    """What a lock pins, the ``index`` that it names itself if it does, and what is ``loose``: in it, and pinned by no hash."""

    pins: tuple[Pin, ...]
    index: str = ""
    loose: tuple[str, ...] = ()


def kind_of(path: str) -> Literal["pip", "npm"] | None:
    """Return whose lock file *path* may be, by its name; what is inside an installed package is none of the shop's."""
    file = PurePosixPath(path)
    if "node_modules" in file.parts or ".." in file.parts:
        return None
    if file.name in ("package-lock.json", "npm-shrinkwrap.json"):
        return "npm"
    return "pip" if re.fullmatch(r"requirements[\w.-]*\.(txt|lock)", file.name) else None


def read(kind: str, text: str) -> Pins:
    """Return what the lock file with *text* pins; raise :class:`FetchFailed` when it cannot be read."""
    return _npm(text) if kind == "npm" else _pip(text)


def _pip(text: str) -> Pins:
    """Source of the form: pip's documentation, "Requirements File Format"."""
    pins, index, loose = [], "", []
    joined = re.sub(r"(^|\s)#.*$", "", text.replace("\\\r\n", " ").replace("\\\n", " "), flags=re.MULTILINE)
    for line in filter(None, map(str.strip, joined.splitlines())):
        option = re.match(r"(?:-i|--index-url)[ =]+(\S+)", line)
        index = option[1] if option else index
        if line.startswith("-"):
            continue
        pin = _pip_pin(line)
        pins += [pin] if pin.hashes else []
        loose += [] if pin.hashes else [pin.of]
    return Pins(tuple(pins), index, tuple(loose))


def _pip_pin(line: str) -> Pin:
    found = re.findall(r"--hash[= ](sha256|sha384|sha512):([0-9a-fA-F]+)", line)  # pip takes no other
    hashes = tuple(f"{algorithm}:{digest.lower()}" for algorithm, digest in found)
    asked = line.partition("--hash")[0].strip()
    direct = re.match(r"([\w.-]+)(?:\[[^]]*])?\s*@\s*(https?://[^\s;]+)", asked)
    name = re.match(r"[\w.-]+", asked)
    of = re.sub(r"\s*;.*", "", asked).replace(" ", "")
    return Pin(of, re.sub(r"[-_.]+", "-", name[0]).lower() if name else "", hashes, direct[2] if direct else "", line)


def _npm(text: str) -> Pins:
    """Source of the form: npm's documentation, "package-lock.json"; ``dependencies`` is how version 1 has it."""
    try:
        content = json.loads(text)
        entries = content["packages"].items() if "packages" in content else _nested(content.get("dependencies", {}))
        found = [_npm_pin(path, entry) for path, entry in entries if _is_fetched(path, entry)]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FetchFailed("it cannot be read as npm's lock file", "make it anew: npm install --package-lock-only") from None
    whole = {(pin.of, pin.hashes): pin for pin in found if pin.hashes}
    return Pins(tuple(whole.values()), loose=tuple(pin.of for pin in found if not pin.hashes))


def _nested(dependencies: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, entry in dependencies.items():
        yield f"node_modules/{name}", entry
        yield from _nested(entry.get("dependencies", {}))


def _is_fetched(path: str, entry: Mapping[str, Any]) -> bool:
    """Leave out the project itself, its own workspaces, links to them, and what lies inside another package's file."""
    return "node_modules/" in path and not any(entry.get(word) for word in ("link", "inBundle", "bundled"))


def _npm_pin(path: str, entry: Mapping[str, Any]) -> Pin:
    name = str(entry.get("name") or path.rpartition("node_modules/")[2])
    url = str(entry.get("resolved", entry.get("version", "")))
    version = entry.get("version", "")
    return Pin(f"{name}@{version}", name, integrity(str(entry.get("integrity", ""))), url if url.startswith("http") else "")


def integrity(text: str) -> tuple[str, ...]:
    """Return the digests in *text* of its strongest algorithm. Source of the form: the W3C's "Subresource Integrity"."""
    given = [part.partition("-")[::2] for part in re.sub(r"\?\S*", "", text).split()]
    for algorithm in STRONGEST:
        try:
            digests = [b64decode(value, validate=True) for name, value in given if name == algorithm]
        except NoBase64:
            return ()
        if digests:
            whole = hashlib.new(algorithm, usedforsecurity=False).digest_size
            return tuple(f"{algorithm}:{digest.hex()}" for digest in digests if len(digest) == whole)
    return ()
