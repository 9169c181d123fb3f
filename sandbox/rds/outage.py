"""A region's databases when it goes dark and when it returns, and the links between regions under ``/sandbox/links``."""

from http import HTTPStatus

from sandbox import control
from sandbox.control import Document, Refused
from sandbox.link import Route
from sandbox.rds.estate import Estate


def watch(estate: Estate) -> None:
    """Lose and regain power with the regions; serve the links' endpoints."""
    estate.lab.regions.on_break.append(lambda region: go_dark(estate, region))
    estate.lab.regions.on_heal.append(lambda region: come_back(estate, region))
    control.route("links", lambda method, rest, document: _links(estate, method, rest, document))
    control.state("links", lambda: _describe(estate))


def go_dark(estate: Estate, region: str) -> None:
    """Cut the links first: nothing that a dying server still sends may cross."""
    estate.network.isolate(region)
    estate.each(estate.within(region), lambda instance: instance.lose_power())


def come_back(estate: Estate, region: str) -> None:
    estate.network.rejoin(region)
    for instance in estate.within(region):
        instance.regain_power()


def _links(estate: Estate, method: str, rest: tuple[str, ...], document: Document) -> object:
    """GET links; POST links {"one_way": seconds}; POST links/cut and links/heal {"source", "target"}: data flows from source to target."""
    match method, rest:
        case "GET", ():
            pass
        case "POST", ():
            estate.lab.one_way = max(0.0, float(str(document["one_way"])))
        case "POST", ("cut",):
            estate.network.cut(_route(estate, document))
        case "POST", ("heal",):
            estate.network.heal(_route(estate, document))
        case _:
            raise Refused("GET or POST links; POST links/cut or links/heal", HTTPStatus.NOT_FOUND)
    return _describe(estate)


def _route(estate: Estate, document: Document) -> Route:
    regions = estate.lab.settings.regions
    source, target = str(document.get("source")), str(document.get("target"))
    if {source, target} != set(regions):
        raise Refused(f"source and target are {' and '.join(regions)}, in either order")
    return Route(source, target)


def _describe(estate: Estate) -> object:
    network = estate.network
    links = [{"source": route.source, "target": route.target, "cut": network.is_cut(route)} for route in network.routes()]
    return {"one_way": estate.lab.one_way, "links": links}
