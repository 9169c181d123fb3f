"""AWS's error codes, sorted into our error tree."""

import re
from collections.abc import Mapping
from typing import Any

from runbooks import errors

SIGN_IN = "sign in to AWS (for example `aws sso login`) or set AWS_PROFILE; for the sandbox, paste the line that `invoke sandbox` printed"

SET_THE_CLOCK = "set this machine's clock (AWS accepts no request that is minutes off), then repeat the command"
_SKEWED = re.compile(r"RequestTimeTooSkewed|RequestExpired|Signature expired|Signature not yet current")
"""S3's and EC2's codes; the other services' is that of a wrong signature, and only the message tells."""

_KINDS: tuple[tuple[re.Pattern[str], type[errors.AwsError], str], ...] = (
    (
        re.compile(r"Expired|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken"),
        errors.Expired,
        SIGN_IN,
    ),
    (re.compile(r"NotFound|NoSuch|^404$"), errors.NotFound, "deploy the stack (`pulumi up`), or check the names in its settings"),
    (re.compile(r"PreconditionFailed|ConditionalRequestConflict|^412$|^409$"), errors.Conflict, "somebody else wrote first"),
    (
        re.compile(
            r"Throttl|SlowDown|TooManyRequests|RequestLimitExceeded|(Service|Temporarily)Unavailable|Internal(Error|Failure|Server)|^50\d$|^RequestTimeout$"
        ),
        errors.Busy,
        "AWS is throttling or unwell: repeat the command in a minute",
    ),
    (re.compile(r"AccessDenied|Unauthorized|Forbidden|^403$|AuthFailure"), errors.Denied, "use credentials of the operator role"),
)


def translated(what: str, response: Mapping[str, Any]) -> errors.AwsError:
    """Return the error that *response* (botocore's ``ClientError.response``) means; *what* names the call and its region."""
    entry = response.get("Error", {})
    code = str(entry.get("Code", ""))
    message = f"{what}: {entry.get('Message') or 'no reason given'} ({code})"
    if _SKEWED.search(message):
        return errors.Skewed(message, SET_THE_CLOCK, code)
    for pattern, kind, hint in _KINDS:
        if pattern.search(code):
            return kind(message, hint, code)
    if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
        return errors.Busy(message, "AWS is unwell: repeat the command in a minute", code)
    return errors.Rejected(message, "AWS refused the request as it stands", code)
