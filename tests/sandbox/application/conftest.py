"""A shop whose application is kept, as most of these tests want it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import kms, s3
from sandbox.lab import Lab
from tests.sandbox.kept import Shop, kept_shop
from tests.sandbox.parts import running


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def shop(serving: Lab, tmp_path: Path) -> Iterator[Shop]:
    with kept_shop(serving, tmp_path, 3) as made:
        yield made
