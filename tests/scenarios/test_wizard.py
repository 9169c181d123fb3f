"""The wizard at a terminal: a few numbers and a name bring rows back, and leaving changes nothing."""

import os
import pty
import re
from datetime import UTC, datetime, timedelta

from names import Names
from tests.scenarios.stage import EAST, Ended, Stage, eventually


def typed(stage: Stage, *answers: str) -> Ended:
    """Answer the wizard's questions as somebody at a keyboard does."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
        return stage.operator().does("wizard", stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


def test_a_few_answers_restore_the_database_to_a_moment(stage: Stage) -> None:
    """The database, at a moment, the way that loses least, beside what is there; what could have been typed instead is shown."""
    with stage.shoppers():
        pass
    moment = datetime.now(UTC).replace(microsecond=0)
    eventually(lambda: _restorable(stage) > moment, "the log to pass the moment")
    restored = Names(stage.chosen).restored_database(moment)
    said = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    ended = typed(stage, "1", "what?", "1", said, "1", "n", restored)
    assert ended.code == 0, ended
    assert re.search(r"what\? is none of them \(type a number from 1 to \d, or q to leave\)", ended.out)
    assert f"continuous log in {EAST}, to {said}, which loses nothing" in ended.out
    assert f"The same by hand: invoke restore --target database --at {said} --region {EAST}" in ended.out
    there = stage.clients("rds", EAST).describe_db_instances(DBInstanceIdentifier=restored)["DBInstances"]
    assert [each["DBInstanceStatus"] for each in there] == ["available"]
    assert stage.records("restore-database")[-1].outcome == "completed"


def test_a_few_answers_bring_files_back(stage: Stage) -> None:
    """A prefix of the media, where it was, after it was written over; typing the bucket's name confirms it."""
    names, s3 = Names(stage.chosen), stage.clients("s3", EAST)
    bucket = names.media_bucket(EAST)
    s3.put_object(Bucket=bucket, Key="wizard/a.jpg", Body=b"well")
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    eventually(lambda: datetime.now(UTC) > moment + timedelta(seconds=1), "the moment to pass")
    s3.put_object(Bucket=bucket, Key="wizard/a.jpg", Body=b"spoilt")
    ended = typed(stage, "2", "1", "wizard/", "1", f"{moment:%Y-%m-%dT%H:%M:%SZ}", "1", "y", bucket)
    assert ended.code == 0, ended
    assert f"the versions in {bucket}, kept for 120 days: loses nothing" in ended.out
    assert s3.get_object(Bucket=bucket, Key="wizard/a.jpg")["Body"].read() == b"well"


def test_leaving_changes_nothing(stage: Stage) -> None:
    """At any question: with a word, or at a lost region with a plain no."""
    since = stage.now()
    left, no = typed(stage, "1", "q"), typed(stage, "4", "1", "n")
    assert left.refusal()[0] == "left; nothing was changed"
    assert (no.code, "Could us-west-2 take over now?" in no.out) == (1, True)
    assert stage.effects(since) == []


def _restorable(stage: Stage) -> datetime:
    latest = stage.database(EAST).get("LatestRestorableTime")
    return latest if isinstance(latest, datetime) else datetime.now(UTC) - timedelta(days=1)
