"""Several operators at once: one acts at a time, whoever dies or sleeps is succeeded, and no clock but the journal's decides."""

import json
import re
import signal
from datetime import UTC, datetime, timedelta

import pytest

from runbooks.lease import KEY
from tests.scenarios.stage import EAST, WEST, Ended, Stage, eventually, finish, kill

pytestmark = pytest.mark.scenario

OVER = ("failover", "--region", WEST, "--yes", WEST)
BACK = ("failback", "--region", EAST, "--yes", EAST)
HELD = r"Error: (\w+)@\S+ holds the lease for (\S+) since (\S+), until (\S+) unless renewed\nTry: .+\n"
SUCCEEDED = r"(the lease of \S+ passed to another process|another process wrote record \d+ of \S+)"


def test_of_two_at_once_one_runs(stage: Stage) -> None:
    """Two start the same failover at once: one runs, the other changes nothing and is told who acts, since and till when; so is a third."""
    ana, ben, cleo = (stage.known(name) for name in ("ana", "ben", "cleo"))
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.service_times(promote=6)
    since, began = stage.now(), datetime.now(UTC)
    begun = {"ana": ana.begins(*OVER), "ben": ben.begins(*OVER)}
    eventually(lambda: _asked_to_promote(stage, since), "somebody to promote")
    late = cleo.does(*OVER)
    ended = {name: finish(process) for name, process in begun.items()}
    stage.sandbox.service_times(promote=0)
    winner, loser = sorted(ended, key=lambda name: ended[name].code)
    assert ended[winner].code == 0, ended[winner]
    run = stage.records("failover")[0].run
    for told in (ended[loser], late):
        _told_who_holds(told, winner, run, began)
    assert stage.effects(since, by=loser) == stage.effects(since, by="cleo") == []
    assert len(stage.effects(since, "PromoteReadReplica", by=winner)) == 1
    stage.sandbox.heal_region(EAST)


def test_a_holder_that_died_elsewhere_is_succeeded_after_its_term(away: Stage) -> None:
    """Killed on another machine: nobody acts before its lease runs out, anybody may after, and nothing is done twice."""
    ana, ben = away.known("ana"), away.known("ben")
    since, process = away.now(), ana.begins(*BACK)
    eventually(lambda: away.effects(since, "CreateDBInstanceReadReplica", by="ana"), "the replica to be asked for", within=60)
    kill(process)
    until = _as_held_by_another_machine(away)
    refused = ben.does(*BACK, "--resume")
    _told_who_holds(refused, "ana", away.records("failback")[0].run, None)
    assert away.effects(since, by="ben") == []
    eventually(lambda: datetime.now(UTC) > until, "the lease to run out")
    resumed = ben.does(*BACK, "--resume")
    assert resumed.code == 0, resumed
    changed = [(entry["operation"], entry["region"]) for name in ("ana", "ben") for entry in away.effects(since, by=name)]
    for once in (("CreateDBInstanceReadReplica", EAST), ("CreateDBInstanceReadReplica", WEST), ("PromoteReadReplica", EAST)):
        assert changed.count(once) == 1, changed


def test_a_sleeper_that_was_succeeded_changes_nothing(stage: Stage) -> None:
    """Stopped in mid-call for longer than its term, and woken after another took over: its call is not repeated, and it says why."""
    ana, ben = stage.known("ana"), stage.known("ben")
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.fault("hang", service="ecs", operation="UpdateService", region=WEST, caller="ana", times=1)
    since, process = stage.now(), ana.begins(*OVER)
    eventually(lambda: not stage.sandbox.faults(), "ana to ask for more tasks", within=60)
    process.send_signal(signal.SIGSTOP)
    lease = stage.clients("s3", WEST).get_object(Bucket=stage.journal_bucket, Key=KEY)
    eventually(lambda: datetime.now(UTC) > lease["LastModified"] + timedelta(seconds=16), "ana's lease to run out")
    taken = ben.does(*OVER, "--resume")
    assert taken.code == 0, taken
    woken_after = stage.now()
    process.send_signal(signal.SIGCONT)
    woken = finish(process)
    assert woken.code == 1, woken
    assert re.fullmatch(f"Error: {SUCCEEDED}\nTry: .*invoke status.*\n", woken.err), woken
    asked = [entry for entry in stage.sandbox.requests(woken_after) if entry["caller"] == "ana"]
    assert {entry["operation"] for entry in asked if not entry["operation"].startswith(("Describe", "Get", "List"))} <= {"PutObject"}
    assert stage.effects(woken_after, by="ana") == []
    assert len(stage.effects(since, "PromoteReadReplica", by="ana") + stage.effects(since, "PromoteReadReplica", by="ben")) == 1
    stage.sandbox.heal_region(EAST)


def test_clocks_that_are_off_and_step_neither_stop_nor_mislead_a_run(away: Stage) -> None:
    """AWS's clock is ten minutes ahead of the operators', then ten behind: the failback passes, and all along others are kept out."""
    first = away.sandbox.fault("skew", seconds=600)
    since, process = away.now(), away.known("ana").begins(*BACK)
    eventually(lambda: away.effects(since, "CreateDBInstanceReadReplica", by="ana"), "the replica to be asked for", within=60)
    ahead = away.known("ben").does(*BACK)
    away.sandbox.fault("skew", seconds=-600)
    away.sandbox.ask("DELETE", f"faults/{first}")
    behind = away.known("ben").does(*BACK)
    ended = finish(process)
    away.sandbox.clear_faults()
    assert ended.code == 0, ended
    for kept_out in (ahead, behind):
        assert re.fullmatch(HELD, kept_out.err) or "already active" in kept_out.out, kept_out
    assert away.effects(since, by="ben") == []


def test_a_clock_that_aws_does_not_believe_is_explained(stage: Stage) -> None:
    """RequestTimeTooSkewed is one error about the clock, whatever was asked, and nothing is changed."""
    stage.sandbox.fault("skewed", caller="ana")
    since = stage.now()
    said, hint = stage.known("ana").does(*OVER).refusal()
    stage.sandbox.clear_faults()
    assert "RequestTimeTooSkewed" in said
    assert "clock" in hint
    assert stage.effects(since, by="ana") == []


def _asked_to_promote(stage: Stage, since: int) -> bool:
    return any(entry["operation"] == "PromoteReadReplica" for entry in stage.sandbox.requests(since))


def _told_who_holds(told: Ended, holder: str, run: str, began: datetime | None) -> None:
    found = re.fullmatch(HELD, told.err)
    assert told.code == 1, told
    assert found, told
    assert (found[1], found[2]) == (holder, run)
    since, until = datetime.fromisoformat(found[3]), datetime.fromisoformat(found[4])
    assert since < until
    assert began is None or began - timedelta(seconds=1) < since < began + timedelta(seconds=60)


def _as_held_by_another_machine(stage: Stage) -> datetime:
    """Let the lease say what a process on another machine would have written, and return when it runs out."""
    s3, bucket = stage.clients("s3", WEST), stage.journal_bucket
    lease = json.loads(s3.get_object(Bucket=bucket, Key=KEY)["Body"].read())
    s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(lease | {"process": "elsewhere 1 1.0"}).encode())
    written: datetime = s3.head_object(Bucket=bucket, Key=KEY)["LastModified"]
    return written + timedelta(seconds=lease["seconds"] + 1)
