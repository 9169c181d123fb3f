"""What PostgreSQL itself says: positions, ages and rows, asked over SQL with short time-outs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import LiteralString

import psycopg
from psycopg import sql

from runbooks.aws.rds import Instance
from runbooks.aws.secrets import Credentials
from runbooks.errors import Busy, Denied, Rejected
from sections import Database, Table

RATE_OVER = timedelta(seconds=10)
"""The span before the newest commit from which the rate of writes, and so the number lost, is reckoned."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How far a replica is: ``last_commit`` is the newest commit it replayed, by its source's clock; ``asked_at`` is by its own."""

    last_commit: datetime | None
    asked_at: datetime
    connected: bool
    placed_per_second: float

    def age(self) -> timedelta | None:
        return None if self.last_commit is None else max(self.asked_at - self.last_commit, timedelta(0))


@dataclass(frozen=True, slots=True)
class Unreplicated:
    """Rows of one table that exist only in the old primary."""

    table: str
    keys: tuple[str, ...]
    first: datetime | None
    last: datetime | None


@contextmanager
def opened(instance: Instance, database: Database, credentials: Credentials) -> Iterator[psycopg.Connection]:
    """Yield a connection; raise :class:`Busy` when there is none to be had now or it breaks, :class:`Denied` when PostgreSQL does not let
    us in, and :class:`Rejected` when it does not do what it is asked.
    """
    where = f"{instance.identifier} at {instance.host}:{instance.port}"
    try:
        with psycopg.connect(
            host=instance.host,
            port=instance.port,
            dbname=database.name,
            user=credentials.username,
            password=credentials.password,
            connect_timeout=2,
            keepalives_idle=5,  # from here on: a machine that has gone silent in the midst of a statement is given up after 11 s
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
            autocommit=True,
            application_name="recovery-runbook",
            options="-c statement_timeout=5000",
        ) as connection:
            yield connection
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):
            raise Denied(
                f"{where}: {first_line(error)}", "check workload.database.secret: the database does not take what it holds"
            ) from error
        raise Busy(f"{where}: {first_line(error)}", "this machine must reach the database's port for SQL checks") from error
    except psycopg.Error as error:
        raise Rejected(f"{where}: {first_line(error)}", "check workload.database in the settings against the database") from error


def first_line(error: psycopg.Error) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def replay(instance: Instance, database: Database, credentials: Credentials) -> Replay:
    """Return how far the replica *instance* has come, and how many rows a second were placed in the last seconds it knows."""
    with opened(instance, database, credentials) as connection:
        row = connection.execute(
            "select pg_last_xact_replay_timestamp(), clock_timestamp(),"
            " exists (select from pg_stat_wal_receiver where status = 'streaming')"
        ).fetchone()
        if row is None:
            raise Rejected(f"{instance.identifier} gave no replay position", "check that it is PostgreSQL")
        last_commit, asked_at, connected = row
        placed = sum(_placed(connection, table, last_commit or asked_at) for table in database.tables)
        return Replay(last_commit, asked_at, connected, placed / RATE_OVER.total_seconds())


def _placed(connection: psycopg.Connection, table: Table, until: datetime) -> int:
    query = sql.SQL("select count(*) from {table} where {placed} > %s").format(
        table=sql.Identifier(table.name), placed=sql.Identifier(table.placed)
    )
    row = connection.execute(query, (until - RATE_OVER,)).fetchone()
    return int(row[0]) if row else 0


def written_position(instance: Instance, database: Database, credentials: Credentials) -> int:
    """Return up to where the writer has written its write-ahead log, in bytes.

    Not the insert position: at rest after a segment's end that lies behind the next page's header, where no replay ever ends.
    """
    return _number(instance, database, credentials, "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")


def replayed_position(instance: Instance, database: Database, credentials: Credentials) -> int:
    """Return the replica's replayed write-ahead log position, in bytes."""
    return _number(instance, database, credentials, "select coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)::bigint")


def _number(instance: Instance, database: Database, credentials: Credentials, query: LiteralString) -> int:
    with opened(instance, database, credentials) as connection:
        row = connection.execute(sql.SQL(query)).fetchone()
        return int(row[0]) if row else 0


def takes_writes(instance: Instance, database: Database, credentials: Credentials) -> bool:
    """Return whether a new session may write: not in recovery, and not read-only by default."""
    with opened(instance, database, credentials) as connection:
        row = connection.execute("select not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off'").fetchone()
        return bool(row and row[0])


def open_writers(instance: Instance, database: Database, credentials: Credentials) -> int:
    """Return how many other sessions hold a transaction that has written: what a fence must still wait for."""
    return _number(
        instance,
        database,
        credentials,
        "select count(*) from pg_stat_activity"
        " where backend_type = 'client backend' and backend_xid is not null and pid <> pg_backend_pid()",
    )


def unreplicated(old: Instance, new: Instance, database: Database, credentials: Credentials, since: datetime) -> tuple[Unreplicated, ...]:
    """Return, table by table, the rows placed after *since* that *old* holds and *new* does not."""
    with opened(old, database, credentials) as left, opened(new, database, credentials) as right:
        return tuple(_only_left(left, right, table, since) for table in database.tables)


def as_evidence(found: tuple[Unreplicated, ...]) -> bytes:
    """Return *found* as JSON: keys and times only, since the rows themselves stay in the retired instance."""
    return json.dumps([asdict(table) for table in found], default=str, indent=1).encode()


def _only_left(left: psycopg.Connection, right: psycopg.Connection, table: Table, since: datetime) -> Unreplicated:
    names = {"table": sql.Identifier(table.name), "key": sql.Identifier(table.key), "placed": sql.Identifier(table.placed)}
    placed = sql.SQL("select {key}::text, {placed} from {table} where {placed} > %s order by {placed}").format(**names)
    known = sql.SQL("select {key}::text from {table} where {key}::text = any(%s)").format(**names)
    rows = left.execute(placed, (since,)).fetchall()
    there = {key for (key,) in right.execute(known, ([key for key, _ in rows],)).fetchall()}
    missing = [(key, at) for key, at in rows if key not in there]
    return Unreplicated(
        table.name, tuple(key for key, _ in missing), missing[0][1] if missing else None, missing[-1][1] if missing else None
    )
