"""Once a second each running instance is looked after: a primary beats, a replica is measured.

The heartbeat is a commit of the service's own, as RDS has one: it keeps a replica's age meaningful when nobody writes, and lets an
idle server be restored to a moment. It rests while the parameter group makes the instance read-only, so that a replica of a
fenced primary can come to hold everything it wrote.
"""

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from moto.cloudwatch.models import cloudwatch_backends
from psycopg.rows import TupleRow

from sandbox.emulator import one_at_a_time
from sandbox.postgres import PostgresError

if TYPE_CHECKING:
    from sandbox.rds.instance import PostgresInstance

BEAT = 1.0
"""Seconds between two looks."""
_BEAT = "update rdsadmin.heartbeat set at = clock_timestamp() returning at"
_WRITTEN = "select pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint, (select last_archived_wal from pg_stat_archiver)"
_REPLAYED = """
select exists (select from pg_stat_wal_receiver where status = 'streaming'), clock_timestamp() - pg_last_xact_replay_timestamp()
"""


class Pulse:
    def __init__(self, instance: "PostgresInstance") -> None:
        self._instance = instance
        self._session: psycopg.Connection[TupleRow] | None = None

    def beat(self) -> None:
        """Look after the instance until it is gone."""
        closing = self._instance.estate.lab.closing
        while not closing.wait(BEAT) and not self._instance.gone.is_set():
            try:
                if self._instance.is_available and self._instance.server.is_running:
                    self._look()
            except (psycopg.Error, PostgresError, OSError):
                self._hang_up()  # it lost its power, restarts, or is being deleted: look again in a second
        self._hang_up()

    def _look(self) -> None:
        if self._session is None:
            self._session = self._instance.server.session()
        if self._instance.source is not None:
            self._measure(self._session)
            return
        if not self._instance.is_read_only:
            self._write(self._session)
        if self._instance.backup_retention_period and self._instance.archive.base is None:
            self._instance.archive.begin()

    def _write(self, session: psycopg.Connection[TupleRow]) -> None:
        """Commit a heartbeat and note where its commit lies in the log, and how much of the log is archived."""
        (moment,) = session.execute(_BEAT).fetchone() or (None,)
        position, newest = session.execute(_WRITTEN).fetchone() or (0, None)
        if moment is not None:
            self._instance.archive.note(moment, position, newest)

    def _measure(self, session: psycopg.Connection[TupleRow]) -> None:
        streaming, age = session.execute(_REPLAYED).fetchone() or (False, None)
        source = self._instance.source
        if source is not None and source.status != "terminated":
            source.status = "replicating" if streaming else "error"
        if isinstance(age, timedelta):
            self._publish(max(age.total_seconds(), 0.0))

    def _publish(self, lag: float) -> None:
        """Publish what RDS for PostgreSQL publishes: the age of the last replayed commit, in seconds."""
        name = self._instance.db_instance_identifier
        datum = {
            "MetricName": "ReplicaLag",
            "Value": lag,
            "Unit": "Seconds",
            "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": name}],
        }
        with one_at_a_time:
            cloudwatch_backends[self._instance.account_id][self._instance.region].put_metric_data("AWS/RDS", [datum])

    def _hang_up(self) -> None:
        if self._session is not None:
            with contextlib.suppress(psycopg.Error):
                self._session.close()
            self._session = None
