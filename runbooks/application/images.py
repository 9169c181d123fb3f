"""Images, kept by digest: every manifest, configuration and layer as a part of its own, which no later backup of a chain keeps again."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from runbooks.application.archive import Archive
from runbooks.application.manifest import OLDER, Image, Manifest
from runbooks.application.registry import INDEXES, Found, Registry
from runbooks.errors import BackupBroken

LAYOUT = {"imageLayoutVersion": "1.0.0"}
"""Source: the OCI image specification, "Image Layout"."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """An image as it is now: the digest that its tag names, all manifests under it, and the blobs that those name."""

    name: str
    repository: str
    top: Found
    manifests: Mapping[str, Found]
    blobs: tuple[str, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        return (*self.manifests, *self.blobs)


def look(registry: Registry, name: str) -> Pulled:
    """Return what *name*, such as ``solemate/storefront:1``, is now; of an image for many platforms all are kept."""
    path, _, reference = name.partition("@") if "@" in name else name.partition(":")
    repository = path.partition(":")[0]
    repository = repository if "/" in repository else f"library/{repository}"
    top = registry.manifest(repository, reference)
    manifests = {top.digest: top}
    if top.media_type in INDEXES:
        for entry in json.loads(top.body)["manifests"]:
            found = registry.manifest(repository, entry["digest"])
            manifests[found.digest] = found
    named = [blob for found in manifests.values() for blob in _blobs(found)]
    return Pulled(name, repository, top, manifests, tuple(dict.fromkeys(named)))


def _blobs(found: Found) -> Iterator[str]:
    if found.media_type in INDEXES:
        return
    content = json.loads(found.body)
    yield content["config"]["digest"]
    yield from (layer["digest"] for layer in content["layers"])


def part_of(digest: str) -> str:
    """Return the name of the part that holds *digest*, such as ``sha256:9f86…``."""
    return f"images/{digest.replace(':', '/')}"


def holders(chain: tuple[Manifest, ...]) -> dict[str, str]:
    """Return which backup of *chain* holds each digest."""
    names = {each.name for each in chain}
    found = {digest: holder for each in chain for image in each.images for digest, holder in image.holders.items()}
    return {digest: holder for digest, holder in found.items() if holder in names}


def fetched(registry: Registry, pulled: Pulled, digest: str, to: Path) -> Path:
    """Write what *digest* names to the file *to*."""
    if digest not in pulled.manifests:
        return registry.blob(pulled.repository, digest, to)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(pulled.manifests[digest].body)
    return to


def rebuilt(archive: Archive, chain: tuple[Manifest, ...], image: Image, to: Path) -> Path:
    """Write *image* as an OCI layout into the directory *to*; raise :class:`BackupBroken` naming what is missing or altered."""
    by_name = {each.name: each for each in chain}
    for digest, holder in image.holders.items():
        if holder not in by_name:
            raise BackupBroken(f"{image.name} needs {digest} of {holder}, which is not in the chain", OLDER)
        part = by_name[holder].part(part_of(digest))
        if digest != f"sha256:{part.sha256}":
            raise BackupBroken(f"the part {part.name} of {holder} is not what its digest says", OLDER)
        archive.fetch(holder, part, to / "blobs" / digest.replace(":", "/"))
    top = to / "blobs" / image.digest.replace(":", "/")
    entry = {
        "mediaType": image.media_type,
        "digest": image.digest,
        "size": top.stat().st_size,
        "annotations": {"org.opencontainers.image.ref.name": image.name},
    }
    (to / "oci-layout").write_text(json.dumps(LAYOUT), encoding="utf-8")
    (to / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}), encoding="utf-8")
    return to


def folder(image: Image) -> str:
    """Return the name of *image*'s directory: ``solemate/storefront:1`` has a character that not every file system takes."""
    return image.name.replace(":", "-").replace("@", "-")


Put = Callable[[str, Path], None]


def keep(registry: Registry, pulled: Pulled, known: dict[str, str], backup: str, scratch: Path, put: Put) -> Image:
    """Put what no backup of the chain holds yet, and return the image with the holder of each digest; *known* learns of what is new."""
    for digest in pulled.digests:
        if digest not in known:
            part = part_of(digest)
            file = fetched(registry, pulled, digest, scratch / part)
            put(part, file)
            file.unlink()
            known[digest] = backup
    return Image(pulled.name, pulled.top.digest, pulled.top.media_type, {digest: known[digest] for digest in pulled.digests})
