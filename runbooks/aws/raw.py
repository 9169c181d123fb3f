"""Answers as AWS sent them: botocore signs, sends, refuses and translates as ever, and only its reading of the JSON is left out.

Of a hundred thousand entries, nearly nine tenths of the time goes into matching them with botocore's shapes; orjson reads the same bytes
in a fiftieth of it. What comes out has JSON's own numbers: a moment is seconds since 1970.
"""

from threading import Lock
from typing import Any

import orjson
from botocore.exceptions import ResponseStreamingError

SENT = "Sent"

reading = Lock()
"""Held by whoever makes records of an answer. Threads would only take turns at it; so one page is in memory as a tree, not sixteen."""


def leave_unparsed(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Called by botocore before it parses: keep what was sent under ``Sent`` and leave nothing to parse. Refusals are left to botocore."""
    if response_dict["status_code"] < 300:
        customized_response_dict[SENT], response_dict["body"] = response_dict["body"], b"{}"


def parsed(sent: bytes) -> dict[str, Any]:
    """Return the JSON that was *sent*. A body that breaks off is no answer, whatever its status says."""
    try:
        answer: dict[str, Any] = orjson.loads(sent or b"{}")
    except orjson.JSONDecodeError as error:
        raise ResponseStreamingError(error=error) from error
    return answer
