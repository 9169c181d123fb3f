"""An authoritative name server for the hosted zones in the sandbox, on UDP, answering as Route 53 does.

It stands where the public resolvers stand, so its answers are always fresh: caching is the client's. Times to live are scaled
with ``lab.scale`` and never below 1 s, which is the smallest that DNS can say apart from none at all.
"""

import contextlib
import socket
from collections.abc import Iterable
from functools import partial
from threading import Thread
from typing import Any, Protocol

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from moto.route53.models import FakeZone, RecordSet

from sandbox.lab import Lab

LOAD_BALANCER_TTL = 60
"""Seconds that Route 53 gives an alias to a load balancer; it cannot be chosen."""

LARGEST_QUERY = 4096
GLANCE = 0.2


class Zones(Protocol):
    """Where records, their health and load balancers are looked up."""

    @property
    def zones(self) -> dict[str, FakeZone]: ...
    def is_healthy(self, record: RecordSet) -> bool: ...
    def balancer_addresses(self, name: str) -> list[str]: ...


class NameServer:
    """Answers one query at a time from *zones*; ``scale`` multiplies every time to live."""

    def __init__(self, zones: Zones, scale: float) -> None:
        self._zones = zones
        self._scale = scale

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(dns.rcode.NOTIMP)
            return response
        question = query.question[0]
        zone = self._zone_of(question.name)
        if zone is None:
            response.set_rcode(dns.rcode.REFUSED)
            return response
        response.flags |= dns.flags.AA
        response.answer = self._look_up(zone, question.name, question.rdtype)
        if not response.answer:
            response.authority = self._start_of_authority(zone)
            if not self._exists(zone, question.name):
                response.set_rcode(dns.rcode.NXDOMAIN)
        return response

    def _zone_of(self, name: dns.name.Name) -> FakeZone | None:
        """Return the zone with the longest name that *name* is in."""
        found = [zone for zone in list(self._zones.zones.values()) if name.is_subdomain(dns.name.from_text(zone.name))]
        return max(found, key=lambda zone: len(zone.name), default=None)

    def _look_up(self, zone: FakeZone, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> list[dns.rrset.RRset]:
        records = _named(zone, name)
        of_kind = [record for record in records if record.type == dns.rdatatype.to_text(kind)]
        chosen = self._choose(of_kind)
        if chosen is not None:
            return self._rrset(zone, name, kind, chosen)
        canonical = self._choose([record for record in records if record.type == "CNAME"])
        return self._rrset(zone, name, dns.rdatatype.CNAME, canonical) if canonical is not None else []

    def _choose(self, records: list[RecordSet]) -> RecordSet | None:
        """Return the primary while it is healthy, else the secondary if that is; when neither is, the primary all the same."""
        ordered = sorted(records, key=lambda record: record.failover == "SECONDARY")
        return next((record for record in ordered if self._zones.is_healthy(record)), next(iter(ordered), None))

    def _rrset(self, zone: FakeZone, name: dns.name.Name, kind: dns.rdatatype.RdataType, record: RecordSet) -> list[dns.rrset.RRset]:
        if record.alias_target:
            return self._alias(zone, name, kind, record.alias_target["DNSName"])
        return [self._made(name, int(record.ttl or 0), kind, record.records)]

    def _alias(self, zone: FakeZone, name: dns.name.Name, kind: dns.rdatatype.RdataType, target: str) -> list[dns.rrset.RRset]:
        """Answer with the target's data under the alias's own name."""
        addresses = self._zones.balancer_addresses(target)
        if addresses:
            return [self._made(name, LOAD_BALANCER_TTL, kind, addresses)] if kind == dns.rdatatype.A else []
        other = dns.name.from_text(target)
        found = self._look_up(zone, other, kind) if other != name else []
        for rrset in found:
            rrset.name = name
        return found

    def _start_of_authority(self, zone: FakeZone) -> list[dns.rrset.RRset]:
        name = dns.name.from_text(zone.name)
        return [
            self._made(name, int(record.ttl or 0), dns.rdatatype.SOA, record.records)
            for record in _named(zone, name)
            if record.type == "SOA"
        ]

    def _exists(self, zone: FakeZone, name: dns.name.Name) -> bool:
        return any(dns.name.from_text(record.name).is_subdomain(name) for record in list(zone.rrsets))

    def _made(self, name: dns.name.Name, ttl: int, kind: dns.rdatatype.RdataType, values: Iterable[Any]) -> dns.rrset.RRset:
        """moto keeps values as text, and those of its own SOA records as ``{"Value": text}``; names in them are complete."""
        texts = [value["Value"] if isinstance(value, dict) else value for value in values]
        lives = max(1, round(ttl * self._scale))
        return dns.rrset.from_text_list(name, lives, dns.rdataclass.IN, kind, texts, origin=dns.name.root, relativize=False)


def _named(zone: FakeZone, name: dns.name.Name) -> list[RecordSet]:
    return [record for record in list(zone.rrsets) if dns.name.from_text(record.name) == name]


def serve(lab: Lab, zones: Zones) -> None:
    """Answer on the settings' first resolver until *lab* closes. Raises :class:`OSError` when its port is taken."""
    resolver = lab.settings.routing.resolvers[0]
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind((resolver.address, resolver.port))
    listening.settimeout(GLANCE)
    thread = Thread(target=_serve, args=(lab, listening, NameServer(zones, lab.scale)), name="dns", daemon=True)
    thread.start()
    lab.on_close.append(partial(thread.join, 2.0))


def _serve(lab: Lab, listening: socket.socket, server: NameServer) -> None:
    with listening:
        while not lab.closing.is_set():
            with contextlib.suppress(TimeoutError, dns.exception.DNSException):
                wire, client = listening.recvfrom(LARGEST_QUERY)
                listening.sendto(server.answer(dns.message.from_wire(wire)).to_wire(), client)
