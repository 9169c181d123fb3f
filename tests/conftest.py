"""One whole sandbox for every test that needs no sandbox of its own, and a directory for those that do."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config

from sandbox.launch import Sandbox

Aws = Callable[..., BaseClient]


@pytest.fixture(scope="session")
def whole_sandbox() -> Iterator[Sandbox]:
    root = Path(tempfile.mkdtemp(prefix="solemate-"))
    try:
        with Sandbox.start(root) as sandbox:
            yield sandbox
    finally:
        shutil.rmtree(root)


@pytest.fixture
def sandbox(whole_sandbox: Sandbox) -> Iterator[Sandbox]:
    """The shared sandbox: whatever a test breaks is whole again for the next, and what it creates stays."""
    yield whole_sandbox
    whole_sandbox.clear_faults()
    for region, outage in whole_sandbox.state()["regions"].items():
        if outage:
            whole_sandbox.heal_region(region)


@pytest.fixture
def sandbox_root() -> Iterator[Path]:
    """A directory that PostgreSQL can reach when it has dropped root: pytest's own are closed to other users."""
    root = Path(tempfile.mkdtemp(prefix="solemate-"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root)


@pytest.fixture
def aws(sandbox: Sandbox) -> Aws:
    """Make boto3 clients that do not retry: ``aws("rds", "us-west-2", read_timeout=1)``."""

    def client(service: str, region: str, read_timeout: float = 20) -> BaseClient:
        environment = sandbox.environment()
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
        )

    return client
