"""What PostgreSQL says of a database that was restored: its shape, its rows, and whether the shop's own role can work with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from runbooks.aws.rds import Instance
from runbooks.aws.secrets import Credentials
from runbooks.database import first_line, opened
from sections import Database, DataCheck, Table

PATIENCE = timedelta(minutes=10)
"""With one statement: the whole of a table is read, and what was just restored is still being fetched from S3."""

SHAPE = """
select format('table %s column %s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              case when a.attnotnull then ' not null' else '' end)
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
union all
select format('table %s constraint %s', r.conrelid::regclass, pg_get_constraintdef(r.oid))
from pg_constraint r join pg_namespace n on n.oid = r.connamespace where n.nspname = 'public' and r.conrelid <> 0
union all
select format('table %s %s', tablename, indexdef) from pg_indexes where schemaname = 'public'
union all
select format('%s %s', case c.relkind when 'S' then 'sequence' else 'view' end, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('S', 'v', 'm')
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """One table, read in full. ``newest`` is when its newest row was placed, None when it is empty; ``until`` counts to the moment."""

    table: str
    count: int
    until: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Access:
    """Where a database is and as whom it is asked."""

    instance: Instance
    database: Database
    credentials: Credentials


@contextmanager
def _patient(access: Access) -> Iterator[psycopg.Connection]:
    with opened(access.instance, access.database, access.credentials) as connection:
        connection.execute(f"set statement_timeout = {int(PATIENCE.total_seconds() * 1000)}".encode())
        yield connection


def shape(access: Access) -> frozenset[str]:
    """Return every table, column, constraint, index, sequence and view of the schema ``public``, a line each."""
    with _patient(access) as connection:
        return frozenset(line for (line,) in connection.execute(SHAPE).fetchall())


def rows(access: Access, table: Table, moment: datetime | None) -> Rows:
    """Read *table* to its end; raises :class:`Rejected` when it is not there or a page of it cannot be read."""
    whole = sql.SQL(
        "select count(*), count(*) filter (where %s::timestamptz is null or {placed} <= %s), max({placed}), sum(length(t::text))"
        " from {table} t"
    ).format(table=sql.Identifier(table.name), placed=sql.Identifier(table.placed))
    with _patient(access) as connection:
        found = connection.execute(whole, (moment, moment)).fetchone()
        count, until, newest, _ = found or (0, 0, None, 0)
        return Rows(table.name, count, until, newest)


def answer(access: Access, check: DataCheck) -> str:
    """Return what is wrong with the owner's *check*, empty when it is true; it cannot change anything."""
    with _patient(access) as connection:
        try:
            with connection.transaction():
                connection.execute("set transaction read only")
                found = connection.execute(check.sql.encode()).fetchmany(2)
        except psycopg.OperationalError:
            raise  # broken off, or not in time: that is no answer
        except psycopg.Error as error:
            return first_line(error)
    if len(found) != 1 or len(found[0]) != 1 or not isinstance(found[0][0], bool):
        return f"it returns {len(found)} rows and no one truth value"
    return "" if found[0][0] else "it is false"


def read_only(access: Access) -> bool:
    """Return whether new transactions are read-only, as everything is under the parameters of a fenced region."""
    with _patient(access) as connection:
        found = connection.execute("show default_transaction_read_only").fetchone()
        return bool(found and found[0] == "on")


def writes(access: Access, table: Table) -> str:
    """Return what keeps the shop's role from writing to *table*, empty when it can; what is written is undone."""
    touch = sql.SQL("update {table} set {key} = {key} where {key} = (select {key} from {table} limit 1)").format(
        table=sql.Identifier(table.name), key=sql.Identifier(table.key)
    )
    with _patient(access) as connection:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(touch)
        except psycopg.OperationalError:
            raise  # broken off, or not in time: that is no answer
        except psycopg.Error as error:
            return first_line(error)
    return ""
