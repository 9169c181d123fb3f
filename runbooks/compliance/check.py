"""Whether a report and its evidence are as they were signed. Needs no AWS; where KMS answers, it also says whose signature it is."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from names import Names
from runbooks.aws import signing
from runbooks.aws.session import HASTY, Door
from runbooks.checked import Checked
from runbooks.compliance.bundle import MANIFEST, PUBLIC_KEY, SEALS, SIGNATURE, Manifest, differing, evidence_in, manifest_of
from runbooks.compliance.exercises import broken_runs
from runbooks.compliance.writing import EVIDENCE, REPORTS, REPORTS_SIGNATURE
from runbooks.errors import AwsError, EvidenceBroken, Refused
from runbooks.signed import pem, signed


def check(path: Path, names: Names) -> tuple[Checked, ...]:
    """Return all that was looked at in *path*: a report, its folder, or a folder of evidence. *names* say whose keys are ours."""
    folder = path.parent if path.is_file() else path
    evidence = folder / EVIDENCE if (folder / EVIDENCE / MANIFEST).is_file() else folder
    if not (evidence / MANIFEST).is_file():
        hint = "name the folder that holds evidence/ beside the report: a report by itself proves nothing"
        raise Refused(f"{path} has no {EVIDENCE}/{MANIFEST} beside it", hint)
    try:
        return tuple(_checked(evidence, folder, names))
    except EvidenceBroken as error:
        return (Checked(MANIFEST, well=False, says=error.message),)


def _checked(evidence: Path, folder: Path, names: Names) -> Iterator[Checked]:
    found = _files(evidence)
    manifest = manifest_of(found[MANIFEST])
    yield _signature(manifest, found, names)
    files = {path: body for path, body in found.items() if path not in SEALS}
    wrong = differing(manifest, files)
    yield from (Checked(each.partition(" ")[0], well=False, says=each) for each in wrong)
    if not wrong:
        yield Checked("evidence", well=True, says=f"{len(files):,} files are as they were signed on {manifest.created:%F %H:%M} UTC")
        yield from _runs(files)
    if (folder / REPORTS).is_file():
        yield from _reports(folder, manifest, found.get(PUBLIC_KEY, b""))


def _files(evidence: Path) -> dict[str, bytes]:
    return {str(path.relative_to(evidence)): path.read_bytes() for path in sorted(evidence.rglob("*")) if path.is_file()}


def _signature(manifest: Manifest, found: Mapping[str, bytes], names: Names) -> Checked:
    saved = found.get(PUBLIC_KEY, b"")
    if not signed(manifest.body, found.get(SIGNATURE, b""), saved):
        return Checked(MANIFEST, well=False, says=f"the signature of {manifest.name} does not fit")
    ours, why = _ours(manifest, names)
    if ours and ours != saved:
        return Checked(MANIFEST, well=False, says=f"it is signed by another key than {manifest.key}")
    trust = "by our key, as KMS has it" if ours else f"by the key saved beside it; whose that is could not be asked ({why})"
    return Checked(MANIFEST, well=True, says=f"{manifest.name} of {manifest.period} is signed {trust}")


def _ours(manifest: Manifest, names: Names) -> tuple[bytes, str]:
    """Return our public key, by the alias of a region of ours: a manifest chooses no key. Or nothing, and why."""
    if manifest.environment != names.settings.environment:
        return b"", f"it is of the stack {manifest.environment}"
    if manifest.region not in names.settings.regions:
        return b"", f"{manifest.region} is no region of this stack"
    try:
        return pem(signing.signing_key(Door(manifest.region, pace=HASTY), names.key_alias("signing")).public), ""
    except AwsError as error:
        return b"", error.message


def _runs(files: Mapping[str, bytes]) -> Iterator[Checked]:
    evidence = evidence_in(files)
    wrong = broken_runs(evidence)
    yield from (Checked(run, well=False, says=why) for run, why in wrong.items())
    if not wrong:
        yield Checked("runs", well=True, says=f"the records of {len(evidence.runs)} runs follow from each other")


def _reports(folder: Path, manifest: Manifest, key: bytes) -> Iterator[Checked]:
    body, signature = (folder / REPORTS).read_bytes(), folder / REPORTS_SIGNATURE
    if not signature.is_file() or not signed(body, signature.read_bytes(), key):
        yield Checked(REPORTS, well=False, says="its signature does not fit")
        return
    told: dict[str, Any] = orjson.loads(body)
    if told["evidence"] != manifest.digest:
        yield Checked(REPORTS, well=False, says="it belongs to other evidence")
    for name, digest in told["reports"].items():
        there = (folder / name).read_bytes() if (folder / name).is_file() else None
        well = there is not None and sha256(there).hexdigest() == digest
        yield Checked(name, well=well, says="as it was signed" if well else "it was altered" if there is not None else "it is missing")
    added = [each.name for each in sorted(folder.glob("compliance.*")) if each.name not in told["reports"]]
    yield from (Checked(name, well=False, says="it was added: nobody signed it") for name in added)
