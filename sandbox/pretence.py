"""An answer that says it is done, about what was not."""

from moto.core.serialize import SerializationContext, get_serializer_class

from sandbox.calls import Answer, Call


def pretend(call: Call) -> Answer:
    """Return the empty success of *call*'s operation, in the protocol the client spoke; nothing is performed."""
    if call.model is None:
        return Answer(200, [("Content-Length", "0")], b"", done=False)
    serializer = get_serializer_class(call.service, call.protocol)(call.model, SerializationContext(request_id="sandbox"))
    said = serializer.serialize({})
    body = str(said["body"]).encode()
    headers = [(name, str(value)) for name, value in said["headers"].items()]
    return Answer(int(said["status_code"]), [*headers, ("Content-Length", str(len(body)))], body, done=False)
