"""Blobs: what images and packages are made of, each kept under its own digest and once in a chain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runbooks.application.archive import Archive
from runbooks.application.manifest import OLDER, Manifest, Part
from runbooks.errors import BackupBroken

FOLDER = "blobs/sha256/"
"""As an OCI image layout has it."""

SHA256 = "sha256:"


def part_of(digest: str) -> str:
    """Return the name of the part that holds the blob *digest*, such as ``sha256:9f86…``."""
    return FOLDER + digest.removeprefix(SHA256)


def held(chain: Iterable[Manifest]) -> set[str]:
    """Return the digests of the blobs that are in a backup of *chain*."""
    return {SHA256 + part.name.removeprefix(FOLDER) for each in chain for part in each.parts if part.name.startswith(FOLDER)}


@dataclass(slots=True)
class Blobs:
    """The blobs of a chain, fetched when they are first asked for and laid under *folder*, each believed once its digest fits."""

    archive: Archive
    chain: Sequence[Manifest]
    folder: Path
    _bad: dict[str, str] = field(default_factory=dict)

    def file(self, digest: str) -> Path:
        """Return the file that holds *digest*; raise :class:`BackupBroken` when no backup of the chain has it as it was."""
        if digest in self._bad:
            raise BackupBroken(self._bad[digest], OLDER)
        to = self.folder / digest.removeprefix(SHA256)
        if to.exists():
            return to
        try:
            return self._fetched(digest, to)
        except BackupBroken as error:
            self._bad[digest] = error.message
            to.unlink(missing_ok=True)
            raise

    def _fetched(self, digest: str, to: Path) -> Path:
        backup, part = self._where(digest)
        if SHA256 + part.sha256 != digest:
            raise BackupBroken(f"the part {part.name} of {backup.name} is listed with another digest", OLDER)
        return self.archive.fetch(backup.name, part, to)

    def _where(self, digest: str) -> tuple[Manifest, Part]:
        wanted = part_of(digest)
        for backup in reversed(self.chain):
            for part in backup.parts:
                if part.name == wanted:
                    return backup, part
        raise BackupBroken(f"no backup in the chain of {self.chain[-1].name} holds the blob {digest}", OLDER)
