"""One stage for all scenarios: used again while each leaves it whole, set up anew after one that does not."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.play import bring_up
from tests.scenarios.stage import Stage


@pytest.fixture(scope="session")
def stages() -> Iterator[Callable[[], Stage]]:
    """Return the stage that is whole: the last one, or a new one."""
    standing: list[Stage] = []
    roots: list[Path] = []

    def whole() -> Stage:
        if standing and standing[-1].is_whole():
            return standing[-1]
        while standing:
            standing.pop().sandbox.stop()
        root = Path(tempfile.mkdtemp(prefix="solemate-"))
        roots.append(root)
        root.chmod(0o755)
        standing.append(Stage(bring_up(root, lambda progress: None)))
        return standing[-1]

    yield whole
    for stage in standing:
        stage.sandbox.stop()
    for root in roots:
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def stage(stages: Callable[[], Stage]) -> Stage:
    return stages()
