"""A registry of images, over the OCI distribution protocol, Docker's: manifests and blobs by digest, behind a token or a password."""

import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import httpx

from runbooks.application.web import Answered, Headers, Web, shown
from runbooks.errors import FetchFailed

T = TypeVar("T")

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
LARGEST = 4 * 1024**2
"""Bytes of a manifest that registries must take. Source: the OCI distribution specification, "Pushing Manifests"."""


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)

    @property
    def header(self) -> str:
        return f"Basic {b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Served:
    """A manifest or an index as it was served: its digest is that of its very bytes."""

    digest: str
    media_type: str
    body: bytes


@dataclass(slots=True)
class Registry:
    """The registry at ``address``. How to sign in it says itself: with ``credentials``, or with a token from whom it names."""

    web: Web
    address: str
    credentials: Credentials | None = None
    _signed: dict[str, str] = field(default_factory=dict, repr=False)

    def manifest(self, repository: str, reference: str) -> Served:
        """Return what *reference*, a tag or a digest, leads to; raise :class:`FetchFailed` when its bytes are not what was named."""
        url = f"{self.address}/v2/{repository}/manifests/{reference}"
        accepted = {"Accept": ", ".join((*INDEXES, *MANIFESTS))}
        found = self._signed_in(repository, lambda signed: self.web.read(url, {**signed, **accepted}, LARGEST))
        digest = f"sha256:{sha256(found.body).hexdigest()}"
        for named in (reference if ":" in reference else digest, found.headers.get("docker-content-digest", digest)):
            if named != digest:
                raise FetchFailed(f"{shown(url)} is not what it must be: its digest is {digest}, not {named}", "look at what answers there")
        return Served(digest, _media_type(found.body, found.headers, url), found.body)

    def blob(self, repository: str, digest: str, size: int, to: Path) -> None:
        """Write the blob *digest* to the file *to*. A registry may send elsewhere for it; no sign-in goes along to another host."""
        url = f"{self.address}/v2/{repository}/blobs/{digest}"
        self._signed_in(repository, lambda signed: self.web.download(url, signed, to, digest, size))

    def _signed_in(self, repository: str, ask: Callable[[Headers], T]) -> T:
        """Return what *ask* returns, signed in as the registry wants it, which it says when it is asked without: tokens go stale."""
        try:
            return ask({"Authorization": self._signed[repository]} if repository in self._signed else {})
        except Answered as refused:
            if refused.status != 401:
                raise
            self._signed[repository] = self._authorization(refused, repository)
        return ask({"Authorization": self._signed[repository]})

    def _authorization(self, refused: Answered, repository: str) -> str:
        scheme, _, rest = refused.headers.get("www-authenticate", "").partition(" ")
        if scheme.lower() == "basic" and self.credentials:
            return self.credentials.header
        asked = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if scheme.lower() != "bearer" or not self._may_ask(asked.get("realm", "")):
            raise refused
        return f"Bearer {self._token(asked, repository)}"

    def _may_ask(self, realm: str) -> bool:
        """Tell whether a password may go to *realm*: over TLS, or to the registry itself."""
        try:
            there, here = httpx.URL(realm), httpx.URL(self.address)
        except httpx.InvalidURL:
            return False
        return there.scheme == "https" or (there.scheme, there.netloc) == (here.scheme, here.netloc)

    def _token(self, asked: Headers, repository: str) -> str:
        scope = {"service": asked.get("service", ""), "scope": asked.get("scope", f"repository:{repository}:pull")}
        signed = {"Authorization": self.credentials.header} if self.credentials else {}
        answer = self.web.read(f"{asked['realm']}?{urlencode(scope)}", signed, LARGEST)
        try:
            content = json.loads(answer.body)
            return str(content.get("token") or content["access_token"])
        except (ValueError, KeyError, AttributeError):
            raise FetchFailed(f"{shown(asked['realm'])} gives no token", "look at what answers there") from None


def _media_type(body: bytes, headers: Headers, url: str) -> str:
    """Return what a document says it is, or else how it was served."""
    try:
        said = json.loads(body).get("mediaType") or headers.get("content-type", "").partition(";")[0]
    except (ValueError, AttributeError):
        said = ""
    if said not in (*INDEXES, *MANIFESTS):
        raise FetchFailed(f"{shown(url)} is neither a manifest nor an index of images", "push the image anew with a current client")
    return str(said)
