"""The sandbox's own endpoints, under ``/sandbox/``, beside the AWS API on the same port.

A part adds one with ``control.route("links", answer)``: every request to ``/sandbox/links/...`` then calls
``answer(method, rest, document)``, with ``rest`` the path's words after the name (``("cut",)``) and ``document`` the JSON
body or the query, and its result is sent as JSON. ``raise Refused("why", 404)`` to say no; pydantic's and plain ``ValueError`` are 400.
A part adds to ``GET /sandbox/state`` with ``control.state("links", lambda: {...})``.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

from sandbox.calls import Answer

PREFIX = "/sandbox/"
Document = Mapping[str, object]
Route = Callable[[str, tuple[str, ...], Document], object]

_routes: dict[str, Route] = {}
_states: dict[str, Callable[[], object]] = {}


class Refused(Exception):
    """A control request that cannot be served, and the HTTP status that says so."""

    def __init__(self, reason: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        self.status = status
        super().__init__(reason)


def route(name: str, answer: Route) -> None:
    _routes[name] = answer


def state(name: str, describe: Callable[[], object]) -> None:
    _states[name] = describe


def is_control(environ: WSGIEnvironment) -> bool:
    """Tell a control request from one that AWS would get: a signed request to a bucket named sandbox is no control request."""
    signed = "HTTP_AUTHORIZATION" in environ or "X-Amz-" in environ.get("QUERY_STRING", "")
    return environ["PATH_INFO"].startswith(PREFIX) and not signed


def answer(environ: WSGIEnvironment) -> Answer:
    try:
        return _answer(HTTPStatus.OK, _dispatch(environ))
    except Refused as refused:
        return _answer(refused.status, {"error": str(refused)})
    except ValueError as error:
        return _answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})


def _dispatch(environ: WSGIEnvironment) -> object:
    name, *rest = environ["PATH_INFO"].removeprefix(PREFIX).strip("/").split("/")
    if name == "state":
        return {part: describe() for part, describe in _states.items()}
    if name not in _routes:
        raise Refused(f"no such endpoint: {name}; there are state, {', '.join(sorted(_routes))}", HTTPStatus.NOT_FOUND)
    return _routes[name](environ["REQUEST_METHOD"], tuple(rest), _document(environ))


def _document(environ: WSGIEnvironment) -> Document:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if not body:
        return dict(parse_qsl(environ.get("QUERY_STRING", "")))
    document = json.loads(body)
    if not isinstance(document, dict):
        raise Refused("send a JSON object")
    return document


def _answer(status: int, document: object) -> Answer:
    body = json.dumps(document, default=str).encode() + b"\n"
    return Answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)
