"""Two copies of a run: each gives the other what it lacks, and a disagreement is never written over."""

from pathlib import Path

import pytest

from runbooks.errors import JournalBroken, JournalLost, Unreachable
from runbooks.journal import Journal, read_run
from runbooks.local import Directory
from runbooks.mirror import adopted, copy_run, reconciled
from tests.runbooks.stores import FastClock, Memory

RUN = "20261122T100000Z-failover-0000"


def journal(*stores: Memory | Directory, token: int = 1) -> Journal:
    return Journal(stores, RUN, FastClock(), token)


class Mute(Memory):
    """A store that, once ``mute``, takes what it is given and never says so."""

    mute = False

    def write_new(self, key: str, body: bytes) -> None:
        super().write_new(key, body)
        if self.mute:
            raise Unreachable("memory: no answer")


def test_local_runs_are_copied_once_and_never_over_others(tmp_path: Path) -> None:
    """Syncing brings what is missing, repeats harmlessly, and refuses two different records of one number."""
    local, remote = Directory(tmp_path), Memory()
    pen = journal(local)
    pen.append("opened")
    pen.append("closed")
    assert copy_run(local, remote, RUN) == 2
    assert copy_run(local, remote, RUN) == 0
    assert remote.folders("runs/") == [RUN]
    other = Memory()
    journal(other, token=9).append("opened", outcome="different")
    with pytest.raises(JournalBroken, match="differs between"):
        copy_run(local, other, RUN)


@pytest.mark.parametrize("taken", [True, False])
def test_who_goes_on_without_the_bucket_keeps_the_record_that_was_on_its_way(tmp_path: Path, taken: bool) -> None:
    """Whether or not the bucket took the last record, both copies agree on it when the bucket is back."""
    bucket, mirror = Mute(), Directory(tmp_path)
    pen = journal(bucket, mirror)
    pen.append("opened")
    bucket.mute, bucket.down = taken, not taken
    with pytest.raises(JournalLost):
        pen.append("step-started", step="promote")
    records = adopted(mirror, read_run(mirror, RUN))
    assert records[-1].step == "promote"
    Journal((mirror,), RUN, FastClock(), 2, records).append("resumed")
    bucket.mute = bucket.down = False
    assert reconciled(bucket, mirror, RUN) == read_run(bucket, RUN) == read_run(mirror, RUN)


def test_a_stale_intention_is_left_alone(tmp_path: Path) -> None:
    """A run that went on in the bucket does not get an old record of this machine's on top."""
    bucket, mirror = Memory(), Directory(tmp_path)
    pen = journal(bucket, mirror)
    pen.append("opened")
    pen.append("paused")
    records = read_run(mirror, RUN)
    assert adopted(mirror, records) == records


def test_what_was_done_without_the_bucket_is_brought_there_before_it_goes_on(tmp_path: Path) -> None:
    """Resuming reads the longer of two copies, and both hold it afterwards."""
    bucket, mirror = Memory(), Directory(tmp_path)
    journal(bucket, mirror).append("opened")
    Journal((mirror,), RUN, FastClock(), 2, read_run(mirror, RUN)).append("resumed")
    assert [record.kind for record in reconciled(bucket, mirror, RUN)] == ["opened", "resumed"]
    assert read_run(bucket, RUN) == read_run(mirror, RUN)


def test_two_histories_of_one_run_are_both_left_as_they_are(tmp_path: Path) -> None:
    """A run that went on here and there at once is broken: nothing is written, and the first record that differs is named."""
    bucket, mirror = Memory(), Directory(tmp_path)
    journal(bucket, mirror).append("opened")
    Journal((mirror,), RUN, FastClock(), 2, read_run(mirror, RUN)).append("resumed", outcome="here")
    Journal((bucket,), RUN, FastClock(), 2, read_run(bucket, RUN)).append("resumed", outcome="there")
    before = dict(bucket.objects)
    with pytest.raises(JournalBroken, match=r"0002\.json differs"):
        reconciled(bucket, mirror, RUN)
    assert bucket.objects == before
