"""botocore's service models, read faster: they are most of what a command does before its first request."""

import gzip
import os
from pathlib import Path
from typing import Any

import orjson
from botocore.loaders import JSONFileLoader, Loader, instance_cache


class _PlainFiles(JSONFileLoader):  # type: ignore[misc]
    """Read service models as plain dicts: botocore's ordered ones are from a time when dicts had no order, and take far longer."""

    def load_file(self, file_path: str) -> Any:
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return orjson.loads(plain.read_bytes())
        return orjson.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


class Models(Loader):  # type: ignore[misc]
    """Find service models without opening four hundred services' directories to see which of them has a model of this type."""

    FILE_LOADER_CLASS = _PlainFiles

    @instance_cache  # type: ignore[untyped-decorator]
    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - what lacks it is found lacking when it is loaded
        return [entry.name for place in self.search_paths if Path(place).is_dir() for entry in os.scandir(place)]
