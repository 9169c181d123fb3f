"""A report written: evidence sealed and kept, the formats rendered from what was kept, and their digests sealed beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import orjson

from runbooks import collector
from runbooks.aws import signing
from runbooks.compliance import asff, oscal, page, sheet, table
from runbooks.compliance.bundle import Manifest
from runbooks.compliance.evidence import Evidence
from runbooks.compliance.record import Report, as_json, report
from runbooks.compliance.safekeeping import PREFIX, Keeper, Sealed
from runbooks.errors import Refused

REPORTS, REPORTS_SIGNATURE = "reports.json", "reports.sig"
EVIDENCE = "evidence"

Render = Callable[[Report, Evidence, Manifest], bytes]
FORMATS: Mapping[str, tuple[str, Render]] = {
    "html": ("compliance.html", lambda made, evidence, _: page.render(made, evidence.points)),
    "pdf": ("compliance.pdf", lambda made, *_: sheet.render(made)),
    "json": ("compliance.json", lambda made, *_: as_json(made)),
    "csv": ("compliance.csv", lambda made, *_: table.render(made)),
    "oscal": ("compliance.oscal.json", lambda made, _, manifest: oscal.render(made, manifest)),
    "asff": ("compliance.asff.json", lambda made, *_: asff.render(made)),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A report, and the folder that it is in; ``kept`` is where its evidence lies under lock."""

    report: Report
    folder: str
    files: tuple[str, ...]
    kept: str


def formats(text: str) -> tuple[str, ...]:
    """Return the formats that *text* names, divided by commas; empty is all of them."""
    wanted = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip())) or tuple(FORMATS)
    for each in wanted:
        if each not in FORMATS:
            raise Refused(f"--format {each} is unknown", f"choose of {', '.join(FORMATS)}")
    return wanted


def rendered(sealed: Sealed, wanted: Sequence[str]) -> tuple[Report, dict[str, bytes]]:
    """Return the report on what was sealed, and its files; the same evidence gives the same bytes."""
    evidence, manifest = sealed.evidence, sealed.manifest
    made = report(evidence, manifest.name, manifest.digest)
    chosen = [FORMATS[each] for each in wanted]
    with collector.resting():
        return made, {name: render(made, evidence, manifest) for name, render in chosen}


def write(keeper: Keeper, sealed: Sealed, wanted: Sequence[str], to: Path, beside: Mapping[str, bytes] | None = None) -> Written:
    """Write the report into the folder *to*, with its evidence, and keep its files under lock; *beside* are further files to seal."""
    made, files = rendered(sealed, wanted)
    files |= beside or {}
    files |= _seal(keeper, sealed.manifest, files)
    root = f"{PREFIX}{sealed.manifest.period}/{sealed.manifest.name}/"
    for name, body in files.items():
        keeper.store.write_new(root + name, body)
    evidence = {f"{EVIDENCE}/{path}": body for path, body in (*sealed.files.items(), *sealed.seals.items())}
    for path, body in {**evidence, **files}.items():
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_bytes(body)
    return Written(made, str(to.resolve()), tuple(files), f"{keeper.store.where}/{root}")


def check_target(to: Path) -> None:
    """Raise :class:`Refused` unless *to* is free or empty: a report is never mixed with another."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Refused(f"{to} is in use", "name another folder: --to")


def _seal(keeper: Keeper, manifest: Manifest, files: Mapping[str, bytes]) -> dict[str, bytes]:
    digests = {name: sha256(body).hexdigest() for name, body in files.items()}
    body = orjson.dumps({"bundle": manifest.name, "evidence": manifest.digest, "reports": digests}, option=orjson.OPT_SORT_KEYS)
    return {REPORTS: body, REPORTS_SIGNATURE: signing.sign(keeper.door, manifest.key, body)}
