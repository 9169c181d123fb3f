"""The journal's bucket is out of reach, at the start or in mid-run, or tampered with: nothing is done off the record or on a false one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runbooks.journal import read_run, verified
from runbooks.local import Directory
from tests.scenarios.stage import EAST, WEST, Operator, Stage, eventually, finish

pytestmark = pytest.mark.scenario


def test_without_the_bucket_a_run_needs_a_word_and_is_synced_afterwards(stage: Stage) -> None:
    """Silent, unwell or denied: one Error, one Try, nothing changed. With the stack's name typed, the run is on this disk; synced later."""
    stage.sandbox.break_region(EAST, "refuse")
    since, kinds = stage.now(), {"ana": "hang", "ben": "unavailable", "cleo": "deny"}
    for name, kind in kinds.items():
        stage.sandbox.fault(kind, service="s3", where={"Bucket": stage.journal_bucket}, caller=name)
    begun = [stage.known(name).begins("failover", "--region", WEST, "--yes", WEST) for name in kinds]
    for process in begun:
        said, hint = finish(process).refusal()
        assert stage.journal_bucket in said
        assert "--local-journal" in hint
    assert [entry for name in kinds for entry in stage.effects(since, by=name)] == []
    stage.sandbox.clear_faults()
    ana = stage.known("ana")
    with _out_of_reach(stage, "deny"):
        over = stage.fails_over(ana, "--local-journal", stage.chosen.environment)
        assert over.code == 0, over
        assert "invoke journal-sync" in over.out
        assert "cannot be read" in ana.does("check-readiness", "--region", EAST).out
    run = _disk(stage, ana).folders("runs/")[-1]
    kept = read_run(_disk(stage, ana), run)
    assert kept[-1].outcome == "completed"
    assert stage.records(run=run) == ()
    assert f"1 runs are only on this machine ({run})" in ana.does("check-readiness", "--region", EAST).out
    synced = ana.does("journal-sync")
    assert f"{len(kept)} records of {run} copied" in synced.out, synced
    assert verified(stage.records(run=run)) == kept
    stage.sandbox.heal_region(EAST)


def test_an_altered_or_deleted_record_is_named_and_nothing_is_done_on_top(away: Stage) -> None:
    """A record of a paused run is altered, the last of another deleted: on any machine --resume refuses and names it; so does the list."""
    ana, ben = away.known("ana"), away.known("ben")
    for tamper in (_alter, _delete):
        run = _stopped(away, ana)
        key = tamper(away, run)
        since = away.now()
        for operator in (ana, ben):
            said, hint = away.fails_back(operator, "--resume").refusal()
            assert key in said
            assert "invoke abandon" in hint
            assert key in away.fails_back(operator).refusal()[0]
        listed = {entry["run"]: entry["broken"] for entry in json.loads(ben.does("runs", "--json").out)}
        assert key in listed[run]
        assert {entry["summary"].get("Key") for name in ("ana", "ben") for entry in away.effects(since, by=name)} <= {"lease.json"}
        given_up = ana.does("abandon", "--reason", f"{key} was tampered with")
        assert given_up.code == 0, given_up
    back = away.fails_back(ben)
    assert back.code == 0, back


def test_a_bucket_lost_in_mid_run_is_done_without_and_gets_every_record_later(stage: Stage) -> None:
    """The bucket takes a record, does not say so, and falls silent: the run stops, goes on without it, and both copies agree afterwards."""
    ana = stage.known("ana")
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.fault("swallow", service="s3", operation="PutObject", where={"Key": "runs/*/0006.json"}, caller="ana", times=1)
    since, process = stage.now(), ana.begins("failover", "--region", WEST, "--yes", WEST)
    eventually(lambda: not stage.sandbox.faults(), "the record to be swallowed", within=60)
    with _out_of_reach(stage, "hang"):
        stopped = finish(process)
    assert (stopped.code, "--resume" in stopped.err, "--local-journal" in stopped.err) == (3, True, True), stopped
    with _out_of_reach(stage, "deny"):
        assert "--local-journal" in stage.fails_over(ana, "--resume").refusal()[1]
        resumed = stage.fails_over(ana, "--resume", "--local-journal", stage.chosen.environment)
    assert resumed.code == 0, resumed
    synced = ana.does("journal-sync")
    assert synced.code == 0, synced
    run = stage.records("failover")[0].run
    assert verified(stage.records(run=run)) == read_run(_disk(stage, ana), run)
    assert stage.records(run=run)[-1].outcome == "completed"
    assert len(stage.effects(since, "PromoteReadReplica", by="ana")) == 1
    stage.sandbox.heal_region(EAST)


def test_a_bucket_lost_for_a_while_stops_a_run_that_another_machine_finishes(away: Stage) -> None:
    """Denied in mid-run: exit 3 and how to go on; once it is back, --resume on another machine completes, and nothing is done twice."""
    ana, ben = away.known("ana"), away.known("ben")
    since, process = away.now(), ana.begins("failback", "--region", EAST, "--yes", EAST)
    eventually(lambda: away.effects(since, "CreateDBInstanceReadReplica", by="ana"), "the replica to be asked for", within=60)
    with _out_of_reach(away, "deny"):
        stopped = finish(process)
    assert (stopped.code, "--resume" in stopped.err) == (3, True), stopped
    resumed = away.fails_back(ben, "--resume")
    assert resumed.code == 0, resumed
    assert verified(away.records("failback"))[-1].outcome == "completed"
    changed = [(entry["operation"], entry["region"]) for name in ("ana", "ben") for entry in away.effects(since, by=name)]
    for once in (("CreateDBInstanceReadReplica", EAST), ("CreateDBInstanceReadReplica", WEST), ("PromoteReadReplica", EAST)):
        assert changed.count(once) == 1, changed
    left = ana.does("journal-sync")
    assert left.code == 0, left


@contextmanager
def _out_of_reach(stage: Stage, kind: str) -> Iterator[None]:
    """Let nobody reach the journal's bucket meanwhile."""
    stage.sandbox.fault(kind, service="s3", where={"Bucket": stage.journal_bucket})
    yield
    stage.sandbox.clear_faults()


def _disk(stage: Stage, operator: Operator) -> Directory:
    return Directory(operator.home / "solemate-dr" / stage.chosen.environment)


def _stopped(stage: Stage, operator: Operator) -> str:
    """Stop a failback in its first step, and return its name."""
    stage.sandbox.fault("deny", service="rds", operation="ModifyDBParameterGroup", caller="ana")
    stopped = stage.fails_back(operator)
    stage.sandbox.clear_faults()
    assert stopped.code == 3, stopped
    return stage.records("failback")[0].run


def _alter(stage: Stage, run: str) -> str:
    """Write over the second record of *run* with one that says something else, and return its key."""
    s3, bucket, key = stage.clients("s3", WEST), stage.journal_bucket, f"runs/{run}/0002.json"
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=body.replace(b'"operator":"ana@', b'"operator":"eve@'))
    return key


def _delete(stage: Stage, run: str) -> str:
    """Delete the last record of *run* as far as S3 lets one, and return its key."""
    key = stage.records(run=run)[-1].key
    stage.clients("s3", WEST).delete_object(Bucket=stage.journal_bucket, Key=key)
    return key
