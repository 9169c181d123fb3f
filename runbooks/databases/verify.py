"""Whether a database is as it should be: looked into over SQL, one finding for each thing that was looked at."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial

from runbooks.aws import rds
from runbooks.aws.rds import Instance
from runbooks.checked import Checked
from runbooks.clock import spoken
from runbooks.databases import sql
from runbooks.databases.sql import Access, Rows
from runbooks.errors import AwsError, Rejected, RunbookError
from runbooks.reach import Reach
from sections import DataCheck, Table

WRITTEN = "the shop's role reads and writes it; the write was undone"
FENCED = "no write was tried: it is read-only, as everything is in a fenced region"
NAMED = 5
"""Differences that are named; of more, the number."""


def look_into(reach: Reach, region: str, instance: Instance, moment: datetime | None, *, alone: bool = False) -> tuple[Checked, ...]:
    """Return what was found in *instance*, restored to *moment* (None: it is the running one, or of a snapshot); nothing in it is changed.

    What the writer holds now is told beside it and decides nothing, for a restore is made because the writer is wrong; *alone*, no other
    region is asked.
    """
    access = Access(instance, reach.database, reach.credentials(region))
    writer = "no writer was asked" if alone else _writer(reach, region, instance)
    return tuple(_found(access, writer, moment))


def as_evidence(found: tuple[Checked, ...]) -> bytes:
    return json.dumps([asdict(each) for each in found], indent=1).encode()


def _found(access: Access, writer: Access | str, moment: datetime | None) -> Iterator[Checked]:
    yield tried("schema", lambda: _shape(access, writer))
    for table in access.database.tables:
        yield tried(table.name, partial(_rows, access, writer, table, moment))
        yield tried(f"{table.name} written", partial(_written, access, table))
    for check in access.database.checks:
        yield tried(f"check {check.name}", partial(_checked, access, check))


def tried(name: str, look: Callable[[], Checked]) -> Checked:
    """Return what *look* finds. An error is a finding about the thing only where that itself gave it, and no silence, refusal or delay."""
    try:
        return look()
    except RunbookError as error:
        return Checked(name, well=False, says=error.message, seen=isinstance(error, Rejected))


def _shape(access: Access, writer: Access | str) -> Checked:
    """Compare the schema with the writer's: a table that is missing here is a fault, one that is missing there may be why one restores."""
    here = sql.shape(access)
    there = _shape_of(writer)
    wanted = {table.name for table in access.database.tables}
    missing = sorted(name for name in wanted if not any(line.startswith(f"table {name} ") for line in here))
    if missing:
        return Checked("schema", well=False, says=f"there is no table {', '.join(missing)}")
    if isinstance(there, str):
        return Checked("schema", well=True, says=f"{len(here)} definitions; not compared: {there}")
    apart = [f"here only: {line}" for line in sorted(here - there)] + [f"in the writer only: {line}" for line in sorted(there - here)]
    named = "; ".join(apart[:NAMED]) + (f"; and {len(apart) - NAMED} more" if len(apart) > NAMED else "")
    return Checked(
        "schema", well=True, says=f"{len(here)} definitions, " + (f"unlike the writer's now: {named}" if apart else "as the writer's")
    )


def _shape_of(writer: Access | str) -> frozenset[str] | str:
    """Return the writer's shape, or why it cannot be told: a writer in trouble says nothing against what was restored."""
    try:
        return writer if isinstance(writer, str) else sql.shape(writer)
    except RunbookError as error:
        return error.message


def _rows(access: Access, writer: Access | str, table: Table, moment: datetime | None) -> Checked:
    """A table without a row is a fault, unless the writer had none up to then either."""
    rows = sql.rows(access, table, moment)
    beside = _beside(writer, table, moment)
    if moment and rows.newest and rows.newest > moment:
        return Checked(rows.table, well=False, says=f"its newest row is of {rows.newest:%F %T.%f}, after the moment that was asked for")
    age = f", the newest {spoken(moment - rows.newest)} before the moment" if moment and rows.newest else ""
    empty_there = isinstance(beside, Rows) and not beside.until
    there = f"; the writer has {beside.until:,} up to then" if isinstance(beside, Rows) else beside
    return Checked(rows.table, well=bool(rows.count) or empty_there, says=f"{rows.count:,} rows, read to the end{age}{there}")


def _written(access: Access, table: Table) -> Checked:
    if sql.read_only(access):
        return Checked(f"{table.name} written", well=True, says=FENCED)
    refused = sql.writes(access, table)
    return Checked(f"{table.name} written", well=not refused, says=refused or WRITTEN)


def _checked(access: Access, check: DataCheck) -> Checked:
    wrong = sql.answer(access, check)
    return Checked(f"check {check.name}", well=not wrong, says=wrong or "true")


def _beside(writer: Access | str, table: Table, moment: datetime | None) -> Rows | str:
    """Return the same table of the writer, or why it cannot be told."""
    if isinstance(writer, str) or moment is None:
        return ""
    try:
        return sql.rows(writer, table, moment)
    except RunbookError as error:
        return f"; in the writer: {error.message}"


def _writer(reach: Reach, region: str, instance: Instance) -> Access | str:
    """Return the running database to compare with, or why there is none."""
    for where in (region, reach.names.settings.other_region(region)):
        try:
            found = rds.instances(reach.hasty(where)).get(reach.names.database)
            if found is None or not found.writer or found.status != "available":
                continue
            if found.arn == instance.arn:
                return "it is the writer itself"
            return Access(found, reach.database, reach.credentials(where, hasty=True))
        except AwsError:
            continue
    return "no writer answers"
