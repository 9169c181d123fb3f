"""Controls: what they ask for, who states what, and the verdict that comes of it."""

from datetime import date

import pytest

from runbooks.compliance import mapping
from runbooks.compliance.case import Verdict
from runbooks.compliance.findings import Finding
from runbooks.compliance.mapping import Control, Exemption, Framework, Statements
from runbooks.errors import Refused
from tests.runbooks.compliance.month import a_good_month

ONE = b"frameworks: [{id: soc2, name: SOC 2, controls: [{id: A1.2, asks: backups, needs: [%s]}]}]"
DAY = date(2026, 10, 31)


def verdict(*verdicts: Verdict, accepted: str = "") -> str:
    names = [f"finding-{number}" for number in range(len(verdicts))]
    framework = Framework(id="soc2", name="SOC 2", controls=(Control(id="A1.2", asks="backups", needs=tuple(names)),))
    found = {name: Finding(name, name, one, "") for name, one in zip(names, verdicts, strict=True)}
    exceptions = (Exemption(finding=accepted, reason="known", owner="Operations", until=DAY),) if accepted else ()
    [answered] = mapping.answered((framework,), found, Statements(exceptions=exceptions), DAY)
    return answered.verdict


def test_every_framework_that_is_promised_is_mapped() -> None:
    """With its controls as the requirement names them."""
    found = {each.id: [control.id for control in each.controls] for each in mapping.frameworks(mapping.documents())}
    assert found["soc2"] == ["A1.2", "A1.3"]
    assert found["iso-27001"] == ["A.8.13", "A.8.14", "A.5.29", "A.5.30"]
    assert found["nist-800-53"] == ["CP-2", "CP-4", "CP-6", "CP-7", "CP-9", "CP-10"]
    assert set(found) == {"soc2", "iso-27001", "nist-800-53", "pci-dss", "hipaa", "gdpr", "nis2", "cis-11"}


def test_a_control_is_as_good_as_the_worst_that_it_asks_for() -> None:
    """A failure before what was not seen, an accepted failure after it."""
    assert verdict("pass", "pass") == "pass"
    assert verdict("pass", "no evidence") == "no evidence"
    assert verdict("fail", "no evidence") == "fail"
    assert verdict("fail", accepted="finding-0") == "excepted"
    assert verdict("fail", "fail", accepted="finding-0") == "fail"
    assert verdict("fail", "no evidence", accepted="finding-0") == "no evidence"


def test_an_exception_ends_on_its_date() -> None:
    """The day after, a failure is a failure again."""
    framework = Framework(id="soc2", name="SOC 2", controls=(Control(id="A1.2", asks="backups", needs=("x",)),))
    made = Statements(exceptions=(Exemption(finding="x", reason="known", owner="Operations", until=DAY),))
    found = {"x": Finding("x", "x", "fail", "")}
    [answered] = mapping.answered((framework,), found, made, date(2026, 11, 1))
    assert answered.verdict == "fail"


@pytest.mark.parametrize(
    ("on", "until", "verdict", "says"),
    [
        ("2026-10-05", "2027-10-04", "pass", "tried by the team (stated by Head of operations on 2026-10-05, until 2027-10-04; minutes 7)"),
        ("2026-11-01", "2027-10-04", "no evidence", "the last statement ended on 2027-10-04"),
        ("2025-10-05", "2026-10-30", "no evidence", "the last statement ended on 2026-10-30"),
    ],
)
def test_a_statement_counts_between_its_dates(on: str, until: str, verdict: str, says: str) -> None:
    """On the last day of the period, and with its owner and reference."""
    stated = (
        f"attestations: [{{finding: attested-plan-reviewed, says: tried by the team, owner: Head of operations,"
        f" stated: {on}, until: {until}, reference: minutes 7}}]"
    )
    documents = {**mapping.documents(), "statements.yaml": stated.encode()}
    found = mapping.attested(mapping.statements(documents), mapping.frameworks(documents), a_good_month())
    assert (found["attested-plan-reviewed"].verdict, found["attested-plan-reviewed"].says) == (verdict, says)
    assert found["attested-impact-analysis"].says == "nobody has stated it"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (ONE % b"backups-suceed", "soc2 A1.2 needs backups-suceed, which nothing answers"),
        (b"frameworks: []", "frameworks.yaml: frameworks: Tuple should have at least 1 item"),
        (b"frameworks: [{id: soc2}]", "frameworks.yaml: frameworks.0.name: Field required"),
        (b"frameworks: [", "frameworks.yaml cannot be read"),
        (b"\xff", "frameworks.yaml cannot be read"),
    ],
)
def test_a_mapping_that_says_nothing_usable_is_refused(body: bytes, says: str) -> None:
    """By the place in the file; a typing error would otherwise pass for evidence."""
    with pytest.raises(Refused, match=says):
        mapping.frameworks({"frameworks.yaml": body})
