"""DB snapshots: base backups that stay, in a region's own folder, and copies of them in another."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moto.rds.models import DBSnapshot, RDSBackend

from sandbox.link import Route
from sandbox.postgres import PostgresError
from sandbox.rds.errors import InvalidSnapshotState
from sandbox.rds.estate import Estate

if TYPE_CHECKING:
    from sandbox.rds.instance import PostgresInstance


class PostgresSnapshot(DBSnapshot):
    """``folder`` holds the base backup once ``status`` is available."""

    def __init__(self, backend: RDSBackend, estate: Estate, database: "PostgresInstance", name: str, **asked: Any) -> None:
        super().__init__(backend, database, name, **asked)
        self.estate = estate
        self.status = "creating"
        self.inherited = database.inherited()
        self.folder = estate.folder(self.region, "snapshots") / f"{name.lower()}-{id(self):x}"

    @property
    def percent_progress(self) -> int:
        return 100 if self.status == "available" else 0

    def require_available(self) -> None:
        if self.status != "available":
            raise InvalidSnapshotState(self.db_snapshot_identifier, self.status)

    def take(self, database: "PostgresInstance") -> None:
        """Fill it with what *database* holds now."""
        database.server.copy_from(database.server.address, into=self.folder)
        self.status = "available"

    def copy(self, source: "PostgresSnapshot") -> None:
        """Fill it with what *source* holds; from another region through the link, as long as that is whole."""
        copy_folder(self.estate, source.region, self.region, source.folder, self.folder)
        self.status = "available"

    def discard(self) -> None:
        self.estate.remove(self.folder)

    def in_background(self, fill: Callable[[], None]) -> None:
        def carry_out() -> None:
            try:
                fill()
            except (PostgresError, OSError) as error:
                self.estate.note(f"{self.arn} was {self.status}: {error}")
                self.status = "failed"

        self.estate.in_background(carry_out, f"snapshot {self.db_snapshot_identifier}")


def copy_folder(estate: Estate, source: str, target: str, folder: Path, copy: Path) -> None:
    """Copy *folder* from region to region, a file at a time, each through a link that must be whole."""

    def carried(here: str, there: str) -> str:
        require_link(estate, source, target)
        return str(shutil.copy2(here, there))

    shutil.copytree(folder, copy, symlinks=True, copy_function=carried)


def require_link(estate: Estate, source: str, target: str) -> None:
    if estate.is_dark(source) or (source != target and estate.network.is_cut(Route(source, target))):
        raise PostgresError(f"{target} cannot reach {source}")
