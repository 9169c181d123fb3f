"""A directory as a journal store: the mirror of every run on the operator's machine, and the journal itself when S3 cannot be reached."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runbooks.aws.s3 import Stored
from runbooks.errors import Conflict, LocalJournalFailed


@dataclass(frozen=True, slots=True)
class Directory:
    """A store of small files. Every write is whole and on the disk, or not there at all."""

    root: Path

    @property
    def where(self) -> str:
        return str(self.root)

    def read(self, key: str) -> Stored | None:
        path = self.root / key
        with _disk(path):
            try:
                body, written = path.read_bytes(), path.stat().st_mtime
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Stored(body, _version(body), datetime.fromtimestamp(written, UTC), datetime.now(UTC))

    def write_new(self, key: str, body: bytes) -> None:
        """Write a file that must not exist; raise :class:`Conflict` when another body is there already."""
        path = self.root / key
        with _disk(path):
            written = self._written(path, body)
            try:
                os.link(written, path)
                _flush(path.parent)
            except FileExistsError:
                if path.read_bytes() != body:
                    raise Conflict(f"{path} exists with another content", "move it aside and repeat the command") from None
            finally:
                written.unlink()

    def swap(self, key: str, body: bytes, version: str | None) -> str:
        """Write over exactly *version* (None: over nothing) and return the new version; raise :class:`Conflict` otherwise."""
        path = self.root / key
        with _disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with (path.parent / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                current = self.read(key)
                if (current.version if current else None) != version:
                    raise Conflict(f"{path} was changed by another process", "repeat the command")
                self._written(path, body).replace(path)
                _flush(path.parent)
        return _version(body)

    def keys(self, prefix: str) -> list[str]:
        found = (path for path in (self.root / prefix).rglob("*") if path.is_file() and not path.name.startswith("."))
        return sorted(str(path.relative_to(self.root)) for path in found)

    def folders(self, prefix: str) -> list[str]:
        """Return the names directly under *prefix* (which ends in ``/``), sorted."""
        top = self.root / prefix
        return sorted(path.name for path in top.iterdir() if path.is_dir()) if top.is_dir() else []

    def _written(self, path: Path, body: bytes) -> Path:
        """Return a temporary file beside *path* that holds *body*, flushed to the disk."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise
        return Path(name)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Say what the disk refused, and what to do about it."""
    try:
        yield
    except OSError as error:
        raise LocalJournalFailed(
            f"cannot use {path}: {error.strerror}",
            "free some disk space, or set XDG_STATE_HOME to a directory that can be read and written",
        ) from error


def _flush(directory: Path) -> None:
    """Bring the names in *directory* to the disk: a file whose name is lost in a crash is lost too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def state_directory(stack: str) -> Path:
    """Return where this machine keeps *stack*'s local journals: under ``XDG_STATE_HOME``, whatever the current directory."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "solemate-dr" / stack
