"""Some parts of a sandbox in this process, behind a real API port: quick to start, and open to look into."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import TypeVar

import boto3
import yaml
from botocore.client import BaseClient
from botocore.config import Config
from moto.core.base_backend import BackendDict

import settings
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab
from sandbox.parking import Parking
from sandbox.ports import HOST, free_port, load_balancer_addresses
from sandbox.server import ApiServer, assemble
from settings import Settings

T = TypeVar("T")
EAST, WEST = "us-east-1", "us-west-2"


def own_settings(folder: Path) -> Settings:
    """Return the sandbox stack's settings with ports of their own."""
    document = yaml.safe_load(settings.stack_file("sandbox").read_text(encoding="utf-8"))
    config = document["config"]
    config["solemate-dr:routing"]["resolvers"] = [f"{HOST}:{free_port(socket.SOCK_DGRAM, HOST)}"]
    config["solemate-dr:workload"]["shop"]["port"] = free_port(socket.SOCK_STREAM, "127.0.1.1", "127.0.2.1")
    file = folder / "Pulumi.sandbox.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return settings.load(file)


@contextlib.contextmanager
def running(folder: Path, *parts: ModuleType, scale: float = 0.02) -> Iterator[Lab]:
    """Serve an empty moto with *parts* installed, and end everything afterwards."""
    BackendDict.reset()
    parking = Parking()
    listener = socket.create_server((HOST, 0))
    chosen = own_settings(folder)
    lab = Lab(folder, chosen, f"http://{HOST}:{listener.getsockname()[1]}", load_balancer_addresses(chosen), scale=scale)
    with contextlib.ExitStack() as ending:
        ending.callback(lab.close)
        service = assemble(lab, parking)
        for part in parts:
            part.install(lab)
        server = ApiServer(listener, service, parking)
        serving = Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
        serving.start()
        ending.callback(serving.join)
        ending.callback(server.shutdown)
        yield lab


def emptied(lab: Lab) -> Lab:
    """Return *lab* with every region lit and nothing in moto; its parts go on running."""
    for region in lab.settings.regions:
        lab.regions.heal_region(region)
    with one_at_a_time:
        for account in [account for used in vars(BackendDict)["_instances"] for account in used.values()]:
            account.reset()
    return lab


def client(lab: Lab, service: str, region: str = EAST) -> BaseClient:
    return _client(lab.endpoint, service, region)


@cache
def _client(endpoint: str, service: str, region: str) -> BaseClient:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="tester",
        aws_secret_access_key="tester",
        config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
    )


def until(look: Callable[[], T], within: float = 20.0) -> T:
    """Look until something true is seen and return it; fail when nothing is within that many seconds."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not so within {within:g} s"
        time.sleep(0.02)
    return seen
