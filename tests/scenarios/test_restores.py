"""The database is damaged, and brought back to the second before: beside the original, looked into, and put in its place."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from names import Names
from sandbox.locate import Place, locate
from tests.scenarios.stage import EAST, Ended, Operator, Stage, eventually

if TYPE_CHECKING:
    pass

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
