"""One API request, read once: who calls which operation of which service in which region, and about what.

Layers around the emulator are functions from a :class:`Call` to an :class:`Answer`; a layer that gives no answer at all
raises :class:`Unanswered`. Services carry the names that boto3 clients carry (``cloudwatch``, not ``monitoring``).
"""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote
from wsgiref.types import WSGIEnvironment

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import ServiceOperationRouter, get_service_router
from werkzeug.exceptions import HTTPException

SERVICE_OF_SIGNING_NAME = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
HOME_OF_GLOBAL_SERVICE = dict.fromkeys(("cloudfront", "iam", "organizations", "route53"), "us-east-1")
"""One control plane for all regions. boto3 signs for it, but for the client's own region when it was given an endpoint, as here."""
READING = re.compile(r"(Describe|List|Get|Head|BatchGet|Lookup|Search|Select|Simulate|Test|Query|Scan|Verify|AssumeRole)")
IDENTIFYING = re.compile(
    r"(Identifier|Name|Arn|ARN|Id|name|arn|id)$|^(Bucket|Key|Namespace|cluster|service|desiredCount|taskDefinition|CopySource)$"
)
PAIRS = {"MetricData": ("MetricName", "Value"), "Parameters": ("ParameterName", "ParameterValue")}

_one_model_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Call:
    """``caller`` is the access key id, ``region`` the one that serves it on AWS; both are empty when the request is unsigned.

    ``operation`` is empty, and there is no ``model``, when botocore's model of the service does not know the request.
    """

    environ: WSGIEnvironment
    caller: str
    service: str
    region: str
    operation: str = ""
    protocol: str = "json"
    model: OperationModel | None = None
    parameters: Mapping[str, Any] | None = None

    @property
    def changes(self) -> bool:
        """Whether the operation is one that changes something when it succeeds."""
        return not READING.match(self.operation)

    @property
    def buckets(self) -> list[str]:
        """The S3 buckets that the request needs: its own, and the one it copies from."""
        if self.service != "s3" or not self.parameters:
            return []
        source = self.parameters.get("CopySource")
        named = [self.parameters.get("Bucket"), unquote(source).lstrip("/").split("/")[0] if isinstance(source, str) else None]
        return [name for name in named if name]

    def summary(self) -> dict[str, str]:
        """Return the few parameters that say what the request is about: identifiers, metrics and database parameters; never content."""
        found = {}
        for name, value in (self.parameters or {}).items():
            if isinstance(value, str | int) and IDENTIFYING.search(name):
                found[name] = str(value)[:200]
            elif name in PAIRS and isinstance(value, list):
                left, right = PAIRS[name]
                found[name] = ",".join(f"{entry.get(left)}={entry.get(right)}" for entry in value)[:200]
        return found


class Answer(NamedTuple):
    """``fault`` names what was done to the request on purpose; ``skew`` seconds are added to the answer's ``Date``.

    ``done`` is False when the answer says success and nothing was performed.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    fault: str | None = None
    skew: float = 0.0
    done: bool = True


class Unanswered(ConnectionAbortedError):
    """The client gets no answer: its connection stays open in silence (*silent*) or is cut.

    A silent connection is held until *region* is healed, or for ever when there is none. *performed* is the answer that was
    kept back, when the operation was done all the same.
    """

    def __init__(self, fault: str, *, silent: bool, region: str | None = None, performed: Answer | None = None) -> None:
        self.fault, self.silent, self.region, self.performed = fault, silent, region, performed
        super().__init__(fault)


Service = Callable[[Call], Answer]


def read_call(environ: WSGIEnvironment) -> Call:
    """Return the call in *environ*, whose body is read to its end here, so that no slow client can hold a lock later."""
    body = _buffer(environ)
    caller, region, signing_name = _scope(environ)
    service = SERVICE_OF_SIGNING_NAME.get(signing_name, signing_name)
    if service == "s3" and environ["PATH_INFO"].startswith("/v20180820/"):
        service = "s3control"
    call = Call(environ, caller, service, HOME_OF_GLOBAL_SERVICE.get(service, region))
    try:
        request = Request(environ | {"wsgi.input": io.BytesIO(body)})
        model, in_path = _router(service).match(request)
        protocol = determine_request_protocol(model.service_model, request.content_type)
    except (HTTPException, NotImplementedError, UnknownServiceError):
        return call
    parameters = _parameters(request, model, protocol, in_path)
    return replace(call, operation=str(model.name), protocol=protocol, model=model, parameters=parameters)


def _router(service: str) -> ServiceOperationRouter:
    with _one_model_at_a_time:
        return get_service_router(service)


def _parameters(request: Request, model: OperationModel, protocol: str, in_path: dict[str, Any]) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](model)
    try:
        parsed = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": in_path,
            }
        )
    except Exception:  # noqa: BLE001 - malformed in any of five protocols: the emulator is the one to refuse it, and it is logged all the same
        return dict(in_path)
    return dict(parsed)


def _buffer(environ: WSGIEnvironment) -> bytes:
    chunked = environ.get("wsgi.input_terminated")
    body: bytes = environ["wsgi.input"].read() if chunked else environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _scope(environ: WSGIEnvironment) -> tuple[str, str, str]:
    """Return access key id, region and signing name, from the header or from a presigned URL."""
    header = re.search(r"Credential=([^,\s]+)", environ.get("HTTP_AUTHORIZATION", ""))
    presigned = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])
    parts = (header[1] if header else presigned[0]).split("/")
    if len(parts) != 5:
        return "", "", "s3"
    return parts[0], parts[2], parts[3]
