"""What the application is made of beside its repositories: deployment bundles and configuration files that lie in buckets.

They are kept as images and packages are: each once and by its digest, whole or not at all, and what is lacking is on record.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal

from runbooks.application.blobs import SHA256
from runbooks.application.manifest import Lack, Manifest, StoredFile
from runbooks.application.place import Place
from runbooks.aws import objects
from runbooks.aws.objects import LARGEST, Entry
from runbooks.errors import AwsError, Conflict, FetchFailed

MOST = 10_000
"""Files of one place: more is a bucket of its own, which ``files`` protects as AWS does it best."""

LONGEST = 255
"""Bytes of a file's name on the disks that things are restored to."""

FOLDERS = {"bundle": "bundles", "config": "config-files"}


@dataclass(frozen=True, slots=True)
class Found:
    """An object that is there now, in the ``bucket`` of one of the settings' places."""

    kind: Literal["bundle", "config"]
    bucket: str
    entry: Entry

    @property
    def where(self) -> str:
        return f"s3://{self.bucket}/{self.entry.key}"

    def same(self, kept: StoredFile) -> bool:
        return (self.kind, self.where, self.entry.tag, self.entry.size) == (kept.kind, kept.where, kept.tag, kept.size)


@dataclass(frozen=True, slots=True)
class Looked:
    """What is there, what of it cannot be kept, and the places, by what AWS said, that nobody could look at."""

    found: tuple[Found, ...]
    lacks: tuple[Lack, ...]
    unseen: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    files: tuple[StoredFile, ...]
    lacks: tuple[Lack, ...]


def look(at: Place) -> Looked:
    """Return what lies at the settings' places now, each object once; nothing is fetched yet."""
    found: dict[str, Found] = {}
    lacks: list[Lack] = []
    unseen: dict[str, str] = {}
    for kind, place in _places(at):
        bucket, _, key = place.removeprefix("s3://").partition("/")
        try:
            there = [Found(kind, bucket, each) for each in islice(_there(at, bucket, key), MOST + 1)]
        except AwsError as error:
            lacks.append(Lack(place, error.message, error.hint))
            unseen[place] = error.message
            continue
        if fault := _fault(place, len(there)):
            lacks.append(fault)
        else:
            found |= {each.where: each for each in there}
    unfit = _unfit(found.values())
    lacks += [Lack(where, why, "give it another key, or keep it elsewhere") for where, why in unfit.items()]
    return Looked(tuple(each for each in found.values() if each.where not in unfit), tuple(lacks), unseen)


def _places(at: Place) -> Iterator[tuple[Literal["bundle", "config"], str]]:
    wanted = at.wanted
    yield from (("bundle", place) for place in wanted.bundles if wanted.include_code)
    yield from (("config", place) for place in wanted.config_files if wanted.include_config)


def _there(at: Place, bucket: str, key: str) -> Iterator[Entry]:
    """Yield what a place names: what is below a folder, without the empty objects that stand for folders; or one object."""
    there = objects.entries(at.door, bucket, key)
    if key.endswith("/"):
        return (each for each in there if not each.key.endswith("/"))
    return (each for each in islice(there, 1) if each.key == key)  # in the order of keys it is the first


def _fault(place: str, count: int) -> Lack | None:
    if not count:
        return Lack(place, "nothing is there", "put it there, or correct the setting; a folder ends with /")
    if count > MOST:
        return Lack(place, f"more than {MOST:,} files are there", "name narrower folders, or keep the bucket as files: workload.buckets")
    return None


def _unfit(found: Iterable[Found]) -> dict[str, str]:
    """Return why some cannot be kept and laid out on a disk again, by where they are."""
    each_once = list(found)
    folders = {f"s3://{each.bucket}/{folder}" for each in each_once for folder in PurePosixPath(each.entry.key).parents}
    unfit = {}
    for each in each_once:
        if any(part in ("", ".", "..") or len(part.encode()) > LONGEST for part in each.entry.key.split("/")):
            unfit[each.where] = "its key is no path of a file"
        elif each.where in folders:
            unfit[each.where] = "its key is that of a file and of a folder"
        elif each.entry.size > LARGEST:
            unfit[each.where] = f"it has {each.entry.size:,} bytes, and S3 takes {LARGEST:,} at once"
    return unfit


def keep(at: Place, found: Sequence[Found], chain: Sequence[Manifest], put: Callable[[str, Path], None], scratch: Path) -> Kept:
    """Write with *put* what *chain* does not hold yet; what the newest of it has under the same tag is not read again."""
    before = {each.where: each for each in chain[-1].files} if chain else {}
    kept: list[StoredFile] = []
    lacks: list[Lack] = []
    scratch.mkdir(parents=True, exist_ok=True)
    for each in found:
        known = before.get(each.where)
        try:
            kept.append(known if known and each.same(known) else _fetched(at, each, put, scratch / "file"))
        except Conflict:
            lacks.append(Lack(each.where, "it was written anew while it was read", "repeat the command"))
        except (AwsError, FetchFailed) as error:
            lacks.append(Lack(each.where, error.message, error.hint))
    return Kept(tuple(kept), tuple(lacks))


def _fetched(at: Place, each: Found, put: Callable[[str, Path], None], file: Path) -> StoredFile:
    entry = each.entry
    digest = SHA256 + objects.download(at.door, each.bucket, entry, file)
    put(digest, file)
    file.unlink()
    return StoredFile(each.kind, each.bucket, entry.key, entry.tag, digest, entry.size)


def laid_out(files: Sequence[StoredFile], take: Callable[[str, Path], None], to: Path) -> None:
    """Put each file below *to*, under its kind, its bucket and its key; *take* puts a blob, by digest, where it is told."""
    for each in files:
        place = to / FOLDERS[each.kind] / each.bucket / each.key
        place.parent.mkdir(parents=True, exist_ok=True)
        take(each.digest, place)


def differences(kept: Sequence[StoredFile], looked: Looked) -> tuple[str, ...]:
    """Return how the places differ now from what was kept of them, a sentence each; what nobody could look at is said, and not judged."""
    before = {each.where: each for each in kept if not each.where.startswith(tuple(looked.unseen))}
    now = {each.where: each for each in looked.found}
    unseen = (f"{place} was not compared: {why}" for place, why in looked.unseen.items())
    gone = (f"{where} is gone" for where in sorted(before.keys() - now.keys()))
    new = (f"{where} is new" for where in sorted(now.keys() - before.keys()))
    changed = (f"{where} has changed" for where in sorted(before.keys() & now.keys()) if not now[where].same(before[where]))
    return (*unseen, *gone, *new, *changed)
