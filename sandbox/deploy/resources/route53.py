"""Health checks, records and the zone they are in."""

from typing import Any

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, answers, makes
from sandbox.deploy.resources.notmade import NotMade
from sandbox.deploy.wire import Values


@makes("aws:route53/healthCheck:HealthCheck")
def health_check(wanted: Wanted) -> Made:
    route53, inputs = wanted.client("route53"), wanted.inputs
    alarm = inputs.given(Name="cloudwatchAlarmName", Region="cloudwatchAlarmRegion")
    followed = {"InsufficientDataHealthStatus": "insufficientDataHealthStatus", "RoutingControlArn": "routingControlArn"}
    config = inputs.given(Type="type", **followed) | ({"AlarmIdentifier": alarm} if alarm else {})
    made = route53.create_health_check(CallerReference=wanted.name, HealthCheckConfig=config)["HealthCheck"]
    route53.change_tags_for_resource(ResourceType="healthcheck", ResourceId=made["Id"], AddTags=wanted.tag_list())
    return Made(made["Id"], {})


@makes("aws:route53/record:Record")
def record(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    record_set: dict[str, Any] = inputs.given(Name="name", Type="type", SetIdentifier="setIdentifier", HealthCheckId="healthCheckId")
    for policy in inputs.get("failoverRoutingPolicies", []):
        record_set["Failover"] = policy["type"]
    for alias in inputs["aliases"]:
        target = {"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
        record_set["AliasTarget"] = target
    zone = inputs["zoneId"]
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record_set}]}
    wanted.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)
    return Made("_".join([zone, record_set["Name"], record_set["Type"], record_set.get("SetIdentifier", "")]), {"fqdn": record_set["Name"]})


@answers("aws:route53/getZone:getZone")
def find_zone(wanted: Wanted) -> Values:
    name = wanted.inputs["name"].rstrip(".")
    zones = wanted.client("route53").list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    found = next((zone for zone in zones if zone["Name"].rstrip(".") == name), None)
    if found is None:
        raise NotMade(f"no hosted zone {name}")
    zone_id = found["Id"].removeprefix("/hostedzone/")
    return {"id": zone_id, "zoneId": zone_id, "name": name}
