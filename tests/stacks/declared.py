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
CLUSTER = (EAST, WEST, "eu-west-1", "ap-northeast-1", "ap-southeast-2")
"""Where a cluster of routing controls answers."""


class Declared:
    """An engine that notes what is declared, and answers with ids and ARNs that show where each thing would be; in a *preview*, with
    nothing: before the first update nobody knows them.
    """

    def __init__(self, *, preview: bool = False) -> None:
        self.preview = preview
        self.all: list[Registration] = []
        self.exports: Values = {}
        self._lock = Lock()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}  # a lock is no data

    def configure(self, provider: Values) -> None:
        self.provider = provider

    def create(self, registration: Registration) -> Made:
        with self._lock:
            self.all.append(registration)
        if self.preview:
            return Made("", {})
        name = str(registration.inputs.get("bucket") or registration.inputs.get("name") or registration.name)
        arn = arn_of(registration, name)
        address = {"address": f"{name}.example", "port": 5432, "endpoint": f"{name}.example:5432"}
        balancer = {"dnsName": f"{name}.elb.example", "zoneId": "ZELB"}
        cluster = {"clusterEndpoints": [{"region": place, "endpoint": f"https://{place}.example/v1"} for place in CLUSTER]}
        return Made(f"id-of-{registration.name}", {"arn": arn, "keyId": arn, **address, **balancer, **cluster})

    def call(self, function: str, arguments: Values, _provider: Values) -> Values:
        found = f"{function.rsplit(':', maxsplit=1)[-1]}-{arguments.get('region', 'global')}"
        return {"id": found, "arn": found, "dnsName": found, "zoneId": found}

    def of(self, type_: str) -> dict[str, Registration]:
        """Return the resources of one type, such as ``s3/bucket:Bucket``, by their names in the program."""
        return {each.name: each for each in self.all if each.type == f"aws:{type_}"}

    def one(self, type_: str, name: str) -> Values:
        """Return the inputs of one resource."""
        return self.of(type_)[name].inputs


SHAPES = {
    "aws:backup/framework:Framework": "arn:aws:backup:{region}:{account}:framework:{name}",
    "aws:backup/vault:Vault": "arn:aws:backup:{region}:{account}:backup-vault:{name}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{name}",
    "aws:kms/key:Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "aws:route53recoverycontrol/cluster:Cluster": "arn:aws:route53-recovery-control::{account}:cluster/{name}",
    "aws:route53recoverycontrol/controlPanel:ControlPanel": "arn:aws:route53-recovery-control::{account}:controlpanel/{name}",
    "aws:route53recoverycontrol/routingControl:RoutingControl": (
        "arn:aws:route53-recovery-control::{account}:controlpanel/panel/routingcontrol/{name}"
    ),
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{name}",
    "aws:sfn/stateMachine:StateMachine": "arn:aws:states:{region}:{account}:stateMachine:{name}",
    "aws:sns/topic:Topic": "arn:aws:sns:{region}:{account}:{name}",
}
"""What AWS's own ARNs look like, of the types whose ARNs policies name."""


def arn_of(registration: Registration, name: str) -> str:
    shape = SHAPES.get(registration.type, "arn:aws:{type}:{region}:{account}:{name}")
    [account] = registration.provider["allowedAccountIds"]
    return shape.format(type=registration.type, region=region(registration), account=account, name=name)


def by_arc(config: Values) -> None:
    """Choose ARC's routing controls as the traffic switch, and Region switch to execute the recovery."""
    config["routing"]["switch"] = "arc-routing-control"
    config["disasterRecovery"]["orchestrator"] = "arc-region-switch"


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
