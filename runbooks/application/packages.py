"""Packages: the files that the lock files of repositories pin, kept by digest, checked by their locks, laid out for pip and npm."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from platform import machine, python_version, system
from typing import Literal

from runbooks.application import locks
from runbooks.application.blobs import Blobs
from runbooks.application.git import Git
from runbooks.application.indexes import Absent, Index, Offer, npm_offer, without_sign_in
from runbooks.application.locks import Pin, Pins
from runbooks.application.manifest import Lack, Lock, Package
from runbooks.application.mirror import Mirror
from runbooks.application.web import Web, digest_of
from runbooks.errors import BackupBroken, FetchFailed

REGULAR = "100"
"""How git's mode of a plain file begins; a symbolic link has another."""


@dataclass(frozen=True, slots=True)
class Found:
    """A lock file on a repository's default branch; ``git`` is git's name of its content."""

    repository: str
    path: str
    kind: Literal["pip", "npm"]
    git: str
    pins: Pins

    @property
    def what(self) -> str:
        return f"packages of {self.repository} {self.path}"


def look(mirror: Mirror) -> Iterator[Found]:
    """Yield the lock files on the default branch of *mirror* as it was mirrored; raise :class:`FetchFailed` for one that cannot be read."""
    if mirror.head not in mirror.refs:
        return
    for line in Git()("ls-tree", "-r", "-z", "--full-tree", mirror.head, at=mirror.directory).split("\0"):
        about, _, path = line.partition("\t")
        kind = locks.kind_of(path) if about.startswith(REGULAR) else None
        if kind is not None:
            name = about.split()[2]
            yield Found(mirror.repository, path, kind, name, _read(mirror.repository, path, kind, name, mirror.directory))


def _read(repository: str, path: str, kind: str, name: str, at: Path) -> Pins:
    try:
        return locks.read(kind, Git()("cat-file", "blob", name, at=at))
    except FetchFailed as error:
        raise FetchFailed(f"{repository} {path}: {error.message}", error.hint) from None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where packages come from; ``index`` says where Python's do, and is asked once there is something to fetch."""

    web: Web
    index: Callable[[], str]
    npm_registry: str

    def offers(self, found: Found, pin: Pin) -> tuple[Index, list[Offer]]:
        index = Index(self.web, found.pins.index or self.index())
        return index, [npm_offer(pin, self.npm_registry)] if found.kind == "npm" else index.offers(pin)


@dataclass(slots=True)
class Gathered:
    """What one lock file came to: its record, the files that are new by digest, and what it pins and nobody offers."""

    packages: list[Package]
    files: dict[str, Path]
    lacks: list[Lack]


def gathered(sources: Sources, found: Found, known: Mapping[str, Package], folder: Path) -> Gathered:
    """Return every file that *found* allows and an index offers; what is in *known*, by the lock's hash, is not fetched again.

    Raises :class:`FetchFailed` where an index does not answer as it should: then nothing of this lock is kept.
    """
    made = Gathered([], {}, [])
    for pin in found.pins.pins:
        try:
            index, offers = sources.offers(found, pin)
        except Absent as error:
            made.lacks.append(Lack(found.what, error.message, error.hint))
            continue
        for offer in offers:
            package = known.get(offer.proof) or _fetched(sources.web, index, offer, folder, made)
            made.packages.append(Package(pin.of, offer.file, offer.proof, package.digest, package.size))
    return made


def _fetched(web: Web, index: Index, offer: Offer, folder: Path, made: Gathered) -> Package:
    file = folder / offer.proof.replace(":", "-")
    if not file.exists():
        web.download(without_sign_in(offer.url), index.signed(offer.url), file, offer.proof)
    digest = digest_of(file, "sha256")
    made.files[digest] = file
    return Package(offer.of, offer.file, offer.proof, digest, file.stat().st_size)


def laid_out(lock: Lock, take: Callable[[str, Path], None], to: Path) -> Path:
    """Put the files of *lock* into a directory of their own below *to*, under their own names, and return it."""
    folder = to / lock.repository / lock.path
    folder.mkdir(parents=True, exist_ok=True)
    for each in lock.packages:
        if not (folder / each.file).exists():
            take(each.digest, folder / each.file)
    return folder


def checked(lock: Lock, blobs: Blobs, repository: Path, scratch: Path) -> str:
    """Return what there is to say of a lock whose every pin is kept; raise :class:`BackupBroken` naming what is not.

    What pip can resolve is resolved by pip itself, offline and into *scratch*; it builds nothing, for that would run what is checked.
    """
    pins = _read(lock.repository, lock.path, lock.kind, lock.git, repository).pins
    name = f"{lock.repository} {lock.path}"
    for each in lock.packages:
        algorithm = each.proof.partition(":")[0]
        if digest_of(blobs.file(each.digest), algorithm) != each.proof:
            raise BackupBroken(f"{name}: {each.file} is not what the lock pins", HINT)
    proofs = {each.proof for each in lock.packages}
    missing = [pin.of for pin in pins if not proofs & set(pin.hashes)]
    if missing:
        raise BackupBroken(f"{name}: nothing is kept of {', '.join(missing[:5])}", HINT)
    says = f"{len(pins)} pinned, {len(lock.packages)} files fit the lock"
    return f"{says}; {_resolved(lock, pins, blobs, scratch)}" if lock.kind == "pip" and pins else says


HINT = "keep the bucket as it is and make a new backup: invoke backup --target application --type full"


def _resolved(lock: Lock, pins: tuple[Pin, ...], blobs: Blobs, scratch: Path) -> str:
    wheels = {each.proof for each in lock.packages if each.file.endswith(".whl")}
    tried = [pin for pin in pins if wheels & set(pin.hashes) and not pin.url]
    folder = laid_out(lock, lambda digest, to: os.link(blobs.file(digest), to), scratch / "packages")
    asked, taken = scratch / "asked" / f"{lock.git}.txt", scratch / "taken" / lock.git
    asked.parent.mkdir(parents=True, exist_ok=True)
    asked.write_text("".join(f"{pin.line}\n" for pin in tried), encoding="utf-8")
    whole = [] if len(tried) == len(pins) else ["--no-deps"]  # what is not tried would be missed by what needs it
    where = ["--no-index", "--find-links", str(folder), "--only-binary=:all:", "--require-hashes", "-r", str(asked), "-d", str(taken)]
    quiet = ["--isolated", "--disable-pip-version-check", "--no-cache-dir", "--quiet"]
    argv = [sys.executable, "-m", "pip", "download", *quiet, *whole, *where]
    ended = subprocess.run(argv, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    here = f"offline with Python {python_version()} on {system()} {machine()}"
    if ended.returncode:
        last = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")][-1:] or ["pip says no reason"]
        raise BackupBroken(f"{lock.repository} {lock.path} does not resolve {here}: {last[0]}", HINT)
    apart = len(pins) - len(tried)
    return f"resolves {here}" + (f", but for {apart} without a wheel, which nothing was built of" if apart else "")
