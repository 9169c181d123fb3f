"""`invoke replicate-existing` against the sandbox's S3: what lay in a bucket before its replication is on the other side afterwards."""

from datetime import UTC, datetime

import pytest
from botocore.client import BaseClient

from names import Names
from runbooks import existing
from runbooks.clock import RealClock
from runbooks.errors import Rejected
from runbooks.existing import Replicated
from runbooks.reach import Reach
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST
from tests.sandbox.s3.buckets import keys, make_bucket, replicate, rule, status

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def names(lab: Lab) -> Names:
    return Names(lab.settings)


@pytest.fixture
def reach(lab: Lab, names: Names, monkeypatch: pytest.MonkeyPatch) -> Reach:
    environment = {"AWS_ENDPOINT_URL": lab.endpoint, "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Reach(names, RealClock())


@pytest.fixture
def older(names: Names, east: BaseClient, west: BaseClient) -> tuple[str, str]:
    """The buckets of uploads: two objects are older than their replication, and one is younger."""
    here, there = names.file_bucket("uploads", EAST), names.file_bucket("uploads", WEST)
    make_bucket(east, here)
    make_bucket(west, there)
    for key in ("first", "second"):
        east.put_object(Bucket=here, Key=key, Body=key.encode())
    replicate(east, here, rule(there))
    east.put_object(Bucket=here, Key="third", Body=b"third")
    return here, there


def carried_out(reach: Reach, now: datetime = NOW) -> Replicated:
    [done] = existing.follow(reach, existing.start(reach, ["uploads"], now), reach.clock, lambda _: None)
    return done


def test_what_was_there_before_is_on_the_other_side(reach: Reach, east: BaseClient, west: BaseClient, older: tuple[str, str]) -> None:
    """Only what has no replica is a task; the job has ended when each is there."""
    done = carried_out(reach)
    assert (done.job.status, done.job.total, done.job.succeeded, done.job.failed, done.well) == ("Complete", 2, 2, 0, True)
    assert set(keys(west, older[1])) >= {"first", "second"}
    assert west.get_object(Bucket=older[1], Key="first")["Body"].read() == b"first"
    assert status(east, older[0], "first") == "COMPLETED"


@pytest.mark.usefixtures("older")
def test_a_repeated_command_finds_the_job_it_started(reach: Reach) -> None:
    """Within the hour; later there is a new one, which finds nothing left to do."""
    first, again = carried_out(reach), carried_out(reach)
    assert again.job.id == first.job.id
    later = carried_out(reach, NOW.replace(hour=12))
    assert later.job.id != first.job.id
    assert (later.nothing_to_do, later.well) == (True, True)


def test_what_cannot_be_replicated_is_counted_and_fails_the_command(reach: Reach, west: BaseClient, older: tuple[str, str]) -> None:
    """Without versions on the other side nothing can arrive."""
    west.put_bucket_versioning(Bucket=older[1], VersioningConfiguration={"Status": "Suspended"})
    done = carried_out(reach)
    assert (done.job.succeeded, done.well) == (0, False)
    assert done.job.failed >= 2
    assert "failed" in done.spoken()


def test_a_bucket_without_replication_is_refused(reach: Reach, names: Names, east: BaseClient) -> None:
    """There is nowhere to replicate to."""
    make_bucket(east, names.file_bucket("uploads", EAST))
    with pytest.raises(Rejected, match="no replication configuration"):
        existing.start(reach, ["uploads"], NOW)
