"""Images: what a name leads to, kept blob by blob, checked by digest, and laid out as tools read it.

An index of several platforms is kept whole. What comes back is one OCI image layout of all images (``index.json``, ``oci-layout``,
``blobs/sha256/…``), the form that skopeo, containerd and docker load.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runbooks.application.blobs import SHA256, Blobs
from runbooks.application.manifest import OLDER, Image
from runbooks.application.registry import INDEXES, MANIFESTS, Registry, Served
from runbooks.aws.objects import LARGEST
from runbooks.errors import BackupBroken, FetchFailed

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tree:
    """What an image is now: its documents (indexes and manifests) by digest, the root first; and the sizes of its other blobs."""

    image: str
    repository: str
    root: Served
    documents: Mapping[str, Served]
    blobs: Mapping[str, int]

    @property
    def record(self) -> Image:
        return Image(self.image, self.root.digest, self.root.media_type, len(self.root.body), (*self.documents, *self.blobs))


def look(registry: Registry, image: str, repository: str) -> Tree:
    """Return what *image*, such as ``solemate/storefront:1``, leads to in *repository*; raise :class:`FetchFailed` when it is not whole."""
    name, mark, version = image.partition("@") if "@" in image else image.partition(":")
    root = registry.manifest(repository, version)
    documents, blobs = {root.digest: root}, {}
    waiting = [root]
    while waiting:
        served = waiting.pop()
        for descriptor in _descriptors(served.media_type, served.body, image):
            digest, size = descriptor["digest"], descriptor["size"]
            if descriptor["mediaType"] in (*INDEXES, *MANIFESTS):
                if digest not in documents:
                    documents[digest] = registry.manifest(repository, digest)
                    waiting.append(documents[digest])
            elif size > LARGEST:
                raise FetchFailed(
                    f"{name}{mark}{version} has a layer of {size:,} bytes, and S3 takes {LARGEST:,} at once", "divide that layer"
                )
            else:
                blobs[digest] = size
    return Tree(image, repository, root, documents, blobs)


def fetched(registry: Registry, tree: Tree, held: set[str], folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each blob of *tree* that is not in *held*, as its digest and a file in *folder*, once it fits."""
    for digest, served in tree.documents.items():
        if digest not in held:
            yield digest, _written(folder / digest.removeprefix(SHA256), served.body)
    for digest, size in tree.blobs.items():
        if digest not in held:
            to = folder / digest.removeprefix(SHA256)
            if not to.exists():
                registry.blob(tree.repository, digest, size, to)
            yield digest, to


def _written(file: Path, body: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    return file


def _descriptors(media_type: str, body: bytes, image: str) -> list[Content]:
    """Return what a document names: the manifests of an index, or the config and the layers of a manifest."""
    try:
        content = json.loads(body)
        found = content["manifests"] if media_type in INDEXES else [content["config"], *content["layers"]]
        return [_descriptor(each) for each in found]
    except (ValueError, KeyError, TypeError):
        raise FetchFailed(f"{image} has a manifest that cannot be read", "push the image anew with a current client") from None


def _descriptor(content: Content) -> Content:
    algorithm, _, written = str(content["digest"]).partition(":")
    if algorithm != "sha256" or len(written) != 64 or not set(written) <= set("0123456789abcdef"):
        raise ValueError(content["digest"])
    return {"digest": content["digest"], "size": int(content["size"]), "mediaType": str(content["mediaType"])}


def walked(blobs: Blobs, image: Image) -> int:
    """Follow *image* from its root through what is kept and return the number of its layers, those of all platforms together.

    Raises :class:`BackupBroken` naming what is missing or does not fit.
    """
    found, layers = {image.digest}, 0
    waiting = [(image.media_type, image.digest)]
    while waiting:
        media_type, digest = waiting.pop()
        descriptors = _kept_descriptors(blobs, image, media_type, digest)
        layers += len(descriptors) - 1 if media_type in MANIFESTS else 0
        for descriptor in descriptors:
            _check_size(blobs, image, descriptor)
            if descriptor["mediaType"] in (*INDEXES, *MANIFESTS) and descriptor["digest"] not in found:
                waiting.append((descriptor["mediaType"], descriptor["digest"]))
            found.add(descriptor["digest"])
    if found != set(image.blobs):
        raise BackupBroken(f"{image.name}: its manifest names other blobs than the backup lists", OLDER)
    return layers


def _check_size(blobs: Blobs, image: Image, descriptor: Content) -> None:
    try:
        size = blobs.file(descriptor["digest"]).stat().st_size
    except BackupBroken as error:
        raise BackupBroken(f"{image.name}: {error.message}", error.hint) from None
    if size != descriptor["size"]:
        raise BackupBroken(f"{image.name}: {descriptor['digest']} has {size:,} bytes, not {descriptor['size']:,}", OLDER)


def _kept_descriptors(blobs: Blobs, image: Image, media_type: str, digest: str) -> list[Content]:
    try:
        return _descriptors(media_type, blobs.file(digest).read_bytes(), image.name)
    except FetchFailed as error:
        raise BackupBroken(error.message, OLDER) from None
    except BackupBroken as error:
        raise BackupBroken(f"{image.name}: {error.message}", error.hint) from None


def laid_out(images: tuple[Image, ...], take: Callable[[str, Path], None], to: Path) -> None:
    """Make the OCI image layout *to*: *take* puts a blob, by digest, where it is told."""
    for digest in dict.fromkeys(digest for image in images for digest in image.blobs):
        file = to / "blobs" / "sha256" / digest.removeprefix(SHA256)
        file.parent.mkdir(parents=True, exist_ok=True)
        take(digest, file)
    index = {"schemaVersion": 2, "mediaType": INDEXES[0], "manifests": [_entry(image) for image in images]}
    (to / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8")
    (to / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n', encoding="utf-8")


def _entry(image: Image) -> Content:
    path = image.name.partition("@")[0].partition(":")[0]
    hub = image.name if "/" in path else f"library/{image.name}"
    names = {"org.opencontainers.image.ref.name": image.name, "io.containerd.image.name": f"docker.io/{hub}"}
    return {"mediaType": image.media_type, "digest": image.digest, "size": image.size, "annotations": names}
