"""The control endpoints that every sandbox has; parts add theirs (see sandbox/control.py).

POST   /sandbox/regions/<region>/break {"mode": "hang" | "refuse"}      POST /sandbox/regions/<region>/heal
POST   /sandbox/faults {"kind": ..., ...} -> {"id"}                     GET /sandbox/faults
DELETE /sandbox/faults[/<id>]                                           POST /sandbox/faults/seed {"seed": 1}
POST   /sandbox/service-times {"promote": 20, ...}, in seconds          GET /sandbox/requests?since=N
GET    /sandbox/state
"""

from dataclasses import asdict, fields
from http import HTTPStatus

from sandbox import control, processes
from sandbox.control import Document, Refused
from sandbox.faults import Fault, Faults
from sandbox.lab import Lab, ServiceTimes
from sandbox.requestlog import RequestLog


def serve_endpoints(lab: Lab, faults: Faults, log: RequestLog) -> None:
    control.route("regions", lambda method, rest, document: _regions(lab, method, rest, document))
    control.route("faults", lambda method, rest, document: _faults(faults, method, rest, document))
    control.route("service-times", lambda method, _, document: _service_times(lab, method, document))
    control.route("requests", lambda _method, _rest, document: log.since(int(str(document.get("since", 0)))))
    control.state("endpoint", lambda: lab.endpoint)
    control.state("root", lambda: str(lab.root))
    control.state("regions", lambda: {region: lab.regions.outage(region) for region in lab.settings.regions})
    control.state("service_times", lambda: asdict(lab.times))
    control.state("scale", lambda: lab.scale)
    control.state("one_way", lambda: lab.one_way)
    control.state("addresses", lambda: lab.addresses)
    control.state("shop_port", lambda: lab.settings.workload.shop.port)
    control.state("dns_port", lambda: lab.settings.routing.resolvers[0].port)
    control.state("pids", lambda: processes.living(lab.root))
    control.state("faults", faults.listed)


def _regions(lab: Lab, method: str, rest: tuple[str, ...], document: Document) -> object:
    match method, rest:
        case "POST", (region, verb) if region not in lab.settings.regions:
            raise Refused(f"cannot {verb} {region}: this sandbox has {' and '.join(lab.settings.regions)}", HTTPStatus.NOT_FOUND)
        case "POST", (region, "break"):
            mode = document.get("mode", "hang")
            if mode != "hang" and mode != "refuse":
                raise Refused("mode is hang or refuse")
            lab.regions.break_region(region, mode)
        case "POST", (region, "heal"):
            lab.regions.heal_region(region)
        case _:
            raise Refused("POST regions/<region>/break or regions/<region>/heal", HTTPStatus.NOT_FOUND)
    return {"region": region, "outage": lab.regions.outage(region)}


def _faults(faults: Faults, method: str, rest: tuple[str, ...], document: Document) -> object:
    match method, rest:
        case "GET", ():
            return faults.listed()
        case "POST", ():
            return {"id": faults.add(Fault.model_validate(document))}
        case "POST", ("seed",):
            faults.seed(int(str(document["seed"])))
        case "DELETE", ():
            faults.clear()
        case "DELETE", (number,):
            if not faults.remove(int(number)):
                raise Refused(f"there is no fault {number}", HTTPStatus.NOT_FOUND)
        case _:
            raise Refused("GET, POST or DELETE faults; POST faults/seed; DELETE faults/<id>", HTTPStatus.NOT_FOUND)
    return {}


def _service_times(lab: Lab, method: str, document: Document) -> object:
    known = {entry.name for entry in fields(ServiceTimes)}
    if unknown := set(document) - known:
        raise Refused(f"no such service time: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    if method == "POST":
        for name, seconds in document.items():
            setattr(lab.times, name, float(str(seconds)))
    return asdict(lab.times)
