"""The sandbox's server: ``python -m sandbox.server --root DIR --config FILE``.

It prints one line of JSON, ``{"endpoint", "pid"}``, when it is ready, and ends on SIGTERM, on Ctrl-C, and when its parent is gone.
A request passes, outermost first: control endpoints, the request log, dark regions, faults, the emulator's one lock, moto.
"""

import argparse
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial
from http.client import responses
from pathlib import Path
from threading import Thread
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import psutil
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

import settings
from sandbox import backup, cloudwatch, control, ecs, events, kms, processes, rds, route53, routing_control, s3
from sandbox.calls import Service, Unanswered, read_call
from sandbox.emulator import Emulator, region_of_bucket
from sandbox.endpoints import serve_endpoints
from sandbox.faults import Faults
from sandbox.lab import Lab
from sandbox.outage import Outage
from sandbox.parking import Parking
from sandbox.ports import HOST, load_balancer_addresses
from sandbox.requestlog import RequestLog

PARTS = (kms, backup, s3, rds, ecs, cloudwatch, events, route53)
"""In the order they are installed; they are closed in reverse."""
PARENT_GLANCE = 0.25
"""Seconds between two looks at whether the parent still lives."""


class Connection(MotoRequestHandler):
    """One request per connection, without a line in the log for each."""

    protocol_version = "HTTP/1.0"

    def date_time_string(self, timestamp: float | None = None) -> str:
        skew: float = getattr(self, "environ", {}).get("sandbox.skew", 0.0)
        return super().date_time_string((timestamp or time.time()) + skew)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class ApiServer(ThreadedWSGIServer):
    """Serves the AWS API and the control endpoints; leaves the connections open that are to get no answer."""

    def __init__(self, listener: socket.socket, service: Service, parking: Parking) -> None:
        self._service, self._parking = service, parking
        super().__init__(HOST, listener.getsockname()[1], self._respond, Connection, fd=listener.fileno())

    def _respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = control.answer(environ) if control.is_control(environ) else self._service(read_call(environ))
        except Unanswered as silence:
            self._silence(environ["werkzeug.socket"], silence)
            raise
        environ["sandbox.skew"] = answer.skew
        start_response(f"{answer.status} {responses.get(answer.status, 'Unknown')}", answer.headers)
        return [answer.body]

    def _silence(self, connection: socket.socket, silence: Unanswered) -> None:
        if silence.silent:
            self._parking.hold(connection, silence.region)
        else:
            connection.shutdown(socket.SHUT_RDWR)

    def shutdown_request(self, request: Any) -> None:
        if request not in self._parking:
            super().shutdown_request(request)


def main() -> None:
    arguments = _arguments()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    _end_on(signal.SIGTERM, signal.SIGINT)
    root: Path = arguments.root.resolve()
    processes.record(root, os.getpid(), "server")
    processes.guard(root)
    if arguments.parent_pid:
        Thread(target=_end_with, args=[psutil.Process(arguments.parent_pid)], daemon=True).start()
    try:
        with ExitStack() as ending:
            ending.callback(processes.sweep, root)
            _start(root, arguments, ending).join()
    except SystemExit:
        os._exit(0)  # everything has ended; freeing a quarter of a gigabyte object by object would take seconds


def _start(root: Path, arguments: argparse.Namespace, ending: ExitStack) -> Thread:
    """Start everything, say so, and return the thread that serves; *ending* undoes it in reverse."""
    chosen = settings.load(arguments.config)
    listener = socket.create_server((HOST, arguments.port))
    endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
    lab = Lab(root, chosen, endpoint, load_balancer_addresses(chosen), scale=arguments.scale, one_way=arguments.one_way)
    serving = serve(lab, listener, PARTS, ending)
    print(json.dumps({"endpoint": endpoint, "pid": os.getpid()}), flush=True)  # noqa: T201 - the one line this program prints
    return serving


def serve(lab: Lab, listener: socket.socket, parts: Iterable[Any], ending: ExitStack) -> Thread:
    """Install *parts* and serve *lab* on *listener*, in a thread that is returned, until *ending* is closed."""
    ending.callback(lab.close)
    parking = Parking()
    service = assemble(lab, parking)
    for part in parts:
        part.install(lab)
    serving = _serve_on(listener, service, parking, ending)
    for endpoint in routing_control.listeners(lab):
        _serve_on(endpoint, service, parking, ending)
    return serving


def _serve_on(listener: socket.socket, service: Service, parking: Parking, ending: ExitStack) -> Thread:
    server = ApiServer(listener, service, parking)
    serving = Thread(target=partial(server.serve_forever, poll_interval=0.05), name="api", daemon=True)
    serving.start()
    ending.callback(server.shutdown)
    return serving


def assemble(lab: Lab, parking: Parking) -> Service:
    """Return the emulator in its layers, and register the control endpoints."""
    find_region = partial(region_of_bucket, lab.settings.account)
    log = RequestLog(lab.root / "requests.jsonl", find_region)
    faults = Faults(lab.closing.wait)
    lab.regions.on_heal.append(parking.release)
    lab.on_close += [log.close, parking.close]
    serve_endpoints(lab, faults, log)
    return log.around(Outage(lab.regions, find_region).around(faults.around(routing_control.around(lab, Emulator()))))


def _end_on(*signals: signal.Signals) -> None:
    """Leave by an exception at the first of *signals*; the next ones do not disturb the ending."""

    def end(_number: int, _frame: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        sys.exit(0)

    for number in signals:
        signal.signal(number, end)


def _end_with(parent: psutil.Process) -> None:
    while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
        time.sleep(PARENT_GLANCE)
    os.kill(os.getpid(), signal.SIGTERM)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description="A two-region AWS on one machine.")
    parser.add_argument("--root", type=Path, required=True, help="directory for everything the sandbox writes")
    parser.add_argument("--config", type=Path, required=True, help="the settings, a Pulumi.<stack>.yaml")
    parser.add_argument("--port", type=int, default=0, help="port of the AWS API on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies every Route 53 second")
    parser.add_argument("--one-way", type=float, default=0.035, help="delay of the link between the regions, in seconds")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    return parser.parse_args()


if __name__ == "__main__":
    main()
