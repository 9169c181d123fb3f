"""The database is damaged, and brought back to the second before: beside the original, looked into, and put in its place."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest

from names import Names
from sandbox.locate import Place, locate
from tests.scenarios.stage import EAST, WEST, Ended, Operator, Stage, eventually

if TYPE_CHECKING:
    from tests.scenarios.conftest import Stages

Rows = set[tuple[Any, ...]]


def sql(stage: Stage, region: str, instance: str, text: LiteralString, *values: object) -> list[tuple[Any, ...]]:
    names = Names(stage.chosen)
    found = locate(Place(stage.sandbox.endpoint, region, instance, names.database_secret, stage.chosen.workload.database.name))
    with psycopg.connect(psycopg.conninfo.make_conninfo(**found), autocommit=True, connect_timeout=5) as connection:
        answer = connection.execute(text, values)
        return answer.fetchall() if answer.description else []


def rows(stage: Stage, region: str, instance: str) -> Rows:
    return set(sql(stage, region, instance, "select id, sku, quantity, placed_at, region from orders"))


def told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def a_second_passes(stage: Stage) -> datetime:
    """Return a whole second of the database's clock that has just passed: what was committed before it is before it."""
    ((now,),) = sql(stage, EAST, Names(stage.chosen).database, "select clock_timestamp()")
    moment: datetime = now.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    eventually(lambda: datetime.now(UTC) > moment + timedelta(milliseconds=20), "a second to pass")
    return moment


def restorable(stage: Stage, region: str, moment: datetime) -> None:
    """Wait until the log of *region* has passed *moment*."""

    def passed() -> bool:
        found = stage.clients("rds", region).describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        ends = [entry["RestoreWindow"]["LatestTime"] for entry in found if entry.get("RestoreWindow")]
        return any(end > moment for end in ends)

    eventually(passed, f"{region} to be restorable to {moment}", within=60)


def restores(operator: Operator, *words: str) -> Ended:
    return operator.does("restore", "--target", "database", *words)


@dataclass(frozen=True, slots=True)
class Damage:
    """A stage whose orders were recorded at ``moment``, and all were changed after it; the log of both regions has passed it."""

    stage: Stage
    moment: datetime
    before: Rows
    point: str

    @property
    def names(self) -> Names:
        return Names(self.stage.chosen)

    def as_before(self, region: str, instance: str) -> None:
        """Assert that *instance* holds the rows of the moment, byte for byte, and no other."""
        assert len(self.before) > 20
        assert rows(self.stage, region, instance) == self.before


@pytest.fixture(scope="module")
def damage(stages: "Stages") -> Damage:
    """Shoppers order; a snapshot is taken and copied; then every order is overwritten at once."""
    stage = stages.whole()
    name = Names(stage.chosen).database
    with stage.shoppers():
        saved = stage.operator().does("backup", "--target", "database", "--json")
    assert saved.code == 0, saved
    moment = a_second_passes(stage)
    before = rows(stage, EAST, name)
    sql(stage, EAST, name, "update orders set quantity = 0, sku = 'gone'")
    for region in (EAST, WEST):
        restorable(stage, region, moment)
    copies = [word for word in json.loads(saved.out)["what"] if word.startswith("arn:") and WEST in word]
    return Damage(stage, moment, before, copies[-1])


def test_a_mass_update_is_undone_beside_the_original(damage: Damage) -> None:
    """To the second before it: every order as it was written. The journal holds how long that took."""
    to = damage.names.restored_database(damage.moment)
    ended = restores(damage.stage.operator(), "--at", told(damage.moment), "--yes", to)
    assert ended.code == 0, ended
    damage.as_before(EAST, to)
    closing = damage.stage.records("restore-database")[-1].facts
    assert closing["rpo_seconds"] == 0.0
    assert 0 < float(str(closing["rto_seconds"])) < 60
    assert f"--replace --to {to}" in ended.out
    made = next(
        each for each in damage.stage.clients("rds", EAST).describe_db_instances()["DBInstances"] if each["DBInstanceIdentifier"] == to
    )
    assert (made["DeletionProtection"], made["PubliclyAccessible"]) == (True, False)
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == damage.names.subnet_group(EAST)
    assert {tag["Key"] for tag in made["TagList"]} >= {"RestoredFrom", "RestoredAt", "RestoredBy"}


def test_a_region_that_is_lost_is_restored_in_the_other_from_its_replicated_log(damage: Damage) -> None:
    """With the east dark and every second call of the operator refused: to the same second, from what was shipped before."""
    stage, to = damage.stage, damage.names.restored_database(damage.moment)
    stage.sandbox.break_region(EAST, "refuse")
    with storm(stage):
        ended = restores(stage.known("ana"), "--at", told(damage.moment), "--region", WEST, "--yes", to)
    stage.sandbox.heal_region(EAST)
    assert ended.code == 0, ended
    damage.as_before(WEST, to)


def test_a_copied_snapshot_is_restored_by_aws_backup(damage: Damage) -> None:
    """The recovery region's own copy, by its ARN: the orders that were there when it was taken, in the network that was said."""
    to = f"{damage.names.restored_databases.rstrip('*')}copy"
    ended = restores(damage.stage.operator(), "--point", damage.point, "--region", WEST, "--to", to, "--yes", to)
    assert ended.code == 0, ended
    there = rows(damage.stage, WEST, to)
    assert there
    assert there <= damage.before
    rds = damage.stage.clients("rds", WEST)
    made, replica = (rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0] for name in (to, damage.names.database))
    assert made["VpcSecurityGroups"] == replica["VpcSecurityGroups"]
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == replica["DBSubnetGroup"]["DBSubnetGroupName"]


@contextmanager
def storm(stage: Stage) -> Iterator[None]:
    """Refuse ana half of all calls meanwhile."""
    for kind in ("throttle", "unavailable"):
        stage.sandbox.fault(kind, caller="ana", rate=0.3)
    yield
    stage.sandbox.clear_faults()


def test_a_dropped_table_comes_back_beside_the_original(stage: Stage) -> None:
    """Under load: every order placed before the asked second is there as it was written, and none after it."""
    names = Names(stage.chosen)
    with stage.shoppers():
        moment = a_second_passes(stage)
        before = {row for row in rows(stage, EAST, names.database) if row[3] < moment}
        sql(stage, EAST, names.database, "alter table orders rename to lost")
    restorable(stage, EAST, moment)
    to = names.restored_database(moment)
    ended = restores(stage.operator(), "--at", told(moment), "--yes", to)
    sql(stage, EAST, names.database, "alter table lost rename to orders")
    assert ended.code == 0, ended
    assert {row for row in rows(stage, EAST, to) if row[3] < moment} == before
    assert not {row for row in rows(stage, EAST, to) if row[3] > moment}
