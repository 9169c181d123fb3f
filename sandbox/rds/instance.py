"""A DB instance on a real server: what describe shows of it, and how it gains and loses power."""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
from moto.rds.models import DBInstance, DBParameterGroup, RDSBackend

from sandbox.emulator import one_at_a_time
from sandbox.postgres import PostgresError
from sandbox.rds import parameters
from sandbox.rds.archive import Archive
from sandbox.rds.errors import InvalidInstanceState
from sandbox.rds.estate import Estate
from sandbox.rds.replication import Replication, detach, drop_abandoned_slots

if TYPE_CHECKING:
    from sandbox.rds.backups import ReplicatedBackup

AT_REST = frozenset({"stopped", "failed", "incompatible-restore", "deleting"})
"""Statuses in which nothing runs, and nothing starts when the region returns."""

_INHERITED = """
engine db_instance_class allocated_storage storage_type db_name master_username storage_encrypted license_model multi_az
auto_minor_version_upgrade copy_tags_to_snapshot publicly_accessible
"""


class PostgresInstance(DBInstance):
    """``source`` says what it replicates, ``followers`` who replicates it; ``in_force`` the parameters its server runs with."""

    def __init__(self, backend: RDSBackend, estate: Estate, **asked: Any) -> None:
        super().__init__(backend, **{**asked, "engine_version": estate.programs.version})
        self.estate = estate
        self.status = "creating"
        self.dbi_resource_id = f"db-{secrets.token_hex(13).upper()}"
        self.server = estate.new_server(estate.folder(self.region, self.dbi_resource_id))
        self.port = self.server.port
        self.archive = Archive(self.server)
        self.source: Replication | None = None
        self.followers: list[PostgresInstance] = []
        self.backup_copies: list[ReplicatedBackup] = []
        self.in_force: dict[str, str] = {}
        self.pending_modified_values: dict[str, str] = {}
        self.gone = threading.Event()
        self._made = False
        self._group_in_force = ""
        self._reload_asked: datetime | None = None
        self._outages = 0
        self._power = threading.Lock()
        self._configuring = threading.RLock()
        estate.instances.add(self)

    # What describe shows

    @property
    def endpoint(self) -> dict[str, Any] | None:  # type: ignore[override]  # RDS shows none before the first start
        return {"Address": self.server.address.host, "Port": self.server.port} if self._made else None

    @property
    def address(self) -> str:
        return self.server.address.host

    @property
    def latest_restorable_time(self) -> datetime | None:  # type: ignore[override]  # RDS shows none before the first backup
        return self.archive.latest if self.backup_retention_period else None

    @property
    def read_replica_source_db_instance_identifier(self) -> str | None:
        return self.source.source_as_seen_from(self.region) if self.source else None

    @property
    def read_replica_db_instance_identifiers(self) -> list[str]:
        return [follower.arn if follower.region != self.region else follower.db_instance_identifier for follower in list(self.followers)]

    @property
    def status_infos(self) -> list[dict[str, Any]]:
        return self.source.status_infos() if self.source else []

    @property
    def db_instance_automated_backups_replications(self) -> list[dict[str, str]]:
        return [{"DBInstanceAutomatedBackupsArn": copy.arn} for copy in list(self.backup_copies)]

    @property
    def db_parameter_group_status_list(self) -> list[dict[str, str]]:
        return [{"DBParameterGroupName": self.group.name, "ParameterApplyStatus": self._apply_status()}]

    @property
    def group(self) -> DBParameterGroup:
        return self.db_parameter_groups()[0]

    def inherited(self) -> dict[str, Any]:
        """Return what a replica of it, or an instance restored from it, has from it."""
        return {name: getattr(self, name) for name in _INHERITED.split()}

    def _apply_status(self) -> str:
        if self._reload_asked:
            return "applying"
        in_sync = self._group_in_force == self.group.name and self.in_force == parameters.values(self.estate.programs, self.group)
        return "in-sync" if in_sync or not self._made else "pending-reboot"

    # Its parameters

    def runs_under(self, group: DBParameterGroup) -> bool:
        """Whether changes of *group* reach it: a group it was given since its last start does not yet."""
        return bool(self._group_in_force == group.name)

    @property
    def is_read_only(self) -> bool:
        return parameters.is_on(self.in_force.get(parameters.READ_ONLY))

    def take_up_everything(self) -> None:
        """Take up the whole parameter group, as each start but the return from an outage does."""
        with self._configuring:
            self._group_in_force = self.group.name
            self.in_force = parameters.values(self.estate.programs, self.group)
            self.configure()

    def take_up(self, names: Iterable[str]) -> None:
        """Take up the dynamic ones of *names* now; ``applying`` until a new session has them."""
        taken = parameters.dynamic(self.estate.programs, names)
        with self._configuring:
            wanted = parameters.values(self.estate.programs, self.group)
            kept = {name: value for name, value in self.in_force.items() if name not in taken}
            self.in_force = kept | {name: value for name, value in wanted.items() if name in taken}
            self.configure()
        if taken:
            self._reload()

    def _reload(self) -> None:
        if self.server.is_running:
            self._reload_asked = asked = self.server.reload()
            self.estate.in_background(lambda: self._confirm_reload(asked), f"parameters of {self.db_instance_identifier}")

    def configure(self, **extra: str) -> None:
        """Write the server's configuration: the parameters in force, whom it follows, and *extra*."""
        with self._configuring:
            following = self.server.follow(self.source.upstream, self.source.slot) if self.source else {}
            self.server.configure(self.in_force | following | extra)

    def _confirm_reload(self, asked: datetime) -> None:
        with contextlib.suppress(PostgresError, psycopg.Error):  # it lost its power meanwhile, and reads everything when it starts
            self.server.wait_until_reloaded(asked)
        if self._reload_asked == asked:
            self._reload_asked = None

    # Its power

    @property
    def is_available(self) -> bool:
        return self.status == "available"

    def require_available(self) -> None:
        if not self.is_available:
            raise InvalidInstanceState(f"Instance {self.db_instance_identifier} is {self.status}; it must be available.")

    def power_on(self) -> None:
        """Start the server; a dark region has no power, whatever a thread of ours was about to do."""
        with self._power:
            self._require_light()
            if not self.server.is_running:
                self.server.start()
            try:
                self._require_light()
            except PostgresError:
                self.server.kill()
                raise

    def restart(self) -> None:
        """Restart with the whole parameter group, as a reboot does."""
        self.server.stop()
        self.take_up_everything()
        self.power_on()

    def lose_power(self) -> None:
        """Note an outage of the region, so that work it interrupts neither finishes nor fails the instance."""
        self._outages += 1
        self.server.kill()

    def regain_power(self) -> None:
        """Return as it was, on its own data; what was never finished has failed."""
        if self.status in AT_REST:
            return
        if not self._made:
            self.status = "failed"
            return
        self.work("starting", self._return)

    def _return(self) -> None:
        """Start; a promotion that the outage caught after its point of no return is a promotion."""
        self.power_on()
        if self.source and not self.server.is_standby:
            detach(self)
        if self.source is None:
            drop_abandoned_slots(self)

    def work(self, during: str, steps: Callable[[], None], *, then: str = "available", otherwise: str = "failed") -> None:
        """Do *steps* in the background; show *during* meanwhile, *then* when they are done, *otherwise* when they failed."""
        self.status = during
        outages = self._outages

        def carry_out() -> None:
            outcome = then
            try:
                steps()
            except Exception as error:  # noqa: BLE001 - whatever went wrong, who polls must see an end
                outcome = otherwise
                self.estate.note(f"{self.arn} was {during}: {error}")
            with one_at_a_time:
                if outages == self._outages and not self.gone.is_set():
                    self._made = self._made or outcome == then
                    self.status = outcome

        self.estate.in_background(carry_out, f"{during} {self.db_instance_identifier}")

    def vanish(self) -> None:
        """End the server and leave nothing of it on the disk."""
        self.gone.set()
        self.server.kill()
        self.estate.instances.discard(self)
        self.estate.remove(self.server.home)

    def _require_light(self) -> None:
        if self.estate.is_dark(self.region) or self.estate.lab.closing.is_set():
            raise PostgresError(f"{self.region} has no power")
