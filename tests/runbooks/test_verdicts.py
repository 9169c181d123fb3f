"""Verdicts on backups: the newest one counts, and none is written over."""

from datetime import UTC, datetime, timedelta

import pytest

from runbooks import verdicts
from runbooks.errors import JournalBroken
from runbooks.verdicts import Verdict
from tests.runbooks.stores import Memory

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
POINT = "arn:aws:rds:us-west-2:123456789012:snapshot:awsbackup:copyjob-1"


def test_the_newest_verdict_counts() -> None:
    """A backup that failed and was found well later is not broken; the other way round it is."""
    store = Memory()
    for minute, (backup, well) in enumerate([("mended", False), ("mended", True), (POINT, True), (POINT, False)]):
        verdicts.keep(store, Verdict(backup, well, "7 of 9 rows", NOON + timedelta(minutes=minute), "ana"))
    assert list(verdicts.broken(store)) == [POINT]
    assert verdicts.newest(store, "mended") == Verdict("mended", True, "7 of 9 rows", NOON + timedelta(minutes=1), "ana")
    assert verdicts.newest(store, "never looked at") is None


def test_a_verdict_that_cannot_be_read_hides_nothing() -> None:
    """It is named, and no backup counts as well because of it."""
    store = Memory()
    kept = Verdict(POINT, False, "", NOON, "ana")
    store.write_new(kept.key, b"{}")
    with pytest.raises(JournalBroken, match=kept.key):
        verdicts.broken(store)
