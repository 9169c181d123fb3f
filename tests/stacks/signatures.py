"""What a resource's class takes, from the class itself: what AWS lets us say of it."""

import inspect
import re
from functools import cache
from importlib import import_module


@cache
def parameters(type_: str) -> frozenset[str]:
    """Return the names of what the class of *type_*, such as ``aws:s3/bucket:Bucket``, takes, as Python has them."""
    _, module, name = type_.split(":")
    service = import_module(f"pulumi_aws.{module.partition('/')[0]}")
    return frozenset(inspect.signature(getattr(service, name)._internal_init).parameters)


def camel(name: str) -> str:
    """Return *name* as inputs have it: ``kmsKeyId`` for ``kms_key_id``."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
