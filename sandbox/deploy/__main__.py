"""``python -m sandbox.deploy --config FILE``: deploy to the sandbox at AWS_ENDPOINT_URL, a line for each resource."""

import argparse
import json
import sys
import time
from pathlib import Path

from sandbox.client import SandboxError, from_environment
from sandbox.deploy.deployment import deploy
from sandbox.deploy.errors import DeployError
from sandbox.progress import Progress
from settings import SettingsError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.deploy", description="Deploy the Pulumi program to a sandbox.")
    parser.add_argument("--config", type=Path, required=True, help="the settings, a Pulumi.<stack>.yaml")
    config_file = parser.parse_args().config
    started = time.monotonic()
    try:
        exports = deploy(config_file, from_environment().endpoint, _show)
    except (SandboxError, SettingsError) as error:
        return _fail(error.message, error.hint)
    except DeployError as error:
        return _fail(str(error), "mend that line, and deploy to a fresh sandbox")
    _say(f"deployed in {time.monotonic() - started:.1f} s")
    _say(json.dumps(exports, indent=2))
    return 0


def _show(progress: Progress) -> None:
    _say(f"{progress.outcome:6} {progress.seconds:6.2f} s  {progress.region:12} {progress.type:60} {progress.name}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _fail(fault: str, way_out: str) -> int:
    sys.stderr.write(f"Error: {fault}\nTry: {way_out}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
