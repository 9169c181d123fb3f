"""The journal's bucket is out of reach, at the start or in mid-run, or tampered with: nothing is done off the record or on a false one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from runbooks.journal import read_run, verified
from runbooks.local import Directory
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

BACK = ("failback", "--region", EAST, "--yes", EAST)


def test_without_the_bucket_a_run_needs_a_word_and_is_synced_afterwards(stage: Stage) -> None:
    """Silent, unwell or denied: one Error, one Try, nothing changed. With the stack's name typed, the run is on this disk; synced later."""
    stage.sandbox.break_region(EAST, "refuse")
    since, kinds = stage.now(), {"ana": "hang", "ben": "unavailable", "cleo": "deny"}
    for name, kind in kinds.items():
        stage.sandbox.fault(kind, service="s3", where={"Bucket": stage.journal_bucket}, caller=name)
    begun = [stage.known(name).begins("failover", "--region", WEST, "--yes", WEST) for name in kinds]
    for process in begun:
        said, hint = process.ends().refusal()
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
    """A record of a stopped run is altered, the last of another deleted: named and refused, here and elsewhere, until it is given up."""
    for name, tamper in (("ana", _alter), ("ben", _delete)):
        run = _stopped(away)
        key, since, operator = tamper(away, run), away.now(), away.known(name)
        for refused in (away.fails_back(operator, "--resume"), away.fails_back(operator)):
            said, hint = refused.refusal()
            assert key in said
            assert "invoke abandon" in hint
        listed = {entry["run"]: entry["broken"] for entry in json.loads(operator.does("runs", "--json").out)}
        assert key in listed[run]
        assert {entry["summary"].get("Key") for entry in away.effects(since, by=name)} <= {"lease.json"}
        given_up = operator.does("abandon", "--reason", f"{key} was tampered with")
        assert given_up.code == 0, given_up


def test_a_bucket_that_comes_and_goes_in_mid_run_gets_every_record_once(away: Stage) -> None:
    """Silent in mid-run: the run stops, and another machine resumes. Denied: it stops, and goes on without it. All is synced later."""
    ana, ben, since = away.known("ana"), away.known("ben"), away.now()
    away.sandbox.fault("swallow", service="s3", operation="PutObject", where={"Key": "runs/*/0006.json"}, caller="ana", times=1)
    process = ana.begins(*BACK)
    eventually(lambda: not away.sandbox.faults(), "the record to be swallowed", within=60)
    with _out_of_reach(away, "hang"):
        _stopped_resumable(process.ends())
    process = ben.begins(*BACK, "--resume")
    eventually(lambda: away.effects(since, "CreateDBInstanceReadReplica", by="ben"), "the replica to be asked for", within=60)
    with _out_of_reach(away, "deny"):
        _stopped_resumable(process.ends())
        assert "--local-journal" in away.fails_back(ben, "--resume").refusal()[1]
        back = away.fails_back(ben, "--resume", "--local-journal", away.chosen.environment)
    assert back.code == 0, back
    for operator in (ben, ana):
        synced = operator.does("journal-sync")
        assert synced.code == 0, synced
    records = verified(away.records("failback"))
    assert records == read_run(_disk(away, ben), records[0].run)
    assert records[-1].outcome == "completed"
    changed = [(entry["operation"], entry["region"]) for name in ("ana", "ben") for entry in away.effects(since, by=name)]
    for once in (("CreateDBInstanceReadReplica", EAST), ("CreateDBInstanceReadReplica", WEST), ("PromoteReadReplica", EAST)):
        assert changed.count(once) == 1, changed


@contextmanager
def _out_of_reach(stage: Stage, kind: str) -> Iterator[None]:
    """Let nobody reach the journal's bucket meanwhile."""
    stage.sandbox.fault(kind, service="s3", where={"Bucket": stage.journal_bucket})
    yield
    stage.sandbox.clear_faults()


def _disk(stage: Stage, operator: Operator) -> Directory:
    return Directory(operator.home / "solemate-dr" / stage.chosen.environment)


def _stopped_resumable(stopped: Ended) -> None:
    assert stopped.code == 3, stopped
    assert "--resume" in stopped.err
    assert "--local-journal" in stopped.err


def _stopped(stage: Stage) -> str:
    """Let ana's failback stop in its first step, and return its name."""
    stage.sandbox.fault("deny", service="rds", operation="ModifyDBParameterGroup", caller="ana")
    stopped = stage.fails_back(stage.known("ana"))
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
