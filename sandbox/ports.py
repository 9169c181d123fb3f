"""Where a sandbox listens: always on loopback, on ports that were free a moment ago."""

import contextlib
import random
import socket

from settings import Settings

HOST = "127.0.0.1"
CHOICE = range(20000, 32000)
"""Below the range from which the kernel takes the ports of outgoing connections."""


def load_balancer_addresses(chosen: Settings) -> dict[str, str]:
    """Return each region's loopback address, the first region's first; all of 127.0.0.0/8 is there on Linux."""
    return {region: f"127.0.{number}.1" for number, region in enumerate(chosen.regions, start=1)}


def free_port(kind: socket.SocketKind, *addresses: str) -> int:
    """Return a port that nobody uses on any of *addresses*; raise OSError when an address is not on this machine."""
    for port in random.sample(CHOICE, 200):
        with contextlib.ExitStack() as bound, contextlib.suppress(OSError):
            for address in addresses:
                bound.enter_context(socket.socket(socket.AF_INET, kind)).bind((address, port))
            return port
    raise OSError(f"no port of {CHOICE.start} to {CHOICE.stop} is free on {' and '.join(addresses)}")
