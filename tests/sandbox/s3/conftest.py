"""One sandbox of S3 and KMS for these tests, emptied after each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.client import BaseClient
from moto.core.base_backend import BackendDict

from sandbox import kms, s3
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, running
from tests.sandbox.s3.buckets import make_bucket, replicate, rule


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder: Path = tmp_path_factory.mktemp("s3")
    with running(folder, kms, s3) as lab:
        yield lab


@pytest.fixture(autouse=True)
def lab(served: Lab) -> Iterator[Lab]:
    """The sandbox, with nothing in it."""
    yield served
    for region in (EAST, WEST):
        served.regions.heal_region(region)
    with one_at_a_time:
        BackendDict.reset()


@pytest.fixture(scope="package")
def east(served: Lab) -> BaseClient:
    return client(served, "s3", EAST)


@pytest.fixture(scope="package")
def west(served: Lab) -> BaseClient:
    return client(served, "s3", WEST)


@pytest.fixture
def pair(east: BaseClient, west: BaseClient) -> tuple[str, str]:
    """Two buckets that replicate everything to each other."""
    make_bucket(east, "media-east")
    make_bucket(west, "media-west")
    replicate(east, "media-east", rule("media-west"))
    replicate(west, "media-west", rule("media-east"))
    return "media-east", "media-west"
