"""Route 53: moto keeps zones and records, and we add health checks that are evaluated, the refusals moto lacks, and real answers.

``sandbox.dns`` answers from what is kept here. It needs no API, so it goes on answering while the API in us-east-1 is dark.
"""

import time
from collections import Counter
from functools import partial
from threading import Thread
from typing import Any, ClassVar, cast

import moto.route53.models
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.elbv2.models import elbv2_backends
from moto.route53.exceptions import InvalidInput, Route53ClientError
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends
from moto.route53.responses import Route53

from sandbox import dns
from sandbox.emulator import one_at_a_time
from sandbox.health import LabHealthCheck, why_not
from sandbox.lab import Lab

TICK = 0.1
UNANSWERED_POLICIES = ("Weight", "Region", "GeoLocation", "MultiValueAnswer", "CidrRoutingConfig", "GeoProximityLocation")


class LabRoute53(Route53Backend):
    """moto's Route 53, refusing the record sets that AWS refuses and those that our name server would not answer as AWS does."""

    __module__ = Route53Backend.__module__
    lab: ClassVar[Lab]

    @property
    def url_paths(self) -> dict[str, Any]:
        """Send every operation to our answers instead of moto's."""
        return dict.fromkeys(super().url_paths, LabRoute53Response.dispatch)

    def change_resource_record_sets(self, zoneid: str, change_list: list[dict[str, Any]]) -> None:
        zone = self.get_hosted_zone(zoneid)
        fault = _clash(zone, change_list) or next(filter(None, (self._why_not(zone, change) for change in change_list)), None)
        if fault:
            raise Route53ClientError("InvalidChangeBatch", fault)
        super().change_resource_record_sets(zoneid, change_list)

    def checks(self) -> list[LabHealthCheck]:
        return [check for check in list(self.health_checks.values()) if isinstance(check, LabHealthCheck)]

    def is_healthy(self, record: RecordSet) -> bool:
        """Tell whether *record* may be the answer; one without a health check always may."""
        check = self.health_checks.get(record.health_check_id or "")
        return check.healthy if isinstance(check, LabHealthCheck) else True

    def balancer_addresses(self, name: str) -> list[str]:
        """Return where the load balancer with this DNS name answers; none when there is no such load balancer."""
        wanted = name.lower().rstrip(".").removeprefix("dualstack.")
        regions = self.lab.settings.regions
        return [self.lab.addresses[region] for region in regions if wanted in _balancers(self.account_id, region)]

    def _why_not(self, zone: FakeZone, change: dict[str, Any]) -> str | None:
        record = change["ResourceRecordSet"]
        named = f"{record['Name']} {record['Type']}"
        if change["Action"] == "DELETE":
            return None
        if set(UNANSWERED_POLICIES) & set(record) or "*" in record["Name"]:
            return f"{named}: the sandbox answers simple and failover records only"
        if record.get("HealthCheckId") and record["HealthCheckId"] not in self.health_checks:
            return f"{named}: there is no health check {record['HealthCheckId']}"
        alias = record.get("AliasTarget")
        return self._why_not_alias(zone, named, alias) if alias else None

    def _why_not_alias(self, zone: FakeZone, named: str, alias: dict[str, Any]) -> str | None:
        target = alias["DNSName"].lower().rstrip(".")
        if str(alias.get("EvaluateTargetHealth")).lower() == "true":
            return f"{named}: the sandbox does not evaluate an alias target's health: say EvaluateTargetHealth false"
        if not self.balancer_addresses(target) and not any(record.name.rstrip(".") == target for record in zone.rrsets):
            return f"Tried to create an alias that targets {target}, but that target was not found"
        return None


class LabRoute53Response(Route53):
    """moto's answers, with the health check fields that moto drops and the status that was evaluated."""

    def create_health_check(self) -> ActionResult:
        config = self._get_param("HealthCheckConfig")
        fault = why_not(LabRoute53.lab, config)
        if fault:
            raise InvalidInput(fault)
        return self._following(super().create_health_check(), config)

    def update_health_check(self) -> ActionResult:
        config = self._get_params()
        fault = why_not(LabRoute53.lab, {"Type": "CLOUDWATCH_METRIC"} | config) if "AlarmIdentifier" in config else None
        if fault:
            raise InvalidInput(fault)
        return self._following(super().update_health_check(), config)

    def get_health_check_status(self) -> ActionResult:
        check = cast(LabHealthCheck, self.backend.get_health_check(self._get_param("HealthCheckId")))
        what = ("the routing control is on", "the routing control is off")
        if not check.control:
            what = ("the alarm's data is within its threshold", "the alarm's data breaches its threshold")
        said = f"Success: {what[0]}" if check.health.healthy else f"Failure: {what[1]}"
        report = {"Status": said, "CheckedTime": utcnow()}
        return ActionResult({"HealthCheckObservations": [{"Region": check.alarm.get("Region", "us-east-1"), "StatusReport": report}]})

    def _following(self, answer: ActionResult, config: dict[str, Any]) -> ActionResult:
        check = cast(dict[str, LabHealthCheck], answer.result)["HealthCheck"]
        check.follow(config)
        return answer


def _clash(zone: FakeZone, changes: list[dict[str, Any]]) -> str | None:
    """Return why two record sets would stand for the same thing once *changes* are made, or None."""
    kept = {(_name(record.name), record.type, record.set_identifier): record.failover for record in zone.rrsets}
    for change in changes:
        record = change["ResourceRecordSet"]
        identity = (_name(record["Name"]), record["Type"], record.get("SetIdentifier"))
        if change["Action"] == "CREATE" and identity in kept:
            return f"Tried to create resource record set [name='{record['Name']}', type='{record['Type']}'] but it already exists"
        kept.pop(identity, None)
        if change["Action"] != "DELETE":
            kept[identity] = record.get("Failover")
    roles = Counter((name, kind, role) for (name, kind, _), role in kept.items() if role)
    twice = [f"{name} {kind} has {count} {role} records" for (name, kind, role), count in roles.items() if count > 1]
    both = [f"{name} {kind} has simple and failover records" for name, kind, _ in roles if (name, kind, None) in kept]
    return next(iter(twice + both), None)


def _name(name: str) -> str:
    return name.lower().rstrip(".")


def _balancers(account: str, region: str) -> set[str]:
    return {balancer.dns_name.lower() for balancer in list(elbv2_backends[account][region].load_balancers.values())}


def install(lab: Lab) -> None:
    """Put our Route 53 in moto's place, read its health checks until *lab* closes, and answer DNS on the settings' first resolver."""
    LabRoute53.lab = lab
    vars(moto.route53.models)["HealthCheck"] = LabHealthCheck
    route53_backends.backend = LabRoute53
    route53_backends.clear()
    backend = cast(LabRoute53, route53_backends[lab.settings.account]["aws"])
    Thread(target=partial(_read_health, lab, backend), name="health checks", daemon=True).start()
    dns.serve(lab, backend)


def _read_health(lab: Lab, backend: LabRoute53) -> None:
    while not lab.closing.wait(TICK):
        with one_at_a_time:
            for check in backend.checks():
                check.read(lab, time.monotonic())
