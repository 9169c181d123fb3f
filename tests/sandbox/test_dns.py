"""The name server: what is asked over UDP and what comes back."""

import socket
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from botocore.client import BaseClient

from sandbox import cloudwatch, route53
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until
from tests.sandbox.test_route53 import change, create_check, create_zone, put_switch, simple, throw

SHOP = "shop.solemate.test"


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("dns"), cloudwatch, route53) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    return emptied(shared_lab)


@pytest.fixture
def routes(lab: Lab) -> BaseClient:
    return client(lab, "route53")


def ask(lab: Lab, name: str, kind: str = "A") -> dns.message.Message:
    resolver = lab.settings.routing.resolvers[0]
    return dns.query.udp(dns.message.make_query(name, kind), resolver.address, timeout=2, port=resolver.port)


def addresses(lab: Lab, name: str = SHOP) -> list[str]:
    return sorted(str(value) for rrset in ask(lab, name).answer for value in rrset)


def create_balancer(lab: Lab, region: str) -> dict[str, object]:
    """Create a load balancer in *region* and return the alias that leads to it."""
    network = client(lab, "ec2", region)
    vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        network.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{region}{letter}")["Subnet"]["SubnetId"]
        for number, letter in enumerate("ab")
    ]
    [balancer] = client(lab, "elbv2", region).create_load_balancer(Name="storefront", Subnets=subnets)["LoadBalancers"]
    target = {
        "HostedZoneId": balancer["CanonicalHostedZoneId"],
        "DNSName": f"dualstack.{balancer['DNSName']}.",
        "EvaluateTargetHealth": False,
    }
    return {"AliasTarget": target}


def test_a_simple_record_is_answered_with_authority(lab: Lab, routes: BaseClient) -> None:
    """The answer has the record's value, its scaled time to live, and the authority bit; names are told apart without case."""
    change(routes, create_zone(routes), {"TTL": 300, "ResourceRecords": [{"Value": "192.0.2.1"}, {"Value": "192.0.2.2"}]})
    answer = ask(lab, SHOP.upper())
    assert addresses(lab) == ["192.0.2.1", "192.0.2.2"]
    assert answer.flags & dns.flags.AA
    assert answer.answer[0].ttl == round(300 * lab.scale)


def test_an_alias_leads_to_the_load_balancer_of_its_region(lab: Lab, routes: BaseClient) -> None:
    """Each region's alias is answered with that region's address, for at most the minute that Route 53 gives it, and never for 0 s."""
    zone = create_zone(routes)
    for region in (EAST, WEST):
        change(routes, zone, create_balancer(lab, region) | {"Name": f"shop-{region}.solemate.test"})
    assert addresses(lab, f"shop-{EAST}.solemate.test") == [lab.addresses[EAST]]
    assert addresses(lab, f"shop-{WEST}.solemate.test") == [lab.addresses[WEST]]
    assert ask(lab, f"shop-{EAST}.solemate.test").answer[0].ttl == 1


def test_an_alias_may_lead_to_another_record(lab: Lab, routes: BaseClient) -> None:
    """The answer stands under the alias's own name."""
    zone = create_zone(routes)
    change(routes, zone, simple())
    target = {"HostedZoneId": zone.split("/")[-1], "DNSName": SHOP, "EvaluateTargetHealth": False}
    change(routes, zone, {"Name": "solemate.test", "AliasTarget": target})
    assert addresses(lab, "solemate.test") == ["192.0.2.1"]


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("nobody.solemate.test", "A", dns.rcode.NXDOMAIN),
        (SHOP, "TXT", dns.rcode.NOERROR),
        ("b.solemate.test", "A", dns.rcode.NOERROR),
        ("elsewhere.test", "A", dns.rcode.REFUSED),
    ],
)
def test_absence_is_told_apart(lab: Lab, routes: BaseClient, name: str, kind: str, code: dns.rcode.Rcode) -> None:
    """No such name, no such type under a name, a name with only others below it, and a zone that is not ours."""
    zone = create_zone(routes)
    change(routes, zone, simple())
    change(routes, zone, {"Name": "a.b.solemate.test"} | simple())
    answer = ask(lab, name, kind)
    assert (answer.rcode(), answer.answer) == (code, [])
    assert bool(answer.authority) == (code != dns.rcode.REFUSED)


def test_a_canonical_name_stands_for_every_type(lab: Lab, routes: BaseClient) -> None:
    """A question for an address is answered with the CNAME."""
    change(routes, create_zone(routes), {"Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "shop.example.com"}]})
    assert ask(lab, SHOP).answer[0].rdtype == dns.rdatatype.CNAME


def test_failover_follows_health_in_both_directions(lab: Lab, routes: BaseClient) -> None:
    """The primary while it is healthy, then the secondary, and the primary again when neither is healthy."""
    zone = create_zone(routes)
    guards = {region: create_check(lab, put_switch(lab, region)) for region in (EAST, WEST)}
    primary = create_balancer(lab, EAST) | {"SetIdentifier": EAST, "Failover": "PRIMARY", "HealthCheckId": guards[WEST]}
    secondary = create_balancer(lab, WEST) | {"SetIdentifier": WEST, "Failover": "SECONDARY", "HealthCheckId": guards[EAST]}
    change(routes, zone, primary)
    change(routes, zone, secondary)
    assert addresses(lab) == [lab.addresses[EAST]]
    throw(lab, WEST, 1)
    until(lambda: addresses(lab) == [lab.addresses[WEST]], within=5)
    throw(lab, EAST, 1)
    until(lambda: addresses(lab) == [lab.addresses[EAST]], within=5)


def test_answers_go_on_while_the_control_plane_is_dark(lab: Lab, routes: BaseClient) -> None:
    """With us-east-1 dark Route 53's API is gone, the name is still answered, and a switch in us-west-2 still turns it."""
    zone = create_zone(routes)
    check = create_check(lab, put_switch(lab, WEST))
    change(routes, zone, create_balancer(lab, EAST) | {"SetIdentifier": EAST, "Failover": "PRIMARY", "HealthCheckId": check})
    change(routes, zone, create_balancer(lab, WEST) | {"SetIdentifier": WEST, "Failover": "SECONDARY"})
    lab.regions.break_region(EAST, "refuse")
    assert addresses(lab) == [lab.addresses[EAST]]
    throw(lab, WEST, 1)
    until(lambda: addresses(lab) == [lab.addresses[WEST]], within=5)


def test_what_is_no_query_is_not_implemented(lab: Lab) -> None:
    """A status request is answered NOTIMP, and rubbish not at all; the next question is answered as ever."""
    resolver = lab.settings.routing.resolvers[0]
    status = dns.message.make_query(SHOP, "A")
    status.set_opcode(dns.opcode.STATUS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rubbish:
        rubbish.sendto(b"rubbish", (resolver.address, resolver.port))
    answer = dns.query.udp(status, resolver.address, timeout=2, port=resolver.port)
    assert answer.rcode() == dns.rcode.NOTIMP
    assert ask(lab, SHOP).rcode() == dns.rcode.REFUSED
