"""Pulumi's AWS package, loaded class by class: of the seven hundred modules that the program's services have, it needs one in ten.

A service's package imports all its modules when it is first touched. Here it imports one when something in it is first asked for. What
is asked for is the same object either way, and what cannot be found so is found in the whole package.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

PACKAGE = "pulumi_aws"


def by_class() -> None:
    """Import Pulumi's AWS package so that its services load class by class; does nothing when it is imported already."""
    if PACKAGE in sys.modules:
        return
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        import pulumi_aws  # noqa: F401 - it looks for all its services now, and loads each when it is first touched
    finally:
        sys.meta_path.remove(finder)


class _Finder(MetaPathFinder):
    def find_spec(self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if not re.fullmatch(rf"{PACKAGE}\.[a-z0-9]+", fullname):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None and spec.submodule_search_locations:
            spec.loader = _ByClass(spec.loader)
        return spec


class _ByClass(Loader):
    """Leaves a service's package empty, with a way to fill it."""

    def __init__(self, whole: Loader) -> None:
        self._whole = whole

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__getattr__"] = partial(self._found, module)

    def _found(self, package: ModuleType, name: str) -> Any:
        if name == "outputs":  # it imports itself, and is asked for before it is there
            return import_module(f"{package.__name__}.outputs")
        for place in _places(name):
            _bring_in(package, place)
            if name in vars(package):
                return vars(package)[name]
        if not name.startswith("__"):
            del vars(package)["__getattr__"]
            self._whole.exec_module(package)
        if name in vars(package):
            return vars(package)[name]
        raise AttributeError(f"module {package.__name__!r} has no attribute {name!r}")


def _places(name: str) -> Iterator[str]:
    """Yield the modules that may hold *name*: ``bucket_policy`` for BucketPolicy, BucketPolicyArgs and bucket_policy itself."""
    if name.startswith("__"):
        return
    own = re.sub(r"(Args|_output)$", "", name)
    yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", own).lower()
    yield "_inputs"


def _bring_in(package: ModuleType, place: str) -> None:
    """Do what the package's own ``from .place import *`` does, if there is such a module."""
    name = f"{package.__name__}.{place}"
    if name not in sys.modules and find_spec(name) is None:
        return
    module = import_module(name)
    for each in getattr(module, "__all__", ()):
        setattr(package, each, getattr(module, each))
