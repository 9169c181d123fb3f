"""Which backups are not deleted, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runbooks.aws.recovery_points import Point, Vault
from runbooks.unmaking import Doomed, why_not
from tests.runbooks.pictures import EAST

NOW = datetime(2026, 11, 22, tzinfo=UTC)
POINT = Point("arn:p:77AB", "files", "snapshot", "COMPLETED", NOW, None, 1, "warm", EAST, "vault", "arn:aws:s3:::media", "")
CONTINUOUS = replace(POINT, kind="continuous", target="database")
OPEN = Vault("vault", False, None, None)
GOVERNED, FOR_GOOD = replace(OPEN, locked=True), replace(OPEN, locked=True, shortest=7, locked_for_good=NOW - timedelta(days=1))


@pytest.mark.parametrize(
    ("point", "vault", "disassociate", "message", "hint"),
    [
        (POINT, OPEN, True, "is a snapshot: only a continuous backup can be given back", "leave out --disassociate"),
        (replace(POINT, state="DELETING"), OPEN, False, "is being deleted already", "invoke backups --state DELETING"),
        (POINT, GOVERNED, False, "vault is locked: nobody deletes arn:p:77AB before its time; it is kept for ever.", "break-glass role"),
        (POINT, FOR_GOOD, False, "for 7 days at least.*It is 0 days old.", "closed for good since 2026-11-21"),
        (CONTINUOUS, OPEN, False, "is a continuous backup of a database", "repeat with --disassociate"),
        (CONTINUOUS, GOVERNED, True, "vault is locked", "break-glass role"),
    ],
)
def test_what_is_not_deleted_is_refused_with_the_reason(point: Point, vault: Vault, disassociate: bool, message: str, hint: str) -> None:
    """And with what can be done instead."""
    reason = why_not(point, vault, disassociate, NOW)
    with pytest.raises(Exception, match=message):
        raise reason or AssertionError("it would be deleted")
    assert reason is not None
    assert hint in reason.hint


@pytest.mark.parametrize(("point", "disassociate"), [(POINT, False), (CONTINUOUS, True), (replace(CONTINUOUS, target="files"), False)])
def test_the_rest_may_be_deleted(point: Point, disassociate: bool) -> None:
    """A continuous backup of a bucket restarts nothing."""
    assert why_not(point, OPEN, disassociate, NOW) is None


def test_what_is_about_to_happen_is_said_and_confirmed_by_its_name() -> None:
    """The word to type is the end of the ARN."""
    chosen = Doomed(POINT, disassociate=False)
    assert chosen.word == "77AB"
    assert chosen.spoken() == "Delete the snapshot of arn:aws:s3:::media from 2026-11-22 00:00:00Z in vault (us-east-1), for good."
    assert Doomed(CONTINUOUS, disassociate=True).spoken().startswith("Give back to its service the continuous backup of")
