"""Clients of the emulator's API, each made once: making them is the slowest part of setting a sandbox up."""

from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config

from runbooks.aws.models import Models

NO_PROFILE = {"profile": (None, None, None, None), "config_file": (None, None, "", None), "credentials_file": (None, None, "", None)}
CREDENTIALS = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
"""Never the caller's own, nor their profile: whatever goes wrong, nothing made here reaches a real account."""


class Clients:
    """Every client speaks to *endpoint* alone. Safe to share between threads."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._session = botocore.session.Session(session_vars=NO_PROFILE)
        self._session.register_component("data_loader", Models())
        self._config = Config(
            connect_timeout=2,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 2},
            max_pool_connections=16,
            s3={"addressing_style": "path"},
        )
        self._made: dict[tuple[str, str], Any] = {}
        self._lock = Lock()

    def __call__(self, service: str, region: str) -> Any:
        with self._lock:  # botocore's session makes one client at a time
            key = service, region
            if key not in self._made:
                self._made[key] = self._session.create_client(
                    service, region_name=region, endpoint_url=self._endpoint, config=self._config, **CREDENTIALS
                )
            return self._made[key]
