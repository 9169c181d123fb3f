"""Route 53: records that AWS would take, and health checks read from an alarm's data."""

import time
from collections.abc import Iterator

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto.cloudwatch.models import cloudwatch_backends

from names import TAKEOVER_METRIC, Names
from sandbox import cloudwatch, route53
from sandbox.health import READ_AND_SPREAD, Health
from sandbox.lab import Lab
from tests.sandbox.parts import WEST, client, emptied, running, until


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("route53"), cloudwatch, route53) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    return emptied(shared_lab)


def put_switch(lab: Lab, region: str) -> dict[str, str]:
    """Make the takeover alarm of *region* and return what identifies it."""
    name = Names(lab.settings).takeover_alarm(region)
    client(lab, "cloudwatch", region).put_metric_alarm(
        AlarmName=name,
        Namespace=Names(lab.settings).metrics,
        MetricName=TAKEOVER_METRIC,
        Dimensions=[{"Name": "Region", "Value": region}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    return {"Region": region, "Name": name}


def throw(lab: Lab, region: str, value: float) -> None:
    client(lab, "cloudwatch", region).put_metric_data(Namespace=Names(lab.settings).metrics, MetricData=[datum(region, value)])


def datum(region: str, value: float) -> dict[str, object]:
    return {"MetricName": TAKEOVER_METRIC, "Value": value, "Dimensions": [{"Name": "Region", "Value": region}]}


def create_check(lab: Lab, alarm: dict[str, str], **changes: object) -> str:
    config = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": alarm, "InsufficientDataHealthStatus": "LastKnownStatus"}
    created = client(lab, "route53").create_health_check(CallerReference=alarm["Name"], HealthCheckConfig=config | changes)
    return str(created["HealthCheck"]["Id"])


def is_healthy(lab: Lab, check: str) -> bool:
    [seen] = client(lab, "route53").get_health_check_status(HealthCheckId=check)["HealthCheckObservations"]
    return str(seen["StatusReport"]["Status"]).startswith("Success")


def create_zone(routes: BaseClient) -> str:
    return str(routes.create_hosted_zone(Name="solemate.test", CallerReference="1")["HostedZone"]["Id"])


def change(routes: BaseClient, zone: str, record: dict[str, object], action: str = "UPSERT") -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": {"Name": "shop.solemate.test", "Type": "A"} | record}]}
    routes.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def simple(address: str = "192.0.2.1") -> dict[str, object]:
    return {"TTL": 60, "ResourceRecords": [{"Value": address}]}


def test_a_new_reading_is_believed_after_the_delay() -> None:
    """A change takes effect when it has lasted for the whole delay, and one that goes back before has none."""
    health = Health()
    readings = [(100.0, False), (109.9, False), (110.0, False), (111.0, True), (112.0, False), (121.5, True), (131.5, True)]
    believed = []
    for now, reading in readings:
        health.read(reading, now, delay=10.0)
        believed.append(health.healthy)
    assert believed == [True, True, False, False, False, False, True]


def test_a_health_check_keeps_its_alarm(lab: Lab) -> None:
    """What moto drops is read back: the alarm and what to believe without data."""
    alarm = put_switch(lab, WEST)
    check = create_check(lab, alarm)
    config = client(lab, "route53").get_health_check(HealthCheckId=check)["HealthCheck"]["HealthCheckConfig"]
    assert config["AlarmIdentifier"] == alarm
    assert config["InsufficientDataHealthStatus"] == "LastKnownStatus"
    assert config["Type"] == "CLOUDWATCH_METRIC"


def test_a_datapoint_turns_the_check_after_the_delay_and_it_stays(lab: Lab) -> None:
    """One datapoint of 1 makes the check unhealthy 10 scaled seconds later, and it stays so when the data ends."""
    check = create_check(lab, put_switch(lab, WEST))
    assert is_healthy(lab, check)
    throw(lab, WEST, 1)
    thrown = time.monotonic()
    until(lambda: not is_healthy(lab, check), within=5)
    assert time.monotonic() - thrown >= READ_AND_SPREAD * lab.scale
    time.sleep(60 * lab.scale + 0.5)
    assert not is_healthy(lab, check)
    throw(lab, WEST, 0)
    until(lambda: is_healthy(lab, check), within=5)


@pytest.mark.parametrize(("without_data", "healthy"), [("Healthy", True), ("Unhealthy", False), ("LastKnownStatus", True)])
def test_a_check_without_data_believes_what_it_was_told_to(lab: Lab, without_data: str, healthy: bool) -> None:
    """A new check on an alarm without data is healthy, unless it is to be unhealthy then."""
    check = create_check(lab, put_switch(lab, WEST), InsufficientDataHealthStatus=without_data)
    time.sleep(READ_AND_SPREAD * lab.scale + 0.5)
    assert is_healthy(lab, check) is healthy


def test_a_dark_region_gives_no_data(lab: Lab) -> None:
    """While the alarm's region is dark its check keeps what it last knew, and follows the data again when it is back."""
    check = create_check(lab, put_switch(lab, WEST))
    lab.regions.break_region(WEST, "refuse")
    # Written inside the dark region: before it went dark, the check could have read it in between.
    cloudwatch_backends[lab.settings.account][WEST].put_metric_data(Names(lab.settings).metrics, [datum(WEST, 1)])
    time.sleep(READ_AND_SPREAD * lab.scale + 0.5)
    assert is_healthy(lab, check)
    lab.regions.heal_region(WEST)
    throw(lab, WEST, 1)
    until(lambda: not is_healthy(lab, check), within=5)


@pytest.mark.parametrize(
    "config",
    [
        {"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 80},
        {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": WEST, "Name": "no-such-alarm"}},
        {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "eu-west-1", "Name": "takeover"}},
    ],
)
def test_a_check_that_would_not_be_evaluated_is_refused(lab: Lab, config: dict[str, object]) -> None:
    """No health check stands there in silence: an unknown alarm or another type is an error."""
    with pytest.raises(ClientError, match="InvalidInput"):
        client(lab, "route53").create_health_check(CallerReference="x", HealthCheckConfig=config)


def test_two_primaries_are_refused(lab: Lab) -> None:
    """A name has one PRIMARY; a second is refused and the first stays."""
    routes = client(lab, "route53")
    zone = create_zone(routes)
    change(routes, zone, simple() | {"SetIdentifier": "east", "Failover": "PRIMARY"})
    with pytest.raises(ClientError, match="InvalidChangeBatch"):
        change(routes, zone, simple() | {"SetIdentifier": "west", "Failover": "PRIMARY"})
    change(routes, zone, simple("192.0.2.2") | {"SetIdentifier": "west", "Failover": "SECONDARY"})
    records = routes.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert sorted(record["Failover"] for record in records if record["Type"] == "A") == ["PRIMARY", "SECONDARY"]


@pytest.mark.parametrize(
    "record",
    [
        simple() | {"SetIdentifier": "east", "Weight": 1},
        simple() | {"SetIdentifier": "east", "Failover": "PRIMARY", "HealthCheckId": "no-such-check"},
        {"AliasTarget": {"HostedZoneId": "Z1", "DNSName": "nobody.elb.amazonaws.com", "EvaluateTargetHealth": False}},
        {"AliasTarget": {"HostedZoneId": "Z1", "DNSName": "solemate.test", "EvaluateTargetHealth": True}},
    ],
)
def test_a_record_that_would_not_be_answered_is_refused(lab: Lab, record: dict[str, object]) -> None:
    """Policies that the name server does not follow, and targets that do not exist, are errors when they are written."""
    routes = client(lab, "route53")
    with pytest.raises(ClientError, match="InvalidChangeBatch"):
        change(routes, create_zone(routes), record)


def test_creating_what_exists_is_refused(lab: Lab) -> None:
    """CREATE of an existing record is an error; UPSERT replaces it."""
    routes = client(lab, "route53")
    zone = create_zone(routes)
    change(routes, zone, simple(), "CREATE")
    with pytest.raises(ClientError, match="already exists"):
        change(routes, zone, simple("192.0.2.9"), "CREATE")
    change(routes, zone, simple("192.0.2.9"))
