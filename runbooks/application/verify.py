"""Whether a backup could be restored: its signature, its chain, every part; code checked out, images followed, files, locks resolved."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.application import images, packages
from runbooks.application.archive import Archive
from runbooks.application.blobs import FOLDER, Blobs
from runbooks.application.git import Git
from runbooks.application.manifest import Manifest, Repository
from runbooks.application.mirror import Layer, check_out, rebuilt
from runbooks.checked import Checked
from runbooks.errors import BackupBroken, FetchFailed, GitFailed


def verify(archive: Archive, moment: datetime | None) -> tuple[Checked, ...]:
    """Return everything that was looked at in the newest backup at or before *moment*, and in all that it needs."""
    with TemporaryDirectory(prefix="solemate-") as scratch:
        try:
            chain = archive.chain(archive.at(moment))
        except BackupBroken as error:
            return (Checked("chain", well=False, says=error.message),)
        signatures = tuple(Checked(each.name, well=True, says=_signature(archive, each)) for each in chain)
        files = Path(scratch) / "parts"
        parts = tuple(_part(archive, each, part.name, files) for each in chain for part in each.parts if not part.name.startswith(FOLDER))
        blobs = Blobs(archive, chain, Path(scratch) / "blobs")
        lacking = tuple(Checked(each.what, well=False, says=f"not kept: {each.why}") for each in chain[-1].lacks)
        rest = (*_images(chain[-1], blobs), *_files(chain[-1], blobs), *lacking)
        if not all(each.well for each in parts):
            return (*signatures, *parts, *rest)
        code = tuple(_repositories(chain, files, Path(scratch)))
        return (*signatures, *parts, *code, *_locks(chain[-1], blobs, Path(scratch)), *rest)


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


def _images(newest: Manifest, blobs: Blobs) -> Iterator[Checked]:
    for image in newest.images:
        try:
            layers_found = images.walked(blobs, image)
        except BackupBroken as error:
            yield Checked(f"image {image.name}", well=False, says=error.message)
        else:
            says = f"{image.digest}: {len(image.blobs)} blobs, {layers_found} layers among them, fit their digests"
            yield Checked(f"image {image.name}", well=True, says=says)


def _files(newest: Manifest, blobs: Blobs) -> Iterator[Checked]:
    """Say of each bucket's files that all fit their digests, or name each that does not."""
    for bucket in sorted({each.bucket for each in newest.files}):
        ours, wrong = [each for each in newest.files if each.bucket == bucket], []
        for each in ours:
            try:
                blobs.file(each.digest)
            except BackupBroken as error:
                wrong.append(Checked(each.where, well=False, says=error.message))
        yield from wrong or (Checked(f"files of s3://{bucket}", well=True, says=f"{len(ours)} fit their digests"),)


def _locks(newest: Manifest, blobs: Blobs, scratch: Path) -> Iterator[Checked]:
    for lock in newest.locks:
        name = f"packages of {lock.repository} {lock.path}"
        try:
            says = packages.checked(lock, blobs, scratch / "repositories" / f"{lock.repository}.git", scratch)
        except (BackupBroken, GitFailed, FetchFailed) as error:
            yield Checked(name, well=False, says=error.message)
        else:
            yield Checked(name, well=True, says=says)


def layers(chain: tuple[Manifest, ...], repository: Repository, files: Path) -> list[Layer]:
    """Return what each backup of *chain* adds to *repository*, with its parts under *files*; earlier ones may not know it yet."""
    found = ((each, each.repository(repository.name)) for each in chain)
    return [
        Layer(each.name, files / each.name / kept.bundle if kept.bundle else None, kept.refs) for each, kept in found if kept is not None
    ]
