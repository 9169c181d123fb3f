"""A backup: look, decide its kind, write the parts, look again, and sign the manifest last.

Who repeats a backup within the hour, of the same kind and with nothing changed since, gets the one that is there. Between the last
look and the manifest's own write another process may still finish a second one: both are whole, and neither needs the other. Of two
that begin in the same second, and so want the same name, one is refused.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.application import artifacts, configuration, files
from runbooks.application.archive import Archive
from runbooks.application.artifacts import Looked
from runbooks.application.blobs import part_of
from runbooks.application.configuration import Configuration
from runbooks.application.git import Git
from runbooks.application.manifest import (
    CONFIGURATION,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    Manifest,
    Part,
    Repository,
    key_of,
)
from runbooks.application.mirror import Mirror, bundled, mirrored
from runbooks.application.place import Place
from runbooks.application.web import Web
from runbooks.aws import signing
from runbooks.errors import BackupBroken, Conflict, Refused
from runbooks.signed import Kind, named, pem

REPEATED = timedelta(hours=1)
REPEAT = "invoke backup --target application"


@dataclass(frozen=True, slots=True)
class Made:
    """A backup, whether it was ``there`` already, and what there is to say beside it."""

    manifest: Manifest
    there: bool
    notes: tuple[str, ...]

    def spoken(self) -> str:
        made = self.manifest
        what = (
            "nothing new since its basis"
            if made.nothing_new
            else f"{len(made.parts)} parts, {sum(each.size for each in made.parts):,} bytes"
        )
        kind = f"{made.kind} (not {made.asked}: {made.why})" if made.why else made.kind
        return f"{made.name}: {kind}, {what}" + (", made before; nothing has changed since" if self.there else "")


@dataclass(frozen=True, slots=True)
class Seen:
    """The application as it is now, of which ``configuration`` has secrets in clear. What is not included is empty."""

    mirrors: tuple[Mirror, ...]
    configuration: Configuration | None
    looked: Looked

    @property
    def state(self) -> str:
        return self.configuration.state if self.configuration else ""

    def like(self, made: Manifest) -> bool:
        refs = {each.repository: each.refs for each in self.mirrors}
        images = {each.image: each.root.digest for each in self.looked.trees}
        return (
            not made.lacks
            and refs == {each.name: each.refs for each in made.repositories}
            and images == {each.name: each.digest for each in made.images}
            and not files.differences(made.files, self.looked.stored)
            and self.state == made.configuration
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """What a backup builds on: its ``kind``, why that is not the kind that was asked for, and the chain, empty for a full one."""

    kind: Kind
    why: str
    chain: tuple[Manifest, ...] = ()

    def repository(self, name: str) -> Repository | None:
        return self.chain[-1].repository(name) if self.chain else None


def back_up(at: Place, kind: Kind, now: datetime) -> Made:
    """Keep the application, and return what was made; or what a call before has made, when nothing has changed since."""
    archive = Archive(at)
    listing = archive.listing()
    notes = tuple(f"{name} has {count} parts and no manifest: interrupted, or under way" for name, count in listing.unlisted.items())
    with TemporaryDirectory(prefix="solemate-") as scratch, closing(Web()) as web:
        seen = _look(at, web, Path(scratch))
        if before := _repeated(archive, seen, kind, now):
            return Made(before, there=True, notes=notes)
        basis = decided(archive, listing.backups, kind, now, at.wanted.retention)
        made = _write_parts(at, web, seen, basis, kind, now, Path(scratch))
        if before := _repeated(archive, seen, kind, now):
            return Made(before, there=True, notes=(*notes, f"{made.name} was given up: {before.name} was finished meanwhile"))
        made = _seal(at, made, Path(scratch))
    return Made(made, there=False, notes=(*notes, *made.notes))


def _look(at: Place, web: Web, scratch: Path) -> Seen:
    wanted = at.wanted
    names = wanted.repositories if wanted.include_code else ()
    git = Git(wanted.git_hub, at.token()) if names else Git()
    mirrors = tuple(mirrored(git, wanted.git_hub, name, scratch / "mirrors" / f"{name}.git") for name in names)
    looked = artifacts.look(at, web, mirrors)
    return Seen(mirrors, configuration.look(at, decrypted=True) if wanted.include_config else None, looked)


def _repeated(archive: Archive, seen: Seen, kind: Kind, now: datetime) -> Manifest | None:
    """Return the newest backup if it is what this one would be."""
    names = archive.listing().backups
    if not names or names[-1] < named(now - REPEATED):
        return None
    try:
        newest = archive.manifest(names[-1])
    except BackupBroken:
        return None
    return newest if newest.asked == kind and seen.like(newest) else None


def decided(archive: Archive, names: Sequence[str], kind: Kind, now: datetime, retention: timedelta) -> Basis:
    """Return what to build on. Whatever speaks against a basis makes the backup a full one, which says why.

    A full backup past half its retention is no basis any more: what builds on it can be restored only as long as it is there.
    """
    if kind == "full":
        return Basis("full", "")
    if not names:
        return Basis("full", "there is no backup yet")
    try:
        chain = archive.chain(archive.manifest(names[-1]))
    except BackupBroken as error:
        return Basis("full", error.message)
    if now - chain[0].at > retention / 2:
        return Basis("full", f"{chain[0].name} has passed half of its retention")
    return Basis(kind, "", chain if kind == "incremental" else chain[:1])


def _write_parts(at: Place, web: Web, seen: Seen, basis: Basis, asked: Kind, now: datetime, scratch: Path) -> Manifest:
    """Write every part and return the manifest of them, which is not written yet."""
    content, notes = configuration.kept(at, seen.configuration) if seen.configuration else (None, ())
    name, parts, repositories = named(now), [], []
    draft = Manifest(
        name=name,
        created=now.replace(microsecond=0).isoformat(),
        kind=basis.kind,
        asked=asked,
        why=basis.why,
        environment=at.names.settings.environment,
        region=at.region,
        key="",
        chain=tuple(each.link for each in basis.chain),
        repositories=(),
        configuration=seen.state,
        parts=(),
        notes=(*notes, *seen.looked.notes),
    )
    for mirror in seen.mirrors:
        before = basis.repository(mirror.repository)
        part = f"code/{mirror.repository}.bundle"
        file = scratch / name / part
        new = bundled(Git(), mirror, before.refs if before else {}, file)
        repositories.append(Repository(mirror.repository, mirror.head, mirror.refs, before.refs if before else {}, part if new else ""))
        if new:
            parts.append(_put(at, draft, part, file))
    if content is not None:
        parts.append(_put(at, draft, CONFIGURATION, _file(scratch / name / CONFIGURATION, json.dumps(content, sort_keys=True).encode())))
    kept = artifacts.keep(
        at, web, seen.looked, basis.chain, lambda digest, blob: parts.append(_put(at, draft, part_of(digest), blob)), scratch
    )
    whole = replace(draft, repositories=tuple(repositories), parts=tuple(parts))
    return replace(whole, images=kept.images, locks=kept.locks, files=kept.stored, lacks=kept.lacks)


def _put(at: Place, made: Manifest, part: str, file: Path) -> Part:
    tags = {"type": made.kind, "environment": made.environment, "created": made.created}
    try:
        written = at.shelf.put(key_of(made.name, part), file, tags)
    except Conflict:
        raise Refused(f"another backup is being made under the name {made.name}", f"wait for it, or repeat: {REPEAT}") from None
    return Part(part, written.key, written.version, written.size, written.sha256)


def _seal(at: Place, draft: Manifest, scratch: Path) -> Manifest:
    """Sign the manifest and write it, the last of all: until then there is no backup."""
    key = signing.signing_key(at.door, at.names.key_alias("signing"))
    made = replace(draft, key=key.arn)
    _put(at, made, PUBLIC_KEY, _file(scratch / made.name / PUBLIC_KEY, pem(key.public)))
    _put(at, made, SIGNATURE, _file(scratch / made.name / SIGNATURE, signing.sign(at.door, key.arn, made.body)))
    _put(at, made, MANIFEST, _file(scratch / made.name / MANIFEST, made.body))
    return made


def _file(at: Path, body: bytes) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_bytes(body)
    return at
