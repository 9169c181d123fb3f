"""What the application is made of beside its code: images, packages and files in buckets, looked at and kept.

One that cannot be had costs nothing else its backup: it is kept whole or not at all, and what is lacking is on record.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runbooks.application import files, images, indexes, packages
from runbooks.application.blobs import held
from runbooks.application.images import Tree
from runbooks.application.manifest import Image, Lack, Lock, Manifest, Package, StoredFile
from runbooks.application.mirror import Mirror
from runbooks.application.packages import Found, Gathered, Sources
from runbooks.application.place import Place
from runbooks.application.registry import Credentials, Registry
from runbooks.application.web import Web
from runbooks.aws import ecr, secrets
from runbooks.errors import AwsError, FetchFailed

Put = Callable[[str, Path], None]
"""Writes a blob, by its digest, from a file."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What images lead to and locks pin now, and what lies in buckets; what could not even be looked at; and what there is to say."""

    registry: Registry | None
    trees: tuple[Tree, ...]
    locks: tuple[Found, ...]
    stored: files.Looked
    lacks: tuple[Lack, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    images: tuple[Image, ...]
    locks: tuple[Lock, ...]
    stored: tuple[StoredFile, ...]
    lacks: tuple[Lack, ...]


def look(at: Place, web: Web, mirrors: Sequence[Mirror]) -> Looked:
    """Return what there is to keep, of what the settings include; nothing of it is fetched yet but the manifests of images."""
    registry, trees, lacks = _images(at, web) if at.wanted.include_code else (None, [], [])
    found: list[Found] = []
    for mirror in mirrors:
        try:
            found += packages.look(mirror)
        except FetchFailed as error:
            lacks.append(Lack(f"packages of {mirror.repository}", error.message, error.hint))
    stored = files.look(at)
    pinned = tuple(each for each in found if each.pins.pins)
    return Looked(registry, tuple(trees), pinned, stored, (*lacks, *stored.lacks), tuple(_notes(at, found)))


def _notes(at: Place, found: Sequence[Found]) -> Iterator[str]:
    if at.wanted.include_code and not at.wanted.docker_hub:
        yield "no image is kept: application.dockerHub is empty"
    for each in found:
        if loose := each.pins.loose:
            more = f" and {len(loose) - 1} more" if loose[1:] else ""
            yield f"{each.repository} {each.path}: no hash pins {loose[0]}{more}, so none of that is kept"


def _images(at: Place, web: Web) -> tuple[Registry | None, list[Tree], list[Lack]]:
    trees: list[Tree] = []
    lacks: list[Lack] = []
    if not at.wanted.docker_hub:
        return None, [], []
    try:
        registry = registry_of(at, web)
    except AwsError as error:
        return None, [], [Lack(f"image {image}", error.message, error.hint) for image in at.names.settings.kept_images]
    for image in at.names.settings.kept_images:
        try:
            trees.append(images.look(registry, image, _repository(at, image)))
        except FetchFailed as error:
            lacks.append(Lack(f"image {image}", error.message, error.hint))
    return registry, trees, lacks


def registry_of(at: Place, web: Web) -> Registry:
    """Return where images are read from: the region's own registry, which caches Docker Hub, or the one that the settings name."""
    if at.wanted.docker_hub == "ecr":
        ours = ecr.sign_in(at.door)
        return Registry(web, ours.address, Credentials(ours.username, ours.password))
    hub = secrets.docker_hub(at.door, at.names.docker_hub_secret)
    return Registry(web, at.wanted.docker_hub, Credentials(hub.username, hub.password) if hub else None)


def _repository(at: Place, image: str) -> str:
    return at.names.cached_repository(image) if at.wanted.docker_hub == "ecr" else at.names.hub_repository(image)


def keep(at: Place, web: Web, looked: Looked, chain: Sequence[Manifest], put: Put, scratch: Path) -> Kept:
    """Write with *put* what no backup of *chain* holds yet, and return what this backup has and what it lacks."""
    there = held(chain)

    def put_once(digest: str, file: Path) -> None:
        if digest not in there:
            put(digest, file)
            there.add(digest)

    kept_images, lacking = _keep_images(looked, there, put_once, scratch / "images")
    kept_locks, missing = _keep_locks(at, web, looked.locks, chain, put_once, scratch)
    stored = files.keep(at, looked.stored.found, chain, put_once, scratch / "files")
    return Kept(tuple(kept_images), tuple(kept_locks), stored.files, (*looked.lacks, *lacking, *missing, *stored.lacks))


def _keep_images(looked: Looked, there: set[str], put: Put, folder: Path) -> tuple[list[Image], list[Lack]]:
    kept: list[Image] = []
    lacks: list[Lack] = []
    if looked.registry is None:
        return kept, lacks
    for tree in looked.trees:
        try:
            # An image is here as a whole before the first of it is written.
            new = list(images.fetched(looked.registry, tree, there, folder))
        except FetchFailed as error:
            lacks.append(Lack(f"image {tree.image}", error.message, error.hint))
            continue
        for digest, file in new:
            put(digest, file)
            file.unlink(missing_ok=True)
        kept.append(tree.record)
    return kept, lacks


def _keep_locks(
    at: Place, web: Web, found: Sequence[Found], chain: Sequence[Manifest], put: Put, scratch: Path
) -> tuple[list[Lock], list[Lack]]:
    kept: list[Lock] = []
    lacks: list[Lack] = []
    sources = Sources(web, cache(lambda: at.wanted.python_index or indexes.pips_own()), at.wanted.npm_registry)
    known = {package.proof: package for each in chain for lock in each.locks for package in lock.packages}
    for each in found:
        if before := _unchanged(each, chain):
            kept.append(before)
            continue
        try:
            made = packages.gathered(sources, each, known, scratch / "packages")
        except FetchFailed as error:
            lacks.append(Lack(each.what, error.message, error.hint))
            continue
        kept.append(_put_lock(each, made, known, put))
        lacks += made.lacks
    return kept, lacks


def _unchanged(found: Found, chain: Sequence[Manifest]) -> Lock | None:
    """Return what the newest of *chain* has of a lock file that is still the same, if it lacked nothing of it: no index is asked again."""
    for lock in chain[-1].locks if chain else ():
        same = (lock.repository, lock.path, lock.git) == (found.repository, found.path, found.git)
        if same and not any(lack.what == found.what for lack in chain[-1].lacks):
            return lock
    return None


def _put_lock(found: Found, made: Gathered, known: dict[str, Package], put: Put) -> Lock:
    for digest, file in made.files.items():
        put(digest, file)
    known.update({each.proof: each for each in made.packages})
    for file in made.files.values():
        file.unlink(missing_ok=True)
    return Lock(found.repository, found.path, found.kind, found.git, tuple(made.packages))
