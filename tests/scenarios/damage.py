"""A database before and after it was damaged, and what asks it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg

from names import Names
from sandbox.locate import Place, locate
from tests.scenarios.stage import EAST, Ended, Operator, Stage, eventually

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
    """Wait until the database's log in *region* has passed *moment*; those of retired databases may run on."""
    name = Names(stage.chosen).database

    def passed() -> bool:
        found = stage.clients("rds", region).describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
        ours = [entry for entry in found if entry["DBInstanceIdentifier"] == name and entry.get("RestoreWindow")]
        return any(entry["RestoreWindow"]["LatestTime"] > moment for entry in ours)

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
