"""The application brought back into a directory: repositories as they were, images, packages, bundles, configuration, and how AWS differs.

Nothing is written into AWS or to GitHub. Secrets stay sealed: configuration.py says how their owner opens them.
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from runbooks.application import configuration, files, images, packages
from runbooks.application.archive import Archive
from runbooks.application.blobs import Blobs
from runbooks.application.git import Git
from runbooks.application.manifest import CONFIGURATION, MANIFEST, Manifest
from runbooks.application.mirror import rebuilt
from runbooks.application.place import Place
from runbooks.application.verify import layers
from runbooks.errors import AwsError, Refused

DIFFERENCES = "differences.txt"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, and where. ``differences`` is how AWS stands against it now,
    ``uncompared`` why that could not be said.
    """

    manifest: Manifest
    to: str
    differences: tuple[str, ...]
    uncompared: str
    offline: tuple[str, ...]

    def spoken(self) -> str:
        trust = [f"{name}: its signature fits the key saved beside it; KMS does not answer" for name in self.offline]
        apart = [f"AWS now: {each}" for each in self.differences] or [f"AWS now: {self.uncompared or 'the same'}"]
        made = self.manifest
        of_packages = sum(len(each.packages) for each in made.locks)
        what = f"{len(made.repositories)} repositories, {len(made.images)} images, {of_packages} files of packages"
        what += f", {len(made.files)} files of buckets" if made.files else ""
        lacking = [f"Not in it: {each.what} ({each.why})" for each in made.lacks]
        return "\n".join((f"{made.name} is in {self.to}: {what}.", *trust, *lacking, *self.ways(), *apart))

    def ways(self) -> list[str]:
        """Return how what was brought back is put to use, a line each."""
        to, kinds = self.to, {each.kind for each in self.manifest.locks}
        first = self.manifest.images[0].name if self.manifest.images else ""
        load = [f"Images: tar -C {to}/images -c . | docker load, or skopeo copy oci:{to}/images:{first} docker://REGISTRY/{first}"]
        python = [f"Python: pip install --no-index --find-links {to}/packages/REPOSITORY/LOCK --require-hashes -r LOCK"]
        npm = [f"npm: npm cache add {to}/packages/REPOSITORY/LOCK/*.tgz, then npm ci --offline"]
        folders = sorted({(files.FOLDERS[each.kind], each.bucket) for each in self.manifest.files})
        put = [f"Files: aws s3 cp --recursive {to}/{folder}/{bucket} s3://{bucket}" for folder, bucket in folders]
        return [*(load if first else ()), *(python if "pip" in kinds else ()), *(npm if "npm" in kinds else ()), *put]


def restore(archive: Archive, moment: datetime, to: Path, *, replace: bool = False) -> Restored:
    """Bring the newest backup at or before *moment* back to *to*, whole or not at all; raise :class:`Refused` when *to* is in use.

    With *replace* what an earlier restore has left there makes room; a directory of any other origin never does.
    """
    check_target(to, replace=replace)
    chain = archive.chain(archive.at(moment))
    newest = chain[-1]
    to.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{to.name}-", dir=to.parent))  # nobody else may read it
    try:
        _repositories(archive, chain, beside)
        _artifacts(Blobs(archive, chain, beside / "blobs"), newest, beside)
        content = _configuration(archive, newest, beside / "configuration") if newest.configuration else None
        differences, uncompared = _compared(archive.place, newest, content)
        says = "\n".join(differences) or (f"not compared: {uncompared}" if uncompared else "AWS has the same now")
        (beside / DIFFERENCES).write_text(f"{says}\n", encoding="utf-8")
        (beside / MANIFEST).write_bytes(newest.body)
        _put_in_place(beside, to, replace=replace)
    except BaseException:
        with suppress(OSError):
            rmtree(beside)
        raise
    return Restored(newest, str(to), differences, uncompared, tuple(sorted(archive.offline)))


def check_target(to: Path, *, replace: bool) -> None:
    """Raise :class:`Refused` unless *to* is free, empty, or of an earlier restore that may be replaced."""
    if to.is_symlink() or (to.exists() and not to.is_dir()):
        raise Refused(f"{to} is no directory", "choose another one with --to")
    if not to.exists() or not any(to.iterdir()):
        return
    if not replace:
        raise Refused(f"{to} is not empty", "choose another directory with --to, or add --replace if an earlier restore made this one")
    if not (to / MANIFEST).is_file():
        raise Refused(f"{to} was not made by a restore, so it is not replaced", "choose another directory with --to")


def _repositories(archive: Archive, chain: tuple[Manifest, ...], to: Path) -> None:
    files = to / "parts"
    bundles = [(each, kept.bundle) for each in chain for kept in each.repositories if kept.bundle]
    for each, bundle in bundles:
        archive.fetch(each.name, each.part(bundle), files / each.name / bundle)
    for kept in chain[-1].repositories:
        rebuilt(Git(), kept.name, layers(chain, kept, files), kept.head, to / "repositories" / f"{kept.name}.git")
    if files.exists():
        rmtree(files)


def _artifacts(blobs: Blobs, newest: Manifest, to: Path) -> None:
    """Lay images, packages and files out; a blob that serves several is there once, under several names."""

    def take(digest: str, place: Path) -> None:
        os.link(blobs.file(digest), place)

    if newest.images:
        images.laid_out(newest.images, take, to / "images")
    for lock in newest.locks:
        packages.laid_out(lock, take, to / "packages")
    files.laid_out(newest.files, take, to)
    if blobs.folder.exists():
        rmtree(blobs.folder)


def _configuration(archive: Archive, newest: Manifest, to: Path) -> configuration.Content:
    """Write the configuration as files, and return it."""
    whole = archive.fetch(newest.name, newest.part(CONFIGURATION), to / CONFIGURATION)
    content: configuration.Content = json.loads(whole.read_bytes())
    whole.unlink()
    _write(to / "parameters.json", content["parameters"])
    for service, definition in content["services"].items():
        _write(to / "task-definitions" / f"{service}.json", definition)
    return content


def _compared(at: Place, newest: Manifest, content: configuration.Content | None) -> tuple[tuple[str, ...], str]:
    """Return how AWS differs now from what was kept, or why that cannot be said."""
    try:
        configured = configuration.differences(content, configuration.look(at)) if content else ()
    except AwsError as error:
        return (), error.message
    return (*configured, *(files.differences(newest.files, files.look(at)) if newest.files else ())), ""


def _write(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _put_in_place(beside: Path, to: Path, *, replace: bool) -> None:
    """Rename the finished directory to *to*; what was there goes only after that."""
    check_target(to, replace=replace)
    old = Path(mkdtemp(prefix=f".{to.name}-", dir=to.parent)) / "old" if to.exists() else None
    if old:
        to.rename(old)
    try:
        beside.rename(to)
    except OSError:
        if old:
            old.rename(to)
        raise
    if old:
        rmtree(old.parent)
