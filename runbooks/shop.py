"""What a shopper sees: where the shop's name leads, and whether an order can be placed there and read back."""

from dataclasses import dataclass
from uuid import UUID

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import httpx

from names import Names
from runbooks.errors import Busy, Rejected
from sections import Resolver

PROBE = {"sku": "recovery-check", "quantity": 1}


@dataclass(frozen=True, slots=True)
class Answer:
    """One resolver's answer; ``region`` is empty when the addresses belong to no region of ours, or to both."""

    resolver: str
    addresses: tuple[str, ...]
    region: str


def addresses(resolver: Resolver, name: str, seconds: float = 1.0) -> tuple[str, ...]:
    """Return the A records of *name* as *resolver* gives them; none when it gives no answer in time or no such name."""
    try:
        answer = dns.query.udp(dns.message.make_query(name, "A"), resolver.address, timeout=seconds, port=resolver.port)
    except (dns.exception.DNSException, OSError):
        return ()
    if answer.rcode() != dns.rcode.NOERROR:
        return ()
    return tuple(sorted(item.address for entry in answer.answer if entry.rdtype == dns.rdatatype.A for item in entry))


def leads_to(names: Names) -> tuple[Answer, ...]:
    """Ask every resolver of the settings where the shop's name leads, by comparing with each region's own name."""
    return tuple(_answer(names, resolver) for resolver in names.settings.routing.resolvers)


def _answer(names: Names, resolver: Resolver) -> Answer:
    found = addresses(resolver, names.shop_domain)
    regions = (
        [region for region in names.settings.regions if set(found) & set(addresses(resolver, names.region_domain(region)))] if found else []
    )
    return Answer(f"{resolver.address}:{resolver.port}", found, regions[0] if len(regions) == 1 else "")


def all_lead_to(names: Names, region: str) -> bool:
    """Return whether every resolver that answers at all leads to *region*, and at least one does."""
    answering = [answer for answer in leads_to(names) if answer.addresses]
    return bool(answering) and all(answer.region == region for answer in answering)


def place_order(names: Names, order: UUID) -> str:
    """Place the probe *order* where the shop's name leads, read it back, and return the region that took it.

    The id makes it repeatable: the same order placed twice is one order. Raises :class:`Busy` while the shop does not take it.
    """
    shop = names.settings.workload.shop
    found = next((hit for resolver in names.settings.routing.resolvers if (hit := addresses(resolver, names.shop_domain))), ())
    if not found:
        raise Busy(f"{names.shop_domain} resolves to nothing", "check the zone and routing.resolvers in the settings")
    target = f"{shop.scheme}://{found[0]}:{shop.port}{shop.orders_path}"
    host, named = {"Host": names.shop_domain}, {"sni_hostname": names.shop_domain}
    try:
        with httpx.Client(timeout=2.0, headers=host) as client:
            placed = client.request("POST", target, json={"id": str(order), **PROBE}, extensions=named)
            if placed.status_code not in (200, 201):
                raise Busy(f"the shop at {found[0]} answers {placed.status_code} to an order", "look at the storefront's log")
            back = client.request("GET", f"{target}/{order}", extensions=named)
    except httpx.TransportError as error:
        raise Busy(
            f"the shop at {found[0]}:{shop.port} takes no order ({type(error).__name__})", "look at the load balancer and the storefront"
        ) from error
    if back.status_code != 200 or back.json().get("id") != str(order):
        raise Rejected(
            f"the order {order} was acknowledged but cannot be read back ({back.status_code})",
            "do not announce: the storefront does not store what it takes",
        )
    return str(back.json().get("region", ""))
