"""Evidence as files: one line of JSON for each record, and a manifest that names every file by its digest and is signed last.

A bundle names the one before it of the same period, so that none can be taken out unnoticed. The journal's records lie in it as they
were read, byte for byte, and hold each other together by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from hashlib import sha256
from io import BytesIO
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from runbooks.compliance.evidence import About, Evidence
from runbooks.errors import EvidenceBroken
from runbooks.signed import Link

SCHEMA = 1
MANIFEST, SIGNATURE, PUBLIC_KEY = "manifest.json", "manifest.sig", "public-key.pem"
SEALS = (MANIFEST, SIGNATURE, PUBLIC_KEY)
ABOUT, BROKEN, UNSEEN, RUNS, DOCUMENTS = "about.json", "broken.json", "unseen.json", "runs/", "documents/"
NO_TABLES = ("about", "broken", "documents", "runs", "unseen")
KEEP_IT = "keep it as it is, and compare it with the evidence in the journal bucket"

Files = Mapping[str, bytes]
"""The files of a bundle by their path, without the seals."""


@dataclass(frozen=True, slots=True)
class Listed:
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a bundle. ``previous`` is the bundle before it, ``key`` the ARN of the key in ``region`` that signed it."""

    schema: int
    name: str
    period: str
    environment: str
    created: datetime
    region: str
    key: str
    previous: Link | None
    files: tuple[Listed, ...]

    @property
    def body(self) -> bytes:
        return _line(self)

    @property
    def digest(self) -> str:
        return sha256(self.body).hexdigest()


def manifest_of(body: bytes) -> Manifest:
    """Return the manifest in *body*; raise :class:`EvidenceBroken` when it is none, or not in the form it was written in."""
    try:
        made: Manifest = _reader(Manifest).validate_json(body)
    except ValidationError as error:
        raise EvidenceBroken(f"{MANIFEST} cannot be read: {_first(error)}", KEEP_IT) from None
    if made.schema != SCHEMA:
        raise EvidenceBroken(f"{MANIFEST} has schema {made.schema}, this is {SCHEMA}", "use the program that wrote it")
    if made.body != body:
        raise EvidenceBroken(f"{MANIFEST} is not in the form it was written in", KEEP_IT)
    return made


def listed(files: Files) -> tuple[Listed, ...]:
    return tuple(Listed(path, len(body), sha256(body).hexdigest()) for path, body in sorted(files.items()))


def differing(manifest: Manifest, files: Files) -> list[str]:
    """Return a sentence for each file that is not as the *manifest* lists it, and for each that it does not list."""
    found = {each.path: each for each in listed(files)}
    wanted = {each.path: each for each in manifest.files}
    missing = [f"{path} is missing" for path in sorted(wanted.keys() - found.keys())]
    added = [f"{path} was added: the manifest does not list it" for path in sorted(found.keys() - wanted.keys())]
    altered = [f"{path} was altered" for path in sorted(wanted.keys() & found.keys()) if wanted[path] != found[path]]
    return [*missing, *added, *altered]


def files_of(evidence: Evidence) -> dict[str, bytes]:
    """Return *evidence* as files; the same evidence gives the same bytes."""
    tables = {_file(name): _lines(getattr(evidence, name)) for name in _tables()}
    runs = {f"{RUNS}{run}/{key}": body for run, records in evidence.runs.items() for key, body in records.items()}
    documents = {f"{DOCUMENTS}{name}": body for name, body in evidence.documents.items()}
    told = {BROKEN: _line(dict(evidence.broken)), UNSEEN: _line(dict(evidence.unseen))}
    return {ABOUT: _line(evidence.about), **told, **tables, **documents, **runs}


def evidence_in(files: Files) -> Evidence:
    """Return the evidence in *files*; raise :class:`EvidenceBroken` naming the first line that is none."""
    runs: dict[str, dict[str, bytes]] = {}
    for path, body in files.items():
        if path.startswith(RUNS):
            run, _, key = path.removeprefix(RUNS).partition("/")
            runs.setdefault(run, {})[key] = body
    tables = {name: tuple(_records(files, _file(name), item)) for name, item in _tables().items()}
    about = _read(_reader(About), files.get(ABOUT, b""), ABOUT)
    broken, unseen = (_read(_reader(dict[str, str]), files.get(path, b""), path) for path in (BROKEN, UNSEEN))
    documents = {path.removeprefix(DOCUMENTS): body for path, body in files.items() if path.startswith(DOCUMENTS)}
    return Evidence(about, **tables, runs=runs, documents=documents, broken=broken, unseen=unseen)


def _records(files: Files, path: str, item: Any) -> Iterable[Any]:  # noqa: ANN401 - the type of whichever table it is
    reader = _reader(item)
    for number, line in enumerate(files.get(path, b"").splitlines(), 1):
        yield _read(reader, line, f"{path}, line {number}")


def _read(reader: TypeAdapter[Any], body: bytes, where: str) -> Any:  # noqa: ANN401 - whatever that reader reads
    try:
        return reader.validate_json(body)
    except ValidationError as error:
        raise EvidenceBroken(f"{where} cannot be read: {_first(error)}", KEEP_IT) from None


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, found['loc']))} {found['msg']}".strip()


@cache
def _tables() -> Mapping[str, Any]:
    """Return the type of each table's records by the table's name, as ``Evidence`` declares them."""
    from typing import get_args, get_type_hints

    hints = get_type_hints(Evidence)
    return {each.name: get_args(hints[each.name])[0] for each in fields(Evidence) if each.name not in NO_TABLES}


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - any record
    return TypeAdapter(kind)


def _file(name: str) -> str:
    return f"{name}.jsonl"


def _lines(records: Iterable[object]) -> bytes:
    lines = BytesIO()  # its value is no copy: a table may be most of what is in memory
    lines.writelines(orjson.dumps(each, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for each in records)
    return lines.getvalue()


def _line(record: object) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def chained(manifests: Sequence[Manifest]) -> str:
    """Return what breaks the chain of a period's bundles, the oldest first, or nothing."""
    before: Manifest | None = None
    for each in manifests:
        wanted = Link(before.name, before.digest) if before else None
        if each.previous != wanted:
            return f"{each.name} does not follow from {before.name if before else 'nothing'}: one of the two was altered or taken away"
        before = each
    return ""
