"""Loading Pulumi's AWS package class by class: nothing differs but the time it takes."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

from settings import HERE

SERVICES = ("kms", "route53", "lb", "sns")

EACH_NAME = """
import inspect, json, sys
{before}
import pulumi_aws as aws
told = {{}}
for service in {services}:
    names = {names}
    for name in names:
        found = getattr(getattr(aws, service), name)
        told[service + "." + name] = (type(found).__name__, getattr(found, "__module__", ""), getattr(found, "__qualname__", ""))
print(json.dumps(told, sort_keys=True))
"""

DECLARED = """
import json
{before}
from dataclasses import asdict
from pathlib import Path
from sandbox.deploy.preview import declared
from settings import stack_file
print(json.dumps(sorted((asdict(each) for each in declared(stack_file("prod"))), key=lambda each: each["urn"]), sort_keys=True))
"""

WHOLE, BY_CLASS = "import pulumi_aws", "from sandbox.deploy.services import by_class; by_class()"


def test_the_program_declares_the_same() -> None:
    """Every registration, down to the line that made it."""
    whole = said(DECLARED.format(before=WHOLE))
    assert len(whole) > 100
    assert said(DECLARED.format(before=BY_CLASS)) == whole


def test_every_name_of_a_service_is_the_same_thing() -> None:
    """Whatever a stack may ask for, in whatever order: a class, its arguments, a function, an enumeration."""
    names = {service: [name for name in everything() if name.startswith(f"{service}.")] for service in SERVICES}
    backwards = {service: [name.partition(".")[2] for name in reversed(found)] for service, found in names.items()}
    assert said(EACH_NAME.format(before=BY_CLASS, services=SERVICES, names=f"{backwards!r}[service]")) == everything()


def test_a_class_loads_its_own_module_alone() -> None:
    """A key needs no other resource of its service, and what is nowhere is missed as ever."""
    code = f"""
{BY_CLASS}
import json, sys
import pulumi_aws as aws
key = aws.kms.Key
print(json.dumps([[name for name in sys.modules if name.startswith("pulumi_aws.kms.")], hasattr(aws.kms, "Nothing")]))
"""
    loaded, nothing = said(code)
    assert loaded == ["pulumi_aws.kms.key"]
    assert not nothing


@cache
def everything() -> dict[str, list[str]]:
    """Return every public name of the services, found in their whole packages."""
    held = "vars(getattr(aws, service)).items()"
    public = f'[name for name, value in {held} if not name.startswith("_") and not inspect.ismodule(value)]'
    found: dict[str, list[str]] = said(EACH_NAME.format(before=WHOLE, services=SERVICES, names=public))
    return found


def said(code: str) -> Any:  # noqa: ANN401 - whatever it printed
    """Return what *code* printed as JSON in a Python of its own: what is imported here would stand in the way."""
    process = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)
