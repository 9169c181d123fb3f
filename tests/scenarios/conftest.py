"""One stage for all scenarios with the same traffic switch: used again while each leaves it whole, set up anew after one that does not."""

import shutil
import tempfile
from pathlib import Path

import pytest

from sandbox.play import bring_up
from tests.scenarios.canaries import search
from tests.scenarios.stage import EAST, Stage


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark whole disasters, and begin with them: each takes tens of seconds, and what is quick fills the gaps they leave at the end."""
    disasters = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in disasters:
        item.add_marker(pytest.mark.scenario)
        item.add_marker(pytest.mark.timeout(900))
    items.sort(key=lambda item: item.get_closest_marker("scenario") is None)


class Stages:
    """The stage that stands, if any: taken again when it is as a test needs it."""

    def __init__(self, switch: str) -> None:
        self._switch = switch
        self._standing: Stage | None = None
        self._roots: list[Path] = []

    def whole(self) -> Stage:
        if self._standing and self._standing.is_whole():
            return self._standing
        self._strike()
        root = Path(tempfile.mkdtemp(prefix="solemate-"))
        self._roots.append(root)
        root.chmod(0o755)
        self._standing = Stage(bring_up(root, lambda _: None, switch=self._switch))
        return self._standing

    def away(self) -> Stage:
        if self._standing and self._standing.is_away():
            return self._standing
        stage = self.whole()
        stage.sandbox.break_region(EAST, "refuse")
        over = stage.fails_over()
        assert over.code == 0, over
        stage.sandbox.heal_region(EAST)
        return stage

    def close(self) -> None:
        self._strike()
        for root in self._roots:
            shutil.rmtree(root, ignore_errors=True)

    def _strike(self) -> None:
        """End the stage, once nothing that was said or written while it stood has a secret in it."""
        standing, self._standing = self._standing, None
        if standing is None:
            return
        try:
            found = secrets_found(standing)
        finally:
            standing.sandbox.stop()
        assert not found, f"a secret is in clear in {', '.join(found)}"


def secrets_found(stage: Stage) -> list[str]:
    """Return where a secret is in clear, after whatever the last test has left dark or refused."""
    if not stage.sandbox.alive:
        return []
    stage.sandbox.clear_faults()
    for region, outage in stage.sandbox.state()["regions"].items():
        if outage:
            stage.sandbox.heal_region(region)
    return search(stage)


@pytest.fixture(scope="module")
def switch() -> str:
    """The traffic switch, if a file's scenarios are about another than the sandbox's own."""
    return ""


STANDING = pytest.StashKey[dict[str, Stages]]()


@pytest.fixture(scope="module")
def stages(request: pytest.FixtureRequest, switch: str) -> Stages:
    standing = request.config.stash.setdefault(STANDING, {})
    return standing.setdefault(switch, Stages(switch))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End what stands with the last scenario: whole sandboxes would be at work beside all the tests that follow."""
    if nextitem is None or nextitem.get_closest_marker("scenario") is None:
        for each in item.config.stash.get(STANDING, {}).values():
            each.close()


@pytest.fixture
def stage(stages: Stages) -> Stage:
    """The shop in east, and a standby that is ready."""
    return stages.whole()


@pytest.fixture
def away(stages: Stages) -> Stage:
    """The shop in west after a failover; east is back, unfenced, and waits for the failback."""
    return stages.away()
