"""The program's resources as data: what it declares for given settings, with nothing made anywhere."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

import yaml

from sandbox.deploy import program
from sandbox.deploy.monitor import Made, Registration
from sandbox.deploy.wire import Values
from settings import HERE, PROJECT

EAST, WEST = "us-east-1", "us-west-2"
ACCOUNT = "123456789012"


class Declared:
    """An engine that notes what is declared, and answers with ids and ARNs that show where each thing would be; in a *preview*, with
    nothing: before the first update nobody knows them.
    """

    def __init__(self, *, preview: bool = False) -> None:
        self.preview = preview
        self.all: list[Registration] = []
        self.exports: Values = {}
        self._lock = Lock()

    def configure(self, provider: Values) -> None:
        self.provider = provider

    def create(self, registration: Registration) -> Made:
        with self._lock:
            self.all.append(registration)
        if self.preview:
            return Made("", {})
        name = str(registration.inputs.get("bucket") or registration.inputs.get("name") or registration.name)
        [account] = registration.provider["allowedAccountIds"]
        arn = f"arn:aws:{registration.type}:{region(registration)}:{account}:{name}"
        address = {"address": f"{name}.example", "port": 5432, "endpoint": f"{name}.example:5432"}
        balancer = {"dnsName": f"{name}.elb.example", "zoneId": "ZELB"}
        return Made(f"id-of-{registration.name}", {"arn": arn, "keyId": arn, **address, **balancer})

    def call(self, function: str, arguments: Values, _provider: Values) -> Values:
        found = f"{function.rsplit(':', maxsplit=1)[-1]}-{arguments.get('region', 'global')}"
        return {"id": found, "arn": found, "dnsName": found, "zoneId": found}

    def of(self, type_: str) -> dict[str, Registration]:
        """Return the resources of one type, such as ``s3/bucket:Bucket``, by their names in the program."""
        return {each.name: each for each in self.all if each.type == f"aws:{type_}"}

    def one(self, type_: str, name: str) -> Values:
        """Return the inputs of one resource."""
        return self.of(type_)[name].inputs


def region(registration: Registration) -> str:
    return str(registration.inputs.get("region") or registration.provider["region"])


def declare(folder: Path, stack: str = "prod", change: Callable[[Values], None] = lambda _: None, *, preview: bool = False) -> Declared:
    """Return what the program declares for *stack*'s settings after *change* was made to them (keys without their namespace)."""
    source = HERE / f"Pulumi.{stack}.yaml"
    config = yaml.safe_load(source.read_text(encoding="utf-8"))["config"]
    ours = {key.removeprefix(f"{PROJECT}:"): value for key, value in config.items()}
    change(ours)
    file = folder / source.name
    file.write_text(yaml.safe_dump({"config": {key if ":" in key else f"{PROJECT}:{key}": value for key, value in ours.items()}}))
    declared = Declared(preview=preview)
    declared.exports = program.run(file, declared, preview=preview)
    return declared
