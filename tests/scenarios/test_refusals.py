"""What is refused: in one sentence, with one way out, and with nothing changed."""

import json
import os
import pty
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from names import Names
from tests.scenarios.stage import EAST, WEST, Ended, Stage, eventually


def test_the_active_region_needs_nothing(stage: Stage) -> None:
    """Going where shoppers already are is done before it begins: it says so, exits 0 and changes nothing."""
    since = stage.now()
    ended = stage.operator().does("failover", "--region", EAST)
    assert ended.code == 0, ended
    assert f"{EAST} is already active; nothing to do." in ended.out
    assert stage.effects(since) == []


MISSPELT: tuple[tuple[tuple[str, ...], str], ...] = (
    (("failover", "--region", "us-wset-2"), "us-wset-2 is not a region of this stack"),
    (("failback", "--region", "eu-west-1"), "eu-west-1 is not a region of this stack"),
    (("fence", "--region", "us-east-11"), "us-east-11 is not a region of this stack"),
    (("check-readiness", "--region", "US-WEST-2"), "US-WEST-2 is not a region of this stack"),
    (("failover", "--region", WEST, "--accept-loss", "much"), "--accept-loss much is not an amount"),
)


def test_what_is_misspelt_is_refused_before_the_first_call(stage: Stage) -> None:
    """A wrong word costs nothing: not one request of an operator's is in the log."""
    ana, since = stage.operator(), stage.now()
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda row: ana.does(*row[0]), MISSPELT))
    for (_, says), ended in zip(MISSPELT, ends, strict=True):
        assert says in ended.refusal()[0]
    assert [entry for entry in stage.sandbox.requests(since) if entry["caller"] == "operator"] == []


def test_only_the_regions_own_name_confirms(stage: Stage) -> None:
    """Enter is no, a closed terminal is no, another word is no, and where nobody can be asked it is no."""
    ana, since = stage.operator(), stage.now()
    with ThreadPoolExecutor(2) as pool:
        typed = list(pool.map(lambda answer: _at_a_terminal(stage, answer), (b"\n", b"\x04", b"yes\n")))
    elsewhere = ana.does("failover", "--region", WEST, "--yes", EAST)
    nobody = ana.does("failover", "--region", WEST)
    for ended in (*typed, elsewhere):
        assert "not confirmed" in ended.refusal()[0], ended
    assert nobody.refusal() == ("nobody is at the terminal to confirm", f"repeat with --yes {WEST}")
    assert stage.effects(since) == []


def _at_a_terminal(stage: Stage, answer: bytes) -> Ended:
    """Answer the question as somebody at a keyboard does."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, answer)
        return stage.operator().does("failover", "--region", WEST, stdin=terminal)
    finally:
        os.close(keyboard)
        os.close(terminal)


@contextmanager
def replication_stopped(stage: Stage) -> Iterator[None]:
    route = {"source": EAST, "target": WEST}
    stage.sandbox.ask("POST", "links/cut", route)
    eventually(lambda: replication_is(stage, "error"), "the replica to show that it is cut off")
    yield
    stage.sandbox.ask("POST", "links/heal", route)
    eventually(lambda: replication_is(stage, "replicating"), "the replica to replicate again")


@contextmanager
def key_disabled(stage: Stage) -> Iterator[None]:
    kms = stage.clients("kms", WEST)
    key = kms.describe_key(KeyId=Names(stage.chosen).key_alias("data"))["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    yield
    kms.enable_key(KeyId=key)


@contextmanager
def switch_missing(stage: Stage) -> Iterator[None]:
    cloudwatch, name = stage.clients("cloudwatch", WEST), Names(stage.chosen).takeover_alarm(WEST)
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    cloudwatch.delete_alarms(AlarmNames=[name])
    yield
    known = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    cloudwatch.put_metric_alarm(**{field: value for field, value in alarm.items() if field in known})


@contextmanager
def standby_missing(stage: Stage) -> Iterator[None]:
    ecs, names = stage.clients("ecs", WEST), Names(stage.chosen)
    [service] = ecs.describe_services(cluster=names.cluster, services=[names.service])["services"]
    ecs.delete_service(cluster=names.cluster, service=names.service, force=True)
    yield
    kept = ("serviceName", "taskDefinition", "desiredCount", "launchType", "networkConfiguration", "loadBalancers")
    ecs.create_service(cluster=names.cluster, **{field: service[field] for field in kept})

    def runs() -> bool:
        [found] = ecs.describe_services(cluster=names.cluster, services=[names.service])["services"]
        return bool(found["runningCount"] == service["desiredCount"])

    eventually(runs, "the standby to run again")


@contextmanager
def replica_missing(stage: Stage) -> Iterator[None]:
    rds, replica = stage.clients("rds", WEST), stage.database(WEST)
    name = replica["DBInstanceIdentifier"]
    rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(DBInstanceIdentifier=name)
    eventually(lambda: name not in {each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]}, "it to be gone")
    yield
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier=name,
        SourceDBInstanceIdentifier=replica["ReadReplicaSourceDBInstanceIdentifier"],
        SourceRegion=EAST,
        DBInstanceClass=replica["DBInstanceClass"],
        DBSubnetGroupName=replica["DBSubnetGroup"]["DBSubnetGroupName"],
        DBParameterGroupName=replica["DBParameterGroups"][0]["DBParameterGroupName"],
        KmsKeyId=replica["KmsKeyId"],
        DeletionProtection=True,
    )
    eventually(lambda: replication_is(stage, "replicating"), "the replica to replicate again")


def replication_is(stage: Stage, status: str) -> bool:
    return [info["Status"] for info in stage.database(WEST).get("StatusInfos", [])] == [status]


Breaking = Callable[[Stage], AbstractContextManager[None]]
UNREADY: dict[str, dict[Breaking, tuple[str, str]]] = {
    "replication stopped": {replication_stopped: ("replica", f"the replica in {WEST} is error although {EAST} answers")},
    "key, switch and service missing": {
        key_disabled: ("key data", f"alias/solemate-sandbox-data in {WEST} is Disabled"),
        switch_missing: ("switch", f"there is no alarm solemate-sandbox-takeover-{WEST} in {WEST}"),
        standby_missing: ("standby", f"no service storefront in cluster solemate-sandbox in {WEST}"),
    },
    "replica missing": {replica_missing: ("replica", f"no replica solemate-sandbox-orders in {WEST}")},
}


@pytest.mark.parametrize("broken", UNREADY.values(), ids=UNREADY)
def test_a_standby_that_cannot_take_over_is_red_and_refused(stage: Stage, broken: dict[Breaking, tuple[str, str]]) -> None:
    """Everything that is missing is named by the readiness check, and by the refusal of a failover, before anything was changed."""
    with ExitStack() as mending:
        for breaking in broken:
            mending.enter_context(breaking(stage))
        since = stage.now()
        with ThreadPoolExecutor(2) as pool:
            asked = pool.submit(stage.operator("ana").does, "check-readiness", "--region", WEST, "--json")
            tried = pool.submit(stage.fails_over, stage.operator("ben"))
        ready, (why, _) = asked.result(), tried.result().refusal()
        assert (ready.code, ready.err) == (1, ""), ready
        red = {found["name"]: found["says"] for found in json.loads(ready.out) if not found["well"]}
        for finding, says in broken.values():
            assert says in red[finding]
            assert says in why
        assert stage.effects(since) == []
