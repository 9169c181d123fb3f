"""Read replicas: built through the link, followed, promoted, detached."""

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import psycopg

from sandbox.emulator import one_at_a_time
from sandbox.postgres import Address, PostgresError

if TYPE_CHECKING:
    from sandbox.rds.instance import PostgresInstance

_STREAMING = "select exists (select from pg_stat_wal_receiver where status = 'streaming')"
_FREE = "select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = %s and active"
_DROP = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = %s"


@dataclass(slots=True)
class Replication:
    """Whom a replica follows. ``slot`` keeps the log for it at the source; ``upstream`` is where it reaches the source.

    ``status`` in RDS's words: None until it was reached once, ``terminated`` once the source was deleted.
    """

    source: "PostgresInstance"
    slot: str
    upstream: Address
    status: Literal["replicating", "error", "terminated"] | None = None

    def source_as_seen_from(self, region: str) -> str:
        return self.source.arn if self.source.region != region else str(self.source.db_instance_identifier)

    def status_infos(self) -> list[dict[str, Any]]:
        if self.status is None:
            return []
        normal = self.status == "replicating"
        message = "" if normal else "The replica receives nothing from its source."
        return [{"StatusType": "read replication", "Normal": normal, "Status": self.status, "Message": message}]


def attach(replica: "PostgresInstance", source: "PostgresInstance") -> None:
    """Make *replica* known as *source*'s, before any of the work is done."""
    slot = "rds_" + replica.dbi_resource_id.lower().replace("-", "_")
    replica.source = Replication(source, slot, replica.estate.path(source, replica.region))
    replica.is_replica = True
    source.followers.append(replica)


def build(replica: "PostgresInstance") -> None:
    """Copy the source through the link and follow it; the slot comes first, so that no log is lost in between."""
    replication = _replication_of(replica)
    with replication.source.server.session() as session:
        session.execute("select pg_create_physical_replication_slot(%s, true)", [replication.slot])
    replica.server.copy_from(replication.upstream, replication.slot)
    replica.estate.pause(lambda times: times.create_replica)
    replica.server.stand_by()
    replica.take_up_everything()
    replica.power_on()
    _wait_until_streaming(replica)


def promote(replica: "PostgresInstance") -> None:
    """Promote as RDS does: it ends with a restart, and only then is the instance shown as its own."""
    replica.estate.pause(lambda times: times.promote)
    replica.server.promote()
    replica.restart()
    detach(replica)


def detach(replica: "PostgresInstance") -> None:
    """Undo :func:`attach` on both ends; a source without power drops the slot when it has power again."""
    replication = _replication_of(replica)
    with one_at_a_time:
        replica.source, replica.is_replica = None, False
        replica.archive.forget()
        with contextlib.suppress(ValueError):
            replication.source.followers.remove(replica)
    replica.configure()
    replica.estate.in_background(lambda: drop_slot(replication), f"slot {replication.slot}")


def drop_slot(replication: Replication, patience: float = 10.0) -> None:
    """Drop the slot at the source, whose sender may take a moment to notice that its receiver is gone."""
    deadline = time.monotonic() + patience
    while replication.source.server.is_running and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.Error), replication.source.server.session() as session:
            session.execute(_FREE, [replication.slot])
            session.execute(_DROP, [replication.slot])
            return
        time.sleep(0.1)


def drop_abandoned_slots(source: "PostgresInstance") -> None:
    """Drop, after a return, the slots of replicas that were promoted or deleted meanwhile: each would keep the log for ever."""
    kept = [follower.source.slot for follower in source.followers if follower.source]
    with source.server.session() as session:
        session.execute(
            "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active and slot_name <> all(%s)", [kept]
        )


def _wait_until_streaming(replica: "PostgresInstance", patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    with replica.server.session() as session:
        while session.execute(_STREAMING).fetchone() != (True,):
            if time.monotonic() > deadline:
                raise PostgresError(f"{replica.db_instance_identifier} did not reach its source in {patience:.0f} s")
            time.sleep(0.02)
    _replication_of(replica).status = "replicating"


def _replication_of(replica: "PostgresInstance") -> Replication:
    if replica.source is None:
        raise PostgresError(f"{replica.db_instance_identifier} is no read replica")
    return replica.source
