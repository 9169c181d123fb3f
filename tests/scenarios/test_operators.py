"""Several operators: one acts at a time, whoever dies or sleeps is succeeded, and the clocks of their machines decide nothing."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta

from runbooks.journal import MOVES
from tests.scenarios.stage import EAST, WEST, Ended, Stage, eventually

OVER = ("failover", "--region", WEST, "--yes", WEST)
BACK = ("failback", "--region", EAST, "--yes", EAST)
HELD = r"Error: (\w+)@\S+ holds the lease for (\S+) since (\S+), until (\S+) unless renewed\nTry: .+\n"
SUCCEEDED = r"(the lease of \S+ passed to another process|another process wrote record \d+ of \S+)"
THEM = "[abc]*"  # ana, ben and cleo


def test_a_clock_that_aws_does_not_believe_is_explained(stage: Stage) -> None:
    """RequestTimeTooSkewed is one error about the clock, whatever was asked, and nothing is changed."""
    stage.sandbox.fault("skewed", caller="ana")
    since = stage.now()
    said, hint = stage.known("ana").does(*OVER).refusal()
    stage.sandbox.clear_faults()
    assert "RequestTimeTooSkewed" in said
    assert "clock" in hint
    assert stage.effects(since, by="ana") == []


def test_of_two_at_once_one_runs_and_the_other_may_after_its_death(stage: Stage) -> None:
    """Two start a failover at once: one runs, others are told who, since when, till when; killed elsewhere, it is succeeded after that.

    All along AWS's clock is ten minutes ahead of theirs.
    """
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.fault("skew", seconds=600, caller=THEM)
    stage.sandbox.service_times(promote=8)
    since, began = stage.now(), datetime.now(UTC)
    begun = {name: stage.known(name).begins(*OVER) for name in ("ana", "ben")}
    eventually(lambda: _by(stage, since, "PromoteReadReplica"), "somebody to promote", within=60)
    late = stage.known("cleo").does(*OVER)
    (winner,) = _by(stage, since, "PromoteReadReplica")
    loser = "ben" if winner == "ana" else "ana"
    told = begun[loser].ends()
    begun[winner].kill()
    until, run = _as_held_by_another_machine(stage), stage.records("failover")[0].run
    early = stage.known(loser).does(*OVER, "--resume")
    for refused in (told, late, early):
        _told_who_holds(refused, winner, run, began)
    assert stage.effects(since, by=loser) == stage.effects(since, by="cleo") == []
    eventually(lambda: datetime.now(UTC) > until, "the lease to run out")
    resumed = stage.known(loser).does(*OVER, "--resume")
    stage.sandbox.clear_faults()
    stage.sandbox.service_times(promote=0)
    assert resumed.code == 0, resumed
    assert _by(stage, since, "PromoteReadReplica") == [winner]
    stage.sandbox.heal_region(EAST)


def test_a_sleeper_that_was_succeeded_changes_nothing(away: Stage) -> None:
    """Stopped in mid-call for longer than its term, and woken after another took over: its call is not repeated, and it says why.

    All along AWS's clock is ten minutes behind theirs.
    """
    away.sandbox.fault("hang", service="ecs", operation="UpdateService", region=EAST, where={"desiredCount": "2"}, caller="ana", times=1)
    hanging = away.sandbox.faults()[0]["id"]
    away.sandbox.fault("skew", seconds=-600, caller=THEM)
    since, process = away.now(), away.known("ana").begins(*BACK)
    eventually(lambda: hanging not in [fault["id"] for fault in away.sandbox.faults()], "ana to ask for more tasks", within=60)
    process.signal(signal.SIGSTOP)
    lease = away.clients("s3", WEST).get_object(Bucket=away.journal_bucket, Key=MOVES.lease)
    eventually(lambda: datetime.now(UTC) > lease["LastModified"] + timedelta(seconds=16), "ana's lease to run out")
    taken = away.known("ben").does(*BACK, "--resume")
    assert taken.code == 0, taken
    woken_after = away.now()
    process.signal(signal.SIGCONT)
    woken = process.ends()
    away.sandbox.clear_faults()
    assert woken.code == 1, woken
    assert re.fullmatch(f"Error: {SUCCEEDED}\nTry: .*invoke status.*\n", woken.err), woken
    asked = [entry["operation"] for entry in away.sandbox.requests(woken_after) if entry["caller"] == "ana"]
    assert {operation for operation in asked if not operation.startswith(("Describe", "Get", "List"))} <= {"PutObject"}
    assert away.effects(woken_after, by="ana") == []
    assert _by(away, since, "PromoteReadReplica") == ["ben"]
    assert _by(away, since, "CreateDBInstanceReadReplica") == ["ana", "ben"]


def _by(stage: Stage, since: int, operation: str) -> list[str]:
    """Return who made *operation* take effect, each time that it did."""
    return [entry["caller"] for entry in stage.sandbox.requests(since) if entry["operation"] == operation and entry["effect"]]


def _told_who_holds(told: Ended, holder: str, run: str, began: datetime) -> None:
    found = re.fullmatch(HELD, told.err)
    assert told.code == 1, told
    assert found, told
    assert (found[1], found[2]) == (holder, run)
    since, until = datetime.fromisoformat(found[3]), datetime.fromisoformat(found[4])
    assert began - timedelta(seconds=1) < since < until


def _as_held_by_another_machine(stage: Stage) -> datetime:
    """Let the lease say what a process on another machine would have written, and return when it runs out."""
    s3, bucket = stage.clients("s3", WEST), stage.journal_bucket
    lease = json.loads(s3.get_object(Bucket=bucket, Key=MOVES.lease)["Body"].read())
    s3.put_object(Bucket=bucket, Key=MOVES.lease, Body=json.dumps(lease | {"process": "elsewhere 1 1.0"}).encode())
    written: datetime = s3.head_object(Bucket=bucket, Key=MOVES.lease)["LastModified"]
    return written + timedelta(seconds=lease["seconds"] + 1)
