"""Run a Pulumi program in this process, against any engine, as the language host would."""

import asyncio
import json
import logging
import runpy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.config import set_all_config
from pulumi.runtime.mocks import MockEngine, MockSettings
from pulumi.runtime.settings import SETTINGS, Settings, configure
from pulumi.runtime.stack import run_in_stack

from runbooks import collector
from sandbox.deploy import services
from sandbox.deploy.monitor import Engine, LocalMonitor
from sandbox.deploy.wire import Values

HERE = Path(__file__).resolve().parent.parent.parent
WORKERS = 8
"""Resources that are made side by side."""

Exports = Values


def run(config_file: Path, engine: Engine, root: Path = HERE, *, preview: bool = False) -> Exports:
    """Run *root*'s program with the configuration in *config_file* and return the stack's outputs.

    In a *preview*, what the engine does not say of a resource, such as its id, is unknown to the program, as it is before a first update.
    Raises what the engine raised first, or the program itself. Each run stands alone, and many can follow each other.
    """
    with collector.resting():
        return Context().run(asyncio.run, _run(config_file, engine, root, preview=preview))


def prepare(root: Path = HERE) -> None:
    """Import the program's stacks, which is a third of a deployment: worth doing while something else is waited for."""
    with collector.resting():
        services.by_class()
        for stack in (root / "stacks").glob("*.py"):
            import_module(f"stacks.{stack.stem}")


async def _run(config_file: Path, engine: Engine, root: Path, *, preview: bool) -> Exports:
    project = yaml.safe_load((root / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    monitor = LocalMonitor(engine, root)
    loop = asyncio.get_running_loop()
    # After the first failure every output that waited for it fails too; each would be printed, none would add anything.
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, "deploy"))
    set_all_config(configuration(config_file), [])
    configure(_surroundings(monitor, project, config_file.stem.removeprefix("Pulumi."), preview=preview))
    services.by_class()
    await run_in_stack(lambda: _load(root / "__main__.py"))
    return monitor.exports


def _surroundings(monitor: Any, project: str, stack: str, *, preview: bool) -> Settings:
    surroundings: Any = MockSettings
    made: Settings = surroundings(
        monitor=monitor,
        monitor_features=set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
        engine=MockEngine(logging.getLogger("pulumi")),
        project=project,
        stack=stack,
        dry_run=preview,
        organization="sandbox",
        callbacks=None,
    )
    return made


async def _load(program: Path) -> None:
    """Run *program*, wait for all the outputs that it began, and raise what one of them failed with.

    Pulumi's own wait, which follows, looks through everything that is open whenever one thing is done: a third of a preview.
    """
    runpy.run_path(str(program), run_name="__main__")
    failures: list[BaseException] = []
    while begun := set(SETTINGS.outputs):
        SETTINGS.outputs.clear()  # the set outlives this run; what failed would be met again by the next
        done, _ = await asyncio.wait(begun)
        failures += [failure for output in done if not output.cancelled() and (failure := output.exception())]
    if failures:
        raise failures[0]


def configuration(config_file: Path) -> dict[str, str]:
    """Return the configuration in *config_file* as the CLI hands it to a program: text under full keys, the rest of it as JSON."""
    document: Mapping[str, Mapping[str, object]] = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in document["config"].items()}
