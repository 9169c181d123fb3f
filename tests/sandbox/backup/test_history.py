"""Jobs of a span of time, as AWS Backup lists them."""

from datetime import UTC, datetime, timedelta

import pytest

from runbooks.aws import job_history
from runbooks.aws.session import Door
from sandbox.lab import Lab
from tests.sandbox.backup.asking import BUCKET_ARN, VAULT, Aws, backed_up, copied, start_copy
from tests.sandbox.parts import EAST


@pytest.fixture
def door(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Door:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tester")
    return Door(EAST, endpoint=lab.endpoint)


def test_jobs_are_told_with_what_they_made_and_what_became_of_them(aws: Aws, door: Door) -> None:
    """A backup and its copy, each once, and with nothing of before or after the span."""
    made = backed_up(aws("backup"))
    copy = copied(aws("backup"), start_copy(aws("backup"), made["RecoveryPointArn"]))
    now = datetime.now(UTC)
    [backup] = job_history.jobs(door, "backup", now - timedelta(hours=1), now + timedelta(hours=1))
    assert (backup.id, backup.resource, backup.vault, backup.target) == (made["BackupJobId"], BUCKET_ARN, VAULT, "files")
    assert (backup.well, backup.over, backup.size, backup.point) == (True, True, len(b"before"), made["RecoveryPointArn"])
    assert backup.ended is not None
    assert backup.began <= backup.ended <= now
    [found] = job_history.jobs(door, "copy", now - timedelta(hours=1), now + timedelta(hours=1))
    assert (found.id, found.vault, found.point) == (copy["CopyJobId"], VAULT, copy["DestinationRecoveryPointArn"])
    assert (found.source, backup.source) == (made["RecoveryPointArn"], "")
    assert list(job_history.jobs(door, "restore", now - timedelta(hours=1), now)) == []
    assert list(job_history.jobs(door, "backup", backup.began + timedelta(milliseconds=1), now)) == []
    assert list(job_history.jobs(door, "backup", backup.began - timedelta(hours=1), backup.began)) == []


def test_every_page_is_read(aws: Aws, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three jobs, two to a page."""
    monkeypatch.setattr(job_history, "PAGE", 2)
    made = {backed_up(aws("backup"))["BackupJobId"] for _ in range(3)}
    now = datetime.now(UTC)
    assert {each.id for each in job_history.jobs(door, "backup", now - timedelta(hours=1), now + timedelta(hours=1))} == made
