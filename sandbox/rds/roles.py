"""Roles and schemas of a new instance, as RDS makes them: the master user is no superuser."""

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

_SERVICE = """
create schema rdsadmin;
create table rdsadmin.heartbeat (sole boolean primary key default true check (sole), at timestamptz not null);
insert into rdsadmin.heartbeat (at) values (clock_timestamp());
create role rds_superuser nologin;
grant pg_monitor, pg_signal_backend to rds_superuser;
"""


def prepare(session: psycopg.Connection[TupleRow], user: str, password: str, database: str | None) -> None:
    """Make the master user, and *database* as its own."""
    session.execute(_SERVICE)
    name = sql.Identifier(user)
    session.execute(sql.SQL("create role {} login createdb createrole").format(name))
    session.execute(sql.SQL("grant rds_superuser to {} with admin option").format(name))
    set_password(session, user, password)
    if database and database != "postgres":
        session.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(database), name))


def set_password(session: psycopg.Connection[TupleRow], user: str, password: str) -> None:
    """Set a password without sending it: the server, and so its log, sees the SCRAM verifier alone."""
    verifier = session.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256").decode()
    session.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(user), sql.Literal(verifier)))
