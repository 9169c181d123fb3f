"""How each service says no: the same refusal has another code, status and wire format from one AWS protocol to the next."""

import json
from http import HTTPStatus
from typing import NamedTuple
from xml.sax.saxutils import escape

from sandbox.calls import Answer, Call

REQUEST = "sandbox"


class Refusal(NamedTuple):
    code: str
    status: int
    message: str


XML: dict[str, Refusal] = {
    "throttle": Refusal("Throttling", 400, "Rate exceeded"),
    "unavailable": Refusal("ServiceUnavailable", 503, "Service is unavailable. Please retry."),
    "deny": Refusal("AccessDenied", 403, "User is not authorized to perform this operation"),
    "expired": Refusal("ExpiredToken", 403, "The security token included in the request is expired"),
    "skewed": Refusal("RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large."),
}
JSON: dict[str, Refusal] = XML | {
    "throttle": Refusal("ThrottlingException", 400, "Rate exceeded"),
    "unavailable": Refusal("ServiceUnavailableException", 503, "Service is unavailable. Please retry."),
    "deny": Refusal("AccessDeniedException", 400, "User is not authorized to perform this operation"),
    "expired": Refusal("ExpiredTokenException", 400, "The security token included in the request is expired"),
}
S3: dict[str, Refusal] = XML | {
    "throttle": Refusal("SlowDown", 503, "Please reduce your request rate."),
    "expired": Refusal("ExpiredToken", 400, "The provided token has expired."),
}


def refuse(call: Call, kind: str) -> Answer:
    """Return the answer by which *call*'s service refuses it; *kind* is one of the keys above."""
    return _say(call, _refusals(call)[kind])._replace(fault=kind)


def fail(call: Call, error: Exception) -> Answer:
    """Return the answer for an error inside the emulator; what nobody has written is 501, which clients do not retry."""
    status = HTTPStatus.NOT_IMPLEMENTED if isinstance(error, NotImplementedError) else HTTPStatus.INTERNAL_SERVER_ERROR
    return _say(call, Refusal("InternalFailure", status, f"sandbox: {call.service} {call.operation}: {error!r}"))


def _say(call: Call, refusal: Refusal) -> Answer:
    if call.environ["REQUEST_METHOD"] == "HEAD":
        return Answer(refusal.status, [("Content-Length", "0")], b"")
    content_type, body = _body(call, refusal)
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    if call.protocol.endswith("json"):
        headers.append(("x-amzn-ErrorType", refusal.code))
    return Answer(refusal.status, headers, body)


def _refusals(call: Call) -> dict[str, Refusal]:
    if call.service == "s3":
        return S3
    return JSON if call.protocol.endswith("json") else XML


def _body(call: Call, refusal: Refusal) -> tuple[str, bytes]:
    """Return content type and error document, in the protocol the client spoke."""
    error = f"<Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message>"
    if call.protocol.endswith("json"):
        return "application/json", json.dumps({"__type": refusal.code, "message": refusal.message}).encode()
    if call.service == "s3":
        return "application/xml", f"<Error>{error}<RequestId>{REQUEST}</RequestId></Error>".encode()
    if call.protocol == "ec2":
        return "text/xml", f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{REQUEST}</RequestID></Response>".encode()
    return "text/xml", f"<ErrorResponse><Error>{error}</Error><RequestId>{REQUEST}</RequestId></ErrorResponse>".encode()
