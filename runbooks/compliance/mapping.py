"""Which control asks for what: the frameworks of ``templates/frameworks.yaml``, and what people state in ``procedures/statements.yaml``.

Both files are extended by hand, and lie in the evidence as they were. An attestation answers for what no machine measures; an exception
says who accepts a failure, and until when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runbooks.compliance.case import Verdict
from runbooks.compliance.evidence import Evidence
from runbooks.compliance.figures import Source
from runbooks.compliance.findings import CHECKS, Finding
from runbooks.errors import Refused

HOUSE = Path(__file__).resolve().parents[2]
FRAMEWORKS, STATEMENTS = HOUSE / "templates" / "frameworks.yaml", HOUSE / "procedures" / "statements.yaml"
ATTESTED = "attested-"
"""What the name of a thing begins with that people attest."""

Read = TypeVar("Read", bound=BaseModel)
Text = Annotated[str, Field(min_length=1, max_length=500)]
Verdicts = Literal["pass", "fail", "excepted", "no evidence"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Control(Strict):
    """One control: its ``id`` in its framework, what it asks in a sentence, and the findings that answer it."""

    id: Text
    asks: Text
    needs: Annotated[tuple[Text, ...], Field(min_length=1)]


class Framework(Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: Text
    controls: Annotated[tuple[Control, ...], Field(min_length=1)]


class Attestation(Strict):
    """What somebody states: ``finding`` begins with "attested-"; it counts from ``stated`` to ``until``. ``reference`` is where to look."""

    finding: Annotated[str, Field(pattern=r"^attested-[a-z-]+$")]
    says: Text
    owner: Text
    stated: date
    until: date
    reference: Text


class Exemption(Strict):
    """Who accepts that ``finding`` fails, why, and until when."""

    finding: Text
    reason: Text
    owner: Text
    until: date


class Statements(Strict):
    attestations: tuple[Attestation, ...] = ()
    exceptions: tuple[Exemption, ...] = ()


class Frameworks(Strict):
    frameworks: Annotated[tuple[Framework, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Answered:
    """A control and what became of it: the worst of what its findings say; a failure that somebody accepted is ``excepted``."""

    framework: str
    control: Control
    verdict: Verdicts
    findings: tuple[Finding, ...]
    exceptions: tuple[Exemption, ...]


def documents() -> dict[str, bytes]:
    """Return both files as they are now; raise :class:`Refused` when one cannot be used."""
    found = {FRAMEWORKS.name: _bytes(FRAMEWORKS), STATEMENTS.name: _bytes(STATEMENTS) if STATEMENTS.exists() else b""}
    frameworks(found)
    statements(found)
    return found


def frameworks(found: Mapping[str, bytes]) -> tuple[Framework, ...]:
    """Return the mapping; raise :class:`Refused` for what it may not say, or for a finding that nothing answers."""
    read = _read(found, FRAMEWORKS.name, Frameworks).frameworks
    for framework in read:
        for control in framework.controls:
            unknown = [name for name in control.needs if name not in CHECKS and not name.startswith(ATTESTED)]
            if unknown:
                hint = f"choose of {', '.join(CHECKS)}; or {ATTESTED}NAME for what people state"
                raise Refused(f"{FRAMEWORKS.name}: {framework.id} {control.id} needs {unknown[0]}, which nothing answers", hint)
    return read


def statements(found: Mapping[str, bytes]) -> Statements:
    return _read(found, STATEMENTS.name, Statements)


def attested(made: Statements, wanted: Sequence[Framework], evidence: Evidence) -> dict[str, Finding]:
    """Return a finding for each thing that *wanted* leaves to people, by its name: passed only while somebody stands for it."""
    day = evidence.about.period.last
    names = {name for each in wanted for control in each.controls for name in control.needs if name.startswith(ATTESTED)}
    return {name: _attested(name, [each for each in made.attestations if each.finding == name], day) for name in sorted(names)}


def _attested(name: str, found: Sequence[Attestation], day: date) -> Finding:
    title = name.removeprefix(ATTESTED).replace("-", " ").capitalize()
    valid = [each for each in found if each.stated <= day <= each.until]
    if valid:
        newest = max(valid, key=lambda each: each.stated)
        says = f"{newest.says} (stated by {newest.owner} on {newest.stated}, until {newest.until}; {newest.reference})"
        return Finding(name, title, "pass", says, (Source("statements.yaml", (name,)),))
    stale = f"the last statement ended on {max(each.until for each in found)}" if found else "nobody has stated it"
    return Finding(name, title, "no evidence", stale)


def answered(wanted: Sequence[Framework], found: Mapping[str, Finding], made: Statements, day: date) -> tuple[Answered, ...]:
    """Return every control with its verdict as of *day*."""
    accepted = {each.finding: each for each in made.exceptions if day <= each.until}
    return tuple(
        _answered(framework.id, control, tuple(found[name] for name in control.needs), accepted)
        for framework in wanted
        for control in framework.controls
    )


def _answered(framework: str, control: Control, found: tuple[Finding, ...], accepted: Mapping[str, Exemption]) -> Answered:
    failed = [each.name for each in found if each.verdict == "fail"]
    excepted = tuple(accepted[name] for name in failed if name in accepted)
    return Answered(framework, control, _worst([each.verdict for each in found], len(failed) - len(excepted)), found, excepted)


def _worst(verdicts: Sequence[Verdict], failures: int) -> Verdicts:
    """A failure counts before what was not seen, and an accepted one after it: nothing unseen hides behind an exception."""
    if failures:
        return "fail"
    if "no evidence" in verdicts:
        return "no evidence"
    return "excepted" if "fail" in verdicts else "pass"


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}", "put the file back") from None


def _read(found: Mapping[str, bytes], name: str, kind: type[Read]) -> Read:
    try:
        return kind.model_validate(yaml.safe_load(found.get(name, b"")) or {})
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise Refused(f"{name} cannot be read: {error}", "correct the file") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise Refused(f"{name}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}", "correct the file") from None
