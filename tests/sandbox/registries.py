"""A registry of images that speaks the OCI distribution protocol as Docker Hub and ECR do, with the storage that it sends to for blobs."""

import gzip
import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from urllib.parse import parse_qs

from tests.sandbox.web import Answer, Request, Site, serving

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
USER, PASSWORD = "solemate", "dckr_pat_only-the-registry-knows"
TOKEN = "token-of-the-registry-for-"


def digest_of(body: bytes) -> str:
    return f"sha256:{sha256(body).hexdigest()}"


@dataclass(slots=True)
class Hub:
    """The registry: tags and documents by repository, blobs by digest.

    ``basic`` is how ECR has clients sign in; Docker Hub hands out tokens.
    """

    basic: bool = False
    tags: dict[tuple[str, str], str] = field(default_factory=dict)
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    site: Site = field(init=False)
    storage: Site = field(init=False)

    def push(self, repository: str, tag: str, *layers: bytes, platform: str = "amd64") -> str:
        """Push an image and return the digest of its manifest."""
        config = json.dumps({"architecture": platform, "os": "linux", "rootfs": {"type": "layers"}, "config": {}}).encode()
        entries = [self._descriptor(LAYER, self._blob(layer)) for layer in layers]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": self._descriptor(CONFIG, self._blob(config)), "layers": entries}
        return self._document(repository, tag, MANIFEST, manifest)

    def push_index(self, repository: str, tag: str, **platforms: tuple[bytes, ...]) -> str:
        """Push an image for several platforms and return the digest of its index."""
        entries = []
        for platform, layers in platforms.items():
            digest = self.push(repository, f"{tag}-{platform}", *layers, platform=platform)
            size = len(self.documents[digest][1])
            entries.append({"mediaType": MANIFEST, "digest": digest, "size": size, "platform": {"architecture": platform, "os": "linux"}})
        return self._document(repository, tag, INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})

    def _document(self, repository: str, tag: str, media_type: str, content: Mapping[str, object]) -> str:
        body = json.dumps(content, indent=3).encode()  # as a client wrote it, which no canonical form may change
        self.documents[digest_of(body)] = (media_type, body)
        self.tags[repository, tag] = self.tags[repository, digest_of(body)] = digest_of(body)
        return digest_of(body)

    def _blob(self, body: bytes) -> str:
        self.blobs[digest_of(body)] = body
        return digest_of(body)

    def _descriptor(self, media_type: str, digest: str) -> dict[str, object]:
        return {"mediaType": media_type, "digest": digest, "size": len(self.blobs[digest])}

    def answer(self, request: Request) -> Answer:
        if request.path == "/token":
            return self._token(request)
        _, version, *path = request.path.split("/")
        repository, kind, reference = "/".join(path[:-2]), path[-2], path[-1]
        if refused := self._refused(request, repository):
            return refused
        if kind == "blobs" and reference in self.blobs:
            return Answer(307, b"", {"Location": f"{self.storage.address}/{reference}?X-Amz-Signature=secret-of-the-storage"})
        found = self.documents.get(self.tags.get((repository, reference), ""))
        if version != "v2" or kind != "manifests" or found is None or found[0] not in request.headers.get("Accept", ""):
            return Answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
        return Answer(200, found[1], {"Content-Type": found[0], "Docker-Content-Digest": digest_of(found[1])})

    def _token(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != basic(USER, PASSWORD):
            return Answer(401, b'{"details": "incorrect username or password"}')
        asked = parse_qs(request.query)
        if asked["service"] != ["registry.test"]:
            return Answer(400)
        return Answer(200, json.dumps({"token": TOKEN + asked["scope"][0], "expires_in": 300}).encode())

    def _refused(self, request: Request, repository: str) -> Answer | None:
        scope = f"repository:{repository}:pull"
        allowed = basic(USER, PASSWORD) if self.basic else f"Bearer {TOKEN}{scope}"
        if request.headers.get("Authorization") == allowed:
            return None
        bearer = f'Bearer realm="{request.address}/token",service="registry.test",scope="{scope}"'
        how = 'Basic realm="https://ecr.test/",service="ecr.amazonaws.com"' if self.basic else bearer
        return Answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', {"WWW-Authenticate": how})

    def stored(self, request: Request) -> Answer:
        """Answer as S3 does: what is signed by its address may not be signed in another way too."""
        if "Authorization" in request.headers or "X-Amz-Signature" not in request.query:
            return Answer(400, b"<Error><Code>InvalidArgument</Code></Error>")
        return Answer(200, self.blobs[request.path.strip("/")])


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def layer(seed: int, size: int = 20_000) -> bytes:
    """Return a layer as clients push it: a compressed tar file, of content that nothing compresses."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(f"srv/{seed}.bin")
        entry.size = size
        tar.addfile(entry, io.BytesIO(Random(seed).randbytes(size)))  # noqa: S311 - content, no secret
    return gzip.compress(packed.getvalue(), mtime=0)


@contextmanager
def registry(*, basic: bool = False) -> Iterator[Hub]:
    hub = Hub(basic)
    with serving(hub.answer) as hub.site, serving(hub.stored) as hub.storage:
        yield hub
