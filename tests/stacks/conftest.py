"""What the program declares for production's settings, and for very different ones, each declared once."""

from collections.abc import Mapping

import pytest

from names import Names
from settings import HERE, load
from tests.stacks.declared import WEST, Declared, by_arc, declare
from tests.stacks.variants import VARIANTS, Variant
from tests.stacks.variants import variant as made


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    return declare(tmp_path_factory.mktemp("prod"))


@pytest.fixture(scope="session")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The program after a failover: the same settings with the other region active."""
    return declare(tmp_path_factory.mktemp("swapped"), change=lambda config: config.update(activeRegion=WEST))


@pytest.fixture(scope="session")
def controlled(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The program with routing controls as the traffic switch, at its first `pulumi up`: the settings do not know the cluster yet."""
    return declare(tmp_path_factory.mktemp("controlled"), change=lambda config: config["routing"].update(switch="arc-routing-control"))


@pytest.fixture(scope="session")
def names() -> Names:
    return Names(load(HERE / "Pulumi.prod.yaml"))


@pytest.fixture(scope="session")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Declared:
    """The program with ARC's routing controls as the traffic switch, and Region switch to execute the recovery."""
    return declare(tmp_path_factory.mktemp("switched"), change=by_arc)


@pytest.fixture(scope="session")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Variant]:
    return {name: made(name, tmp_path_factory.mktemp(name)) for name in VARIANTS}


@pytest.fixture(params=list(VARIANTS))
def variant(request: pytest.FixtureRequest, variants: Mapping[str, Variant]) -> Variant:
    return variants[request.param]
