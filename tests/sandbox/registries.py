"""A registry of images for tests, over the real protocol: tokens, manifests by tag and digest, blobs; and what goes wrong with one."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.ports import HOST

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
USER, SECRET, TOKEN = "solemate", "dckr_pat_only-the-registry-knows", "a-token-of-an-hour"


def digest_of(body: bytes) -> str:
    return f"sha256:{sha256(body).hexdigest()}"


@dataclass
class Registry:
    """What it holds, and how it misbehaves: ``busy`` answers of 429 to come, digests it ``lies`` about, and those ``cut`` half way."""

    address: str = ""
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    busy: int = 0
    lies: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def push(self, tag: str, layers: list[bytes], platforms: int = 1) -> str:
        """Make an image of *layers* for so many platforms under *tag* and return its digest."""
        entries = []
        for platform in range(platforms):
            rootfs = {"diff_ids": [digest_of(layer) for layer in layers]}
            config = json.dumps({"os": "linux", "variant": platform, "rootfs": rootfs}).encode()
            self.blobs |= {digest_of(each): each for each in (config, *layers)}
            body = {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": CONFIG, "digest": digest_of(config), "size": len(config)},
                "layers": [{"mediaType": "x/layer", "digest": digest_of(layer), "size": len(layer)} for layer in layers],
            }
            entries.append(self._add(MANIFEST, body))
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": MANIFEST, "digest": each} for each in entries]}
        self.tags[tag] = entries[0] if platforms == 1 else self._add(INDEX, index)
        return self.tags[tag]

    def _add(self, media_type: str, content: dict[str, Any]) -> str:
        body = json.dumps(content).encode()
        self.manifests[digest_of(body)] = media_type, body
        return digest_of(body)

    def everything(self, tag: str) -> dict[str, bytes]:
        """Return all that belongs to *tag*, by digest."""
        found, left = dict[str, bytes](), [self.tags[tag]]
        while left:
            digest = left.pop()
            body = found[digest] = self.manifests[digest][1] if digest in self.manifests else self.blobs[digest]
            if digest in self.manifests:
                content = json.loads(body)
                left += [each["digest"] for each in (*content.get("manifests", []), *content.get("layers", []))]
                left += [content["config"]["digest"]] if "config" in content else []
        return found


class _Answers(BaseHTTPRequestHandler):
    """What is asked of the server's registry, answered."""

    protocol_version = "HTTP/1.0"
    registry: Registry

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.registry.asked.append(parts.path)
        if parts.path == "/token":
            self._token(parse_qs(parts.query))
        elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = f'Bearer realm="{self.registry.address}/token",service="registry",scope="repository:solemate/storefront:pull"'
            self._say(401, b"", {"WWW-Authenticate": challenge})
        elif self.registry.busy:
            self.registry.busy -= 1
            self._say(429, b"", {"Retry-After": "0"})
        else:
            self._found(parts.path.rpartition("/")[2], parts.path)

    def _token(self, asked: dict[str, list[str]]) -> None:
        allowed = "Basic " + base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        well = self.headers.get("Authorization") == allowed and asked["scope"] == ["repository:solemate/storefront:pull"]
        self._say(200 if well else 401, json.dumps({"token": TOKEN}).encode() if well else b"")

    def _found(self, name: str, path: str) -> None:
        digest = self.registry.tags.get(name, name)
        if "/manifests/" in path and digest in self.registry.manifests:
            media_type, body = self.registry.manifests[digest]
            self._say(200, body + b" " * (digest in self.registry.lies), {"Content-Type": media_type})
        elif "/blobs/" in path and digest in self.registry.blobs:
            body = self.registry.blobs[digest]
            self._say(200, body[::-1] if digest in self.registry.lies else body, cut=digest in self.registry.cut)
        else:
            self._say(404, b"")

    def _say(self, code: int, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(code)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        pass


@contextmanager
def running(registry: Registry) -> Iterator[Registry]:
    server = ThreadingHTTPServer((HOST, 0), type("Answers", (_Answers,), {"registry": registry}))
    registry.address = f"http://{HOST}:{server.server_port}"
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
