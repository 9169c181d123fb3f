"""One region's AWS: clients made when first used, time-outs of seconds, every failure translated into our errors."""

import gc
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import botocore.exceptions as broken
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.client import BaseClient
from botocore.config import Config

from runbooks import errors
from runbooks.aws import answers, raw
from runbooks.aws.models import Models

Taken = TypeVar("Taken")

CALM = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16)
HASTY = Config(connect_timeout=1, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=16)
SMALL = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=16)
STEADY = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16)
CHUNK = 1024**2
READS = ("Describe", "Get", "List", "Head")


@cache
def _session() -> botocore.session.Session:
    session = botocore.session.Session()
    session.register_component("data_loader", Models())
    return session


_making = Lock()  # botocore's session is not safe to share while it makes a client


@contextmanager
def _for_good() -> Iterator[None]:
    """Keep the garbage collector from what is made here: a client is ten thousand objects that stay until the process ends."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


class Door:
    """One region's AWS.

    Its ``pace`` is CALM; HASTY for a region that may be lost, with one attempt of a second; SMALL for small objects, with one
    attempt that its caller repeats; or STEADY for large ones, which S3 may take a minute to acknowledge. ``endpoint`` is an address
    of its own, for what does not answer where the region's services do. ``guard`` is asked before every request that is not a read
    leaves, a repeated one too, and raises when this process may no longer act.
    """

    def __init__(self, region: str, *, pace: Config = CALM, endpoint: str | None = None, guard: Callable[[], None] | None = None) -> None:
        self.region, self._guard, self._endpoint = region, guard, endpoint
        self._config = pace
        self._clients: dict[tuple[str, bool], BaseClient] = {}

    def client(self, service: str, *, unparsed: bool = False) -> Any:
        with _making:
            if (service, unparsed) not in self._clients:
                with _translated(f"{service} in {self.region}"), _for_good():
                    client = _session().create_client(service, region_name=self.region, endpoint_url=self._endpoint, config=self._config)
                client.meta.events.register("before-send", self._ask_guard)
                client.meta.events.register("before-sign.s3-control", plain_address)
                if unparsed:
                    client.meta.events.register("before-parse", raw.leave_unparsed)
                self._clients[service, unparsed] = client
            return self._clients[service, unparsed]

    def call(self, service: str, operation: str, /, **arguments: object) -> dict[str, Any]:
        """Return AWS's answer to *operation* (snake case); arguments that are None are left out. Raises ``AwsError``."""
        method: Callable[..., dict[str, Any]] = getattr(self.client(service), operation)
        with _translated(f"{service} {operation.replace('_', '-')} in {self.region}"):
            return method(**_given(arguments))

    def unparsed(self, service: str, operation: str, take: Callable[[dict[str, Any]], Taken], /, **arguments: object) -> Taken:
        """Return what *take* makes of the JSON that AWS answered *operation* with: for lists so long that reading them is the work."""
        method: Callable[..., dict[str, Any]] = getattr(self.client(service, unparsed=True), operation)
        with _translated(f"{service} {operation.replace('_', '-')} in {self.region}"):
            sent: bytes = method(**_given(arguments))[raw.SENT]
            with raw.reading:
                return take(raw.parsed(sent))

    def chunks(self, body: Any, what: str) -> Iterator[bytes]:
        """Yield the bytes of *body*, an answer's, a megabyte at a time.

        Raises ``AwsError`` when it breaks off, and ``BackupBroken`` at its end when it is not what S3's checksum of it says.
        """
        with _translated(f"{what} in {self.region}"):
            try:
                while chunk := body.read(CHUNK):
                    yield chunk
            except broken.FlexibleChecksumError as error:
                raise errors.BackupBroken(f"{what} in {self.region} is not what its stored checksum says") from error

    def _ask_guard(self, event_name: str, **_: object) -> None:
        """Called by botocore for each attempt: one that was put to sleep in mid-call must not try again as if nothing had happened."""
        if self._guard and not event_name.rpartition(".")[2].startswith(READS):
            self._guard()

    def pages(self, service: str, operation: str, key: str, /, **arguments: object) -> Iterator[dict[str, Any]]:
        """Yield the entries under *key* of every page of *operation*."""
        paginator = self.client(service).get_paginator(operation)
        with _translated(f"{service} {operation.replace('_', '-')} in {self.region}"):
            for page in paginator.paginate(**_given(arguments)):
                yield from page.get(key, [])


def plain_address(request: AWSRequest, **_: object) -> None:
    """Take the account's number, which S3 Control puts before every host, away from an IP address: there it names nothing."""
    request.url = re.sub(r"//\d{12}\.(\d+\.\d+\.\d+\.\d+[:/])", r"//\1", request.url)


def _given(arguments: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in arguments.items() if value is not None}


def answered_at(answer: Mapping[str, Any]) -> datetime:
    """Return when the server says it answered (its ``Date`` header, whole seconds): a clock that no operator's laptop can skew."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except broken.ClientError as error:
        raise answers.translated(what, error.response) from error
    except (broken.NoCredentialsError, broken.PartialCredentialsError, broken.TokenRetrievalError, broken.SSOError) as error:
        raise errors.Expired(f"{what}: {error}", answers.SIGN_IN) from error
    except (broken.HTTPClientError, broken.ConnectionError) as error:
        raise errors.Unreachable(
            f"{what}: no answer ({type(error).__name__})", "the region may be lost, or this machine has no network"
        ) from error
    except broken.BotoCoreError as error:
        raise errors.Rejected(f"{what}: {error}", "check the settings and this machine's AWS configuration") from error
