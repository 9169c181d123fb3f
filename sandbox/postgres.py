"""One real PostgreSQL server: its files, its process, and what a service does to it.

Everything of ours lies in ``home``, outside the data directory: a base backup would otherwise carry one server's port, access
rules and passwords into another. Servers listen on 127.0.0.1 alone and ask everyone for a SCRAM password.
"""

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.rows import TupleRow

from sandbox import processes
from sandbox.ports import HOST, free_port
from sandbox.postgres_programs import Programs

ADMIN = "rdsadmin"
SEGMENT = 1 << 20

_OURS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "replica",
    "hot_standby": "on",
    "shared_buffers": "16MB",
    "io_method": "sync",  # spares each server three worker processes
    "min_wal_size": "8MB",
    "max_wal_size": "256MB",
    "wal_keep_size": "32MB",  # what a base backup starts from stays until it has a slot, whatever another's checkpoint removes
    "max_slot_wal_keep_size": "512MB",  # a replica that stays away must not fill the disk
    "wal_retrieve_retry_interval": "250ms",
    "wal_receiver_status_interval": "1s",
    "archive_mode": "on",
    "archive_timeout": "5s",
}


class PostgresError(Exception):
    """A server or one of PostgreSQL's programs refused; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server, or the near end of a link to it, answers."""

    host: str
    port: int


