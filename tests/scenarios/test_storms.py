"""AWS throttles, falters, and takes credentials back; and whatever happens, the database's password is told to nobody."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from names import Names
from tests.scenarios.conftest import Stages
from tests.scenarios.stage import EAST, WEST, Ended, Stage, eventually

STORM = ("throttle", "unavailable")
MOST = 3.0  # times the calls of a calm run
Moves = dict[str, tuple[Ended, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def calm(stages: Stages) -> Moves:
    """A failover and a failback while all is well, at debug level: how each ended, and every request that ana made in it."""
    stage = stages.whole()
    return {"failover": _moved(stage, _over), "failback": _moved(stage, _back)}


def test_a_storm_of_throttling_and_503_is_weathered(calm: Moves, stage: Stage) -> None:
    """Every second call of every service is refused: both moves complete, with at most three times the calls, and nothing happens twice."""
    with _storm(stage):
        stormy = {"failover": _moved(stage, _over)}
    with _storm(stage, {"operation": "PutMetricData", "region": WEST, "times": 5}):
        stormy["failback"] = _moved(stage, _back)
    for command, (ended, asked) in stormy.items():
        assert ended.code == 0, f"{command}: {ended.err[-1500:]}"
        assert sum(entry["fault"] in STORM for entry in asked) > 0.3 * len(asked)
        assert len(asked) <= MOST * len(calm[command][1]), f"{command}: {len(asked)} calls, {len(calm[command][1])} in the calm"
        assert _twice(asked) == {}
    thrown = [(entry["region"], entry["summary"]["MetricData"]) for entry in stormy["failback"][1] if entry["operation"] == "PutMetricData"]
    assert (EAST, "Takeover=1.0") not in thrown, "a busy west was taken for a lost one"


def test_the_password_is_told_to_nobody(calm: Moves, stage: Stage) -> None:
    """After two moves and a report, and after the database refused it, at debug level: it is in no output, log, journal or file."""
    ana, report = stage.known("ana"), stage.sandbox.root / "report.html"
    said = [
        *(ended for ended, _ in calm.values()),
        ana.does("--debug", "status", "--json"),
        ana.does("--debug", "check-readiness", "--json"),
        ana.does("--debug", "report", "--to", str(report), "--json"),
    ]
    moved, (looked, *rest) = said[:2], said[2:]
    assert [ended.code for ended in (*moved, *rest)] == [0, 0, 0, 0]
    assert looked.code in (0, 1)  # healthy only where somebody has backed the application up
    with _refused_password(stage) as canary:
        refused = [ana.does("--debug", "check-readiness"), ana.does("--debug", "failover", "--region", WEST, "--yes", WEST)]
    assert all("password authentication failed" in ended.out + ended.err for ended in refused), refused[1]
    password = json.loads(stage.clients("secretsmanager", WEST).get_secret_value(SecretId=_secret(stage))["SecretString"])["password"]
    for secret in (password, canary):
        assert [ended.code for ended in (*said, *refused) if secret in ended.out + ended.err] == []
        assert [file for file in stage.sandbox.root.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()] == []
        assert [key for key, body in _journal(stage) if secret.encode() in body] == []
    assert report.stat().st_size > 0


def test_credentials_that_expire_in_mid_run_stop_it_resumable(stage: Stage) -> None:
    """Expired while the database is promoted: exit 3, and how to sign in and go on; --resume completes, and promotes no second time."""
    ana = stage.known("ana")
    stage.sandbox.break_region(EAST, "refuse")
    stage.sandbox.service_times(promote=3)
    since, process = stage.now(), ana.begins("failover", "--region", WEST, "--yes", WEST)
    eventually(lambda: stage.effects(since, "PromoteReadReplica", by="ana"), "the promotion", within=60)
    stage.sandbox.fault("expired", caller="ana")
    stopped = process.ends()
    stage.sandbox.clear_faults()
    stage.sandbox.service_times(promote=0)
    assert stopped.code == 3, stopped
    assert "ExpiredToken" in stopped.err
    assert "sign in to AWS" in stopped.err
    assert "--resume" in stopped.err
    resumed = stage.fails_over(ana, "--resume")
    assert resumed.code == 0, resumed
    assert _twice([entry for entry in stage.sandbox.requests(since) if entry["caller"] == "ana"]) == {}
    stage.sandbox.heal_region(EAST)


@contextmanager
def _storm(stage: Stage, worst: dict[str, Any] | None = None) -> Iterator[None]:
    """Refuse ana half of all calls meanwhile, and those that *worst* names at first altogether."""
    if worst:
        stage.sandbox.fault("throttle", caller="ana", **worst)
    for kind in STORM:
        stage.sandbox.fault(kind, caller="ana", rate=0.3)  # of those that the one before let through
    yield
    stage.sandbox.clear_faults()


def _over(stage: Stage) -> Ended:
    stage.sandbox.break_region(EAST, "refuse")
    ended = stage.known("ana").does("--debug", "failover", "--region", WEST, "--yes", WEST, "--json")
    stage.sandbox.heal_region(EAST)
    return ended


def _back(stage: Stage) -> Ended:
    return stage.known("ana").does("--debug", "failback", "--region", EAST, "--yes", EAST, "--json", within=200)


def _moved(stage: Stage, move: Callable[[Stage], Ended]) -> tuple[Ended, list[dict[str, Any]]]:
    """Return how *move* ended and every request that ana made in it, answered or not."""
    since = stage.now()
    ended = move(stage)
    return ended, [entry for entry in stage.sandbox.requests(since) if entry["caller"] == "ana"]


def _twice(asked: list[dict[str, Any]]) -> dict[tuple[str, ...], int]:
    """Return what took effect more than once, but for what is repeated on purpose: the switch's datapoints and the lease."""
    effects = [entry for entry in asked if entry["effect"] and entry["operation"] != "PutMetricData"]
    counted = Counter((entry["operation"], entry["region"], *sorted(entry["summary"].values())) for entry in effects)
    return {what: times for what, times in counted.items() if times > 1 and "lease.json" not in what}


def _secret(stage: Stage) -> str:
    return Names(stage.chosen).database_secret


@contextmanager
def _refused_password(stage: Stage) -> Iterator[str]:
    """Put another password into the secret, which the database does not know, and yield it; afterwards the right one is back."""
    secrets, canary = stage.clients("secretsmanager", EAST), "canary-0f3a9d27"
    right = secrets.get_secret_value(SecretId=_secret(stage))["SecretString"]
    secrets.put_secret_value(SecretId=_secret(stage), SecretString=json.dumps(json.loads(right) | {"password": canary}))
    yield canary
    secrets.put_secret_value(SecretId=_secret(stage), SecretString=right)


def _journal(stage: Stage) -> Iterator[tuple[str, bytes]]:
    s3, bucket = stage.clients("s3", WEST), stage.journal_bucket
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in page.get("Versions", []):
            yield entry["Key"], s3.get_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])["Body"].read()
