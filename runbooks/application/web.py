"""HTTP as registries and indexes speak it: asked again when that may help, and nothing believed before its digest fits.

No address is shown with what may be secret in it: neither the sign-in before a host nor the signature behind a path.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from time import monotonic
from typing import IO, TypeVar

import httpx

from runbooks.clock import Clock, RealClock, jittered
from runbooks.errors import FetchFailed

T = TypeVar("T")

TRIES = 4
PATIENCE = 120.0
"""Seconds that one thing is waited for in all, pauses that a server asks for included."""

CHUNK = 1024**2
LATER = "repeat the command later; what was kept before stays as it is"

Headers = Mapping[str, str]


class Answered(FetchFailed):
    """An answer that is not what was asked for: its ``status``, and its headers."""

    def __init__(self, message: str, hint: str, status: int, headers: Headers) -> None:
        super().__init__(message, hint)
        self.status, self.headers = status, headers
        self.retry = status == 429 or status >= 500

    @property
    def wait(self) -> float | None:
        """The seconds that the server asks to be left alone, if it says so in seconds."""
        asked = self.headers.get("retry-after", "")
        return float(asked) if asked.isdigit() else None


class Cut(FetchFailed):
    """No answer, or one that broke off."""

    retry = True


@dataclass(frozen=True, slots=True)
class Document:
    """A whole answer that fits into memory; ``url`` is where it came from in the end."""

    url: str
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Web:
    """The connections of one backup."""

    clock: Clock = field(default_factory=RealClock)
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=httpx.Timeout(60, connect=10), follow_redirects=True))

    def close(self) -> None:
        self._client.close()

    def read(self, url: str, headers: Headers, largest: int) -> Document:
        """Return what *url* answers; raise :class:`FetchFailed` when that is more than *largest* bytes or no success."""

        def once() -> Document:
            with _asked(self._client, url, headers) as answer:
                body = bytearray()
                for chunk in answer.iter_raw(CHUNK):
                    body += chunk
                    if len(body) > largest:
                        raise FetchFailed(f"{shown(url)} answers with more than {largest:,} bytes", "look at what answers there")
                return Document(str(answer.url), dict(answer.headers), bytes(body))

        return self._patiently(once)

    def download(self, url: str, headers: Headers, to: Path, digest: str, size: int | None = None) -> None:
        """Write *url* to the file *to*; what was cut off is carried on where it broke. Raise :class:`FetchFailed` unless it is *digest*.

        *digest* is such as ``sha256:9f86…``. Nothing is left in *to* that does not fit.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            with to.open("wb") as file:
                self._patiently(lambda: self._carry_on(url, headers, file, size))
            found = digest_of(to, digest.partition(":")[0])
            if found != digest:
                raise FetchFailed(f"{shown(url)} is not what it must be: its digest is {found}, not {digest}", "look at what answers there")
        except BaseException:
            to.unlink(missing_ok=True)
            raise

    def _carry_on(self, url: str, headers: Headers, file: IO[bytes], size: int | None) -> None:
        there = file.tell()
        with _asked(self._client, url, {**headers, "Range": f"bytes={there}-"} if there else headers) as answer:
            if there and answer.status_code != 206:
                file.seek(0)
                file.truncate()
            for chunk in answer.iter_raw(CHUNK):
                file.write(chunk)
                if size is not None and file.tell() > size:
                    raise FetchFailed(f"{shown(url)} has more than the {size:,} bytes that it must have", "look at what answers there")

    def _patiently(self, once: Callable[[], T]) -> T:
        start = monotonic()
        for attempt in range(1, TRIES + 1):
            try:
                return once()
            except FetchFailed as error:
                asked = error.wait if isinstance(error, Answered) else None
                pause = jittered(0.25 * 2**attempt) if asked is None else asked
                if not error.retry or attempt == TRIES or monotonic() - start + pause > PATIENCE:
                    raise
            self.clock.sleep(pause)
        raise AssertionError("the last try returns or raises")


class _asked:  # noqa: N801 - reads as the call that it is
    """One request, whose answer is a success or raised; and whatever breaks while it is read is :class:`Cut`."""

    def __init__(self, client: httpx.Client, url: str, headers: Headers) -> None:
        self._url = url
        self._client, self._headers = client, {"Accept-Encoding": "identity", **headers}
        self._answer: httpx.Response | None = None

    def __enter__(self) -> httpx.Response:
        try:
            request = self._client.build_request("GET", self._url, headers=self._headers)
            self._answer = self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._cut(error) from None
        if self._answer.is_success:
            return self._answer
        status, headers = self._answer.status_code, dict(self._answer.headers)
        self._answer.close()
        raise Answered(f"{shown(self._url)} answers {status}{_says(status, headers)}", HINTS.get(status, LATER), status, headers)

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if self._answer is not None:
            self._answer.close()
        if isinstance(error, httpx.HTTPError):
            raise self._cut(error) from None

    def _cut(self, error: Exception) -> FetchFailed:
        hint = f"check this machine's network and what answers there, then {LATER.partition(';')[0]}"
        return Cut(f"{shown(self._url)} does not answer ({type(error).__name__})", hint)


HINTS = {
    401: "check the sign-in: procedures/deployment.md says where it is kept",
    403: "check what the sign-in may pull",
    404: "check the name and the tag or version in the settings or the lock",
}


def _says(status: int, headers: Headers) -> str:
    return f": too many requests; it asks to wait {headers.get('retry-after', 'some')} s" if status == 429 else ""


def shown(url: str) -> str:
    """Return *url* without its sign-in and its query."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return "an address that is none"
    return f"{parts.scheme}://{parts.netloc.decode('ascii')}{parts.path}"


def digest_of(file: Path, algorithm: str) -> str:
    with file.open("rb") as body:
        return f"{algorithm}:{file_digest(body, algorithm).hexdigest()}"