class Server:
    """A server whose files lie in *home*; *root* is the sandbox whose records end it after a crash."""

    def __init__(self, programs: Programs, root: Path, home: Path, password: str) -> None:
        self.programs, self.root, self.home = programs, root, home
        self.port = free_port(socket.SOCK_STREAM, HOST)
        self.data, self.wal, self.log = home / "data", home / "wal", home / "postgresql.log"
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        for folder in (home, self.wal):
            programs.make_folder(folder)
        programs.write(home / "pgpass", f"*:*:*:{ADMIN}:{password}\n", mode=0o600)
        programs.write(home / "pg_hba.conf", f"host all all {HOST}/32 scram-sha-256\nhost replication {ADMIN} {HOST}/32 scram-sha-256\n")

    # Its files

    def initialise(self) -> None:
        """Make an empty cluster, with checksums and small segments, whose only role is the service's own."""
        secret = self.home / "secret"
        self.programs.write(secret, self._password + "\n", mode=0o600)
        try:
            options = ["--username", ADMIN, "--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale"]
            self._run("initdb", "-D", str(self.data), *options, "--data-checksums", f"--wal-segsize={SEGMENT >> 20}", "--no-sync")
        finally:
            secret.unlink()

    def copy_from(self, source: Address, slot: str | None = None, into: Path | None = None) -> None:
        """Fill the data directory (or *into*) with a base backup of the server at *source*, complete with the WAL it needs."""
        where = ["-h", source.host, "-p", str(source.port), "-U", ADMIN, "-w"]
        kept = ["-S", slot] if slot else []
        self._run("pg_basebackup", *where, "-D", str(into or self.data), "-X", "stream", "-c", "fast", "--no-sync", *kept)

    def adopt(self, copy: Path) -> None:
        """Make the data directory from *copy*, a base backup that stays as it is."""
        shutil.copytree(copy, self.data, symlinks=True)
        self.programs.give(self.data)
        self.data.chmod(0o700)
        for role in ("standby.signal", "recovery.signal"):
            (self.data / role).unlink(missing_ok=True)

    def configure(self, settings: Mapping[str, str]) -> None:
        """Write the configuration file: ours, then *settings*; nothing changes before a reload or a start."""
        files = {"hba_file": str(self.home / "pg_hba.conf"), "port": str(self.port), "archive_command": _archive(self.wal)}
        known = {name: value for name, value in _OURS.items() if name in self.programs.parameters}
        lines = [f"{name} = '{_quoted(value)}'\n" for name, value in (known | dict(settings) | files).items()]
        self.programs.write(self._configuration, "".join(lines))

    def stand_by(self) -> None:
        """Follow, from the next start, the server that the setting ``primary_conninfo`` names."""
        self.programs.write(self.data / "standby.signal", "")

    def recover(self) -> None:
        """Restore, at the next start, by the settings ``restore_command`` and ``recovery_target_time``."""
        self.programs.write(self.data / "recovery.signal", "")

    # Its process

    @property
    def address(self) -> Address:
        return Address(HOST, self.port)

    @property
    def is_standby(self) -> bool:
        """Whether it follows another server, or would when started; PostgreSQL removes the mark when it is promoted."""
        return (self.data / "standby.signal").exists()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, patience: float = 60.0) -> None:
        """Start and wait until it takes connections; raise :class:`PostgresError` when it ends or is not ready in time."""
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        argv = [str(self.programs.path("postgres")), "-D", str(self.data), "-c", f"config_file={self._configuration}"]
        self._process = self._spawn(argv, self.log)
        deadline = time.monotonic() + patience
        while not self._is_ready():
            if self._process.poll() is not None:
                raise PostgresError(f"the server did not start: {_tail(self.log)}")
            if time.monotonic() > deadline:
                raise PostgresError(f"the server was not ready in {patience:.0f} s: {_tail(self.log)}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End it in order: sessions are ended, everything is written down."""
        if self._process is not None and self._process.poll() is None:
            processes.end(self._process.pid, first=signal.SIGINT, patience=10.0)
            self._process.wait()

    def kill(self) -> None:
        """End it as a lost machine does: the server and each of its sessions, at once."""
        if self._process is not None and self._process.poll() is None:
            processes.kill_tree(self._process.pid)
            self._process.wait()

    def reload(self) -> datetime:
        """Let it read its configuration file again; return the moment before which it has not."""
        asked = datetime.now(UTC)
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGHUP)
        return asked

    def wait_until_reloaded(self, asked: datetime, patience: float = 10.0) -> None:
        """Return once new sessions have the configuration that was asked for at *asked*."""
        deadline = time.monotonic() + patience
        while True:
            with self.session() as session:
                if session.execute("select pg_conf_load_time() >= %s", [asked]).fetchone() == (True,):
                    return
            if time.monotonic() > deadline:
                raise PostgresError(f"the configuration was not read again in {patience:.0f} s: {_tail(self.log)}")
            time.sleep(0.02)

    def session(self, database: str = "postgres") -> psycopg.Connection[TupleRow]:
        """Return a session of the service's own role, which writes whatever the parameter group says."""
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=ADMIN,
            password=self._password,
            dbname=database,
            autocommit=True,
            connect_timeout=5,
            application_name="rdsadmin",
            options="-c default_transaction_read_only=off -c statement_timeout=20s",
        )

    def follow(self, source: Address, slot: str) -> dict[str, str]:
        """Return the settings that make a standby follow *source*; the password stays in the file beside them."""
        passwords = self.home / "pgpass"
        near = f"host={source.host} port={source.port} user={ADMIN} passfile={passwords} application_name={slot} connect_timeout=5"
        return {"primary_conninfo": near, "primary_slot_name": slot}

    def promote(self, patience: float = 60.0) -> None:
        """Make a standby a primary and return once it takes writes."""
        with self.session() as session:
            session.execute("select pg_promote(false)")
            deadline = time.monotonic() + patience
            while session.execute("select pg_is_in_recovery()").fetchone() == (True,):
                if time.monotonic() > deadline:
                    raise PostgresError(f"the standby was not promoted in {patience:.0f} s: {_tail(self.log)}")
                time.sleep(0.01)

    @property
    def _configuration(self) -> Path:
        return self.home / "postgresql.conf"

    def _is_ready(self) -> bool:
        """Read the line that the server itself keeps for pg_ctl: connections are taken, in recovery or not."""
        with contextlib.suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return len(lines) > 7 and lines[7].strip() == "ready"
        return False

    def _spawn(self, argv: list[str], log: Path) -> subprocess.Popen[bytes]:
        account, name = self.programs.account, f"{Path(argv[0]).name} {self.home.name}"
        env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "PGPASSFILE": str(self.home / "pgpass")}
        uid, gid = (account.uid, account.gid) if account else (None, None)
        return processes.spawn(self.root, argv, name=name, log=log, env=env, uid=uid, gid=gid)

    def _run(self, program: str, *arguments: str, patience: float = 120.0) -> None:
        log = self.home / f"{program}.log"
        child = self._spawn([str(self.programs.path(program)), *arguments], log)
        try:
            code = child.wait(patience)
        except subprocess.TimeoutExpired:
            processes.kill_tree(child.pid)
            raise PostgresError(f"{program} took more than {patience:.0f} s: {_tail(log)}") from None
        if code:
            raise PostgresError(f"{program} failed: {_tail(log)}")


def restore_command(wal: Path) -> str:
    """Return the command with which a server takes segments from the archive in *wal*."""
    return f'test -f "{wal}/%f.gz" && gzip -dc "{wal}/%f.gz" > "%p"'


def _archive(wal: Path) -> str:
    """Return the command that archives a segment whole or not at all, and once; mostly empty segments shrink to little."""
    return f'test -f "{wal}/%f.gz" || (gzip -c "%p" > "{wal}/%f.tmp" && mv "{wal}/%f.tmp" "{wal}/%f.gz")'


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''").replace("\n", " ")


def _tail(log: Path, lines: int = 5) -> str:
    return " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
