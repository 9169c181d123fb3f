"""Cost Explorer as the emulator answers for it: with what it was told to."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from runbooks.aws import costs
from runbooks.aws.costs import Month
from runbooks.aws.session import Door
from sandbox import kms
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, running

SPAN = (date(2026, 10, 1), date(2026, 12, 1))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with running(tmp_path, kms) as lab:
        yield lab


@pytest.fixture
def door(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester")
    return Door(EAST, endpoint=lab.endpoint)


def month(begins: str, estimated: bool, **groups: str) -> dict[str, object]:
    named = [
        {"Keys": [f"cost-center${value}"], "Metrics": {"UnblendedCost": {"Amount": cost, "Unit": "USD"}}} for value, cost in groups.items()
    ]
    return {"TimePeriod": {"Start": begins, "End": begins}, "Estimated": estimated, "Total": {}, "Groups": named}


def test_the_months_of_our_tag_are_told(lab: Lab, door: Door) -> None:
    """Other values of the tag, and what carries none, are not ours; a month without us is left out."""
    first = month("2026-10-01", False, recovery="12.50", other="99", **{"": "7"})
    told = [first, month("2026-11-01", True, recovery="3.25"), month("2026-12-01", True, other="1")]
    httpx.post(f"{lab.endpoint}/moto-api/static/ce/cost-and-usage-results", json={"results": [{"ResultsByTime": told}]}).raise_for_status()
    assert costs.monthly(door, "cost-center", "recovery", *SPAN) == (
        Month(date(2026, 10, 1), Decimal("12.50"), False),
        Month(date(2026, 11, 1), Decimal("3.25"), True),
    )


def test_nothing_is_told_where_nothing_was_spent(door: Door) -> None:
    """The emulator knows no prices."""
    assert costs.monthly(door, "cost-center", "recovery", *SPAN) == ()
