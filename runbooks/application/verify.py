"""Whether a backup could be restored: its signature, its chain, every part, and every repository rebuilt and checked out."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.application import images
from runbooks.application.archive import Archive
from runbooks.application.git import Git
from runbooks.application.manifest import Manifest, Repository
from runbooks.application.mirror import Layer, check_out, rebuilt
from runbooks.checked import Checked
from runbooks.errors import BackupBroken, GitFailed


def verify(archive: Archive, moment: datetime | None) -> tuple[Checked, ...]:
    """Return everything that was looked at in the newest backup at or before *moment*, and in all that it needs."""
    with TemporaryDirectory(prefix="solemate-") as scratch:
        try:
            chain = archive.chain(archive.at(moment))
        except BackupBroken as error:
            return (Checked("chain", well=False, says=error.message),)
        signatures = tuple(Checked(each.name, well=True, says=_signature(archive, each)) for each in chain)
        files = Path(scratch) / "parts"
        parts = tuple(_part(archive, each, part, files) for each in chain for part in (entry.name for entry in each.parts))
        if not all(each.well for each in parts):
            return (*signatures, *parts)
        return (*signatures, *parts, *_repositories(chain, files, Path(scratch)), *_images(archive, chain, Path(scratch)))


def _signature(archive: Archive, each: Manifest) -> str:
    trust = "the key saved beside it (KMS does not answer)" if each.name in archive.offline else "the key in KMS"
    return f"{each.kind}, signature fits {trust}"


def _part(archive: Archive, backup: Manifest, part: str, files: Path) -> Checked:
    name = f"{backup.name}/{part}"
    try:
        archive.fetch(backup.name, backup.part(part), files / name)
    except BackupBroken as error:
        return Checked(name, well=False, says=error.message)
    return Checked(name, well=True, says="checksum fits")


def _repositories(chain: tuple[Manifest, ...], files: Path, scratch: Path) -> Iterator[Checked]:
    git = Git()
    for each in chain[-1].repositories:
        bare = scratch / "repositories" / f"{each.name}.git"
        try:
            rebuilt(git, each.name, layers(chain, each, files), each.head, bare)
            out = check_out(git, bare, each.head, scratch / "checked-out" / each.name)
        except (BackupBroken, GitFailed) as error:
            yield Checked(each.name, well=False, says=error.message)
        else:
            yield Checked(each.name, well=True, says=f"{len(each.refs)} refs rebuilt, " + ("checked out" if out else "no default branch"))


def _images(archive: Archive, chain: tuple[Manifest, ...], scratch: Path) -> Iterator[Checked]:
    for image in chain[-1].images:
        try:
            images.rebuilt(archive, chain, image, scratch / "images" / images.folder(image))
        except BackupBroken as error:
            yield Checked(image.name, well=False, says=error.message)
        else:
            yield Checked(image.name, well=True, says=f"{image.digest}: {len(image.holders)} manifests and blobs fit their digests")


def layers(chain: tuple[Manifest, ...], repository: Repository, files: Path) -> list[Layer]:
    """Return what each backup of *chain* adds to *repository*, with its parts under *files*; earlier ones may not know it yet."""
    found = ((each, each.repository(repository.name)) for each in chain)
    return [
        Layer(each.name, files / each.name / kept.bundle if kept.bundle else None, kept.refs) for each, kept in found if kept is not None
    ]
