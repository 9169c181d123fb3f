"""What the program declares for production's settings, and for very different ones, each declared once, whoever needs it first."""

import os
import pickle
from collections.abc import Callable, Mapping
from fcntl import LOCK_EX, flock

import pytest

from names import Names
from sandbox.deploy.wire import Values
from settings import HERE, load
from tests.stacks.declared import Declared, by_arc, declare
from tests.stacks.variants import VARIANTS, Variant

Once = Callable[..., Variant]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Declare the program with some settings, or take what another process of this session has declared with them."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, stack: str, change: Callable[[Values], None]) -> Variant:
        folder = shared / f"declared-{name}"
        folder.mkdir(exist_ok=True)
        kept = folder / "declared.pickle"
        with (folder / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not kept.exists():
                kept.write_bytes(pickle.dumps(declare(folder, stack, change)))
        declared: Declared = pickle.loads(kept.read_bytes())  # noqa: S301 - written above
        return Variant(stack, change, load(folder / f"Pulumi.{stack}.yaml"), declared)

    return made


@pytest.fixture(scope="session")
def variants(once: Once) -> Mapping[str, Variant]:
    return {name: once(name, stack, change) for name, (stack, change) in VARIANTS.items()}


@pytest.fixture(scope="session")
def prod(once: Once) -> Declared:
    return once("prod", *VARIANTS["prod"]).declared


@pytest.fixture(scope="session")
def swapped(once: Once) -> Declared:
    """The program after a failover: the same settings with the other region active."""
    return once("swapped", *VARIANTS["swapped"]).declared


@pytest.fixture(scope="session")
def controlled(once: Once) -> Declared:
    """The program with routing controls as the traffic switch, at its first `pulumi up`: the settings do not know the cluster yet."""
    return once("controlled", "prod", lambda config: config["routing"].update(switch="arc-routing-control")).declared


@pytest.fixture(scope="session")
def switched(once: Once) -> Declared:
    """The program with ARC's routing controls as the traffic switch, and Region switch to execute the recovery."""
    return once("switched", "prod", by_arc).declared


@pytest.fixture(scope="session")
def names() -> Names:
    return Names(load(HERE / "Pulumi.prod.yaml"))


@pytest.fixture(params=list(VARIANTS))
def variant(request: pytest.FixtureRequest, variants: Mapping[str, Variant]) -> Variant:
    return variants[request.param]
