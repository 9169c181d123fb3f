"""What the program declares for production's settings, declared once."""

import pytest

from names import Names
from settings import HERE, load
from tests.stacks.declared import Declared, declare


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return declare(tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="session")
def names() -> Names:
    return Names(load(HERE / "Pulumi.prod.yaml"))
