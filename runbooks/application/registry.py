"""A registry of images, asked over its own protocol: manifests by tag or digest, blobs by digest, each checked against its digest.

Source: the OCI distribution specification, and for the tokens the registry's "Token Authentication Specification".
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

from runbooks.aws.secrets import Credentials
from runbooks.errors import RegistryFailed

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
TRIES = 4
LONGEST_WAIT = 30.0
CHUNK = 1024**2
PATIENCE = httpx.Timeout(10, read=60)


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest or an index: its bytes, and what they are."""

    digest: str
    media_type: str
    body: bytes


@dataclass
class Registry:
    """One registry. Its tokens are held in memory only, and so are *credentials*, which are sent to its own token service alone."""

    address: str
    credentials: Credentials | None = None
    sleep: Callable[[float], None] = time.sleep
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def manifest(self, repository: str, reference: str) -> Found:
        """Return the manifest that a tag or a digest names.

        Raises :class:`RegistryFailed` when it is not there, or not what its digest says.
        """
        with self._asked(repository, f"manifests/{reference}", {"Accept": ", ".join((*INDEXES, *MANIFESTS))}) as answer:
            body = answer.read()
            media_type = answer.headers.get("Content-Type", "").partition(";")[0]
        digest = f"sha256:{sha256(body).hexdigest()}"
        if reference.startswith("sha256:") and reference != digest:
            raise RegistryFailed(f"{self._host} answers {repository}@{reference} with something else, {digest}", SUSPECT)
        return Found(digest, media_type, body)

    def blob(self, repository: str, digest: str, to: Path) -> Path:
        """Write a blob to the file *to*; raise :class:`RegistryFailed` when what arrives is not what its digest says."""
        to.parent.mkdir(parents=True, exist_ok=True)
        counted = sha256()
        with self._asked(repository, f"blobs/{digest}", {}) as answer, to.open("wb") as file:
            try:
                for chunk in answer.iter_bytes(CHUNK):
                    counted.update(chunk)
                    file.write(chunk)
            except httpx.HTTPError as error:
                raise RegistryFailed(f"{self._host} broke off in {repository}@{digest}: {type(error).__name__}", AGAIN) from None
        if digest != f"sha256:{counted.hexdigest()}":
            raise RegistryFailed(f"{self._host} answers {repository}@{digest} with other bytes", SUSPECT)
        return to

    @contextmanager
    def _asked(self, repository: str, what: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Yield a good answer; a token is fetched when one is asked for, and a busy registry is waited for as long as it says."""
        url = f"{self.address}/v2/{repository}/{what}"
        for attempt in range(1, TRIES + 1):
            token = self._tokens.get(repository)
            bearer = {"Authorization": f"Bearer {token}"} if token else {}
            with self._streamed(url, headers | bearer, f"{repository} {what}") as answer:
                if answer.status_code == httpx.codes.OK:
                    yield answer
                    return
                self._understand(answer, repository, what, last=attempt == TRIES)

    @contextmanager
    def _streamed(self, url: str, headers: dict[str, str], what: str) -> Iterator[httpx.Response]:
        try:
            # Blobs lie elsewhere, where the token has no business: httpx drops it when the host changes.
            with httpx.stream("GET", url, headers=headers, timeout=PATIENCE, follow_redirects=True) as answer:
                yield answer
        except httpx.HTTPError as error:
            raise RegistryFailed(f"{self._host} does not answer {what}: {type(error).__name__}", AGAIN) from None

    def _understand(self, answer: httpx.Response, repository: str, what: str, *, last: bool) -> None:
        """Get ready for another try, or raise why there is none."""
        code = answer.status_code
        if code == httpx.codes.UNAUTHORIZED and repository not in self._tokens and not last:
            self._tokens[repository] = self._token(answer.headers.get("WWW-Authenticate", ""), repository)
        elif code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE) and not last:
            said = answer.headers.get("Retry-After", "1")
            self.sleep(min(float(said) if said.isdecimal() else 1.0, LONGEST_WAIT))
        else:
            raise RegistryFailed(f"{self._host} answers {repository} {what} with {code}", HINTS.get(code, AGAIN))

    def _token(self, challenge: str, repository: str) -> str:
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        if not challenge.startswith("Bearer ") or "realm" not in asked:
            raise RegistryFailed(f"{self._host} asks for a sign-in that is not known here", "see application.dockerHub in the settings")
        wanted = {"service": asked.get("service", ""), "scope": asked.get("scope") or f"repository:{repository}:pull"}
        signed = (self.credentials.username, self.credentials.password) if self.credentials else None
        try:
            answer = httpx.get(asked["realm"], params=wanted, auth=signed, timeout=PATIENCE)
            if answer.status_code != httpx.codes.OK:
                raise RegistryFailed(f"{self._host} gives no token for {repository}: {answer.status_code}", HINTS[401])
            said: dict[str, Any] = answer.json()
            return str(said.get("token") or said["access_token"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise RegistryFailed(f"{self._host} gives no token for {repository}: {type(error).__name__}", AGAIN) from None

    @property
    def _host(self) -> str:
        return self.address.partition("://")[2]


AGAIN = "repeat the command; what was kept of this backup so far is no backup"
SUSPECT = "somebody or something alters what is fetched: find out before you deploy that image"
HINTS = {
    401: "check the secret with Docker Hub's credentials, and that they may read this repository",
    403: "check the secret with Docker Hub's credentials, and that they may read this repository",
    404: "check application.images and workload.service.image in the settings",
    429: "Docker Hub allows more to who signs in, and more again to who pays; repeat the command later",
}
