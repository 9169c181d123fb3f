"""AWS's error codes, sorted."""

import pytest

from runbooks import errors
from runbooks.aws.answers import translated


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ExpiredToken", "The security token included in the request is expired", errors.Expired),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", errors.Expired),
        ("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", errors.Skewed),
        ("SignatureDoesNotMatch", "Signature expired: 20261122T100000Z is now earlier than 20261122T101500Z", errors.Skewed),
        ("InvalidSignatureException", "Signature not yet current: 20261122T103000Z is still later than 20261122T101500Z", errors.Skewed),
        ("RequestExpired", "Request has expired.", errors.Skewed),
        ("SlowDown", "Please reduce your request rate.", errors.Busy),
        ("AccessDeniedException", "User is not authorized to perform this operation", errors.Denied),
        ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", errors.Conflict),
        ("InvalidParameterValue", "no", errors.Rejected),
    ],
)
def test_a_code_becomes_the_error_that_says_what_to_do(code: str, message: str, kind: type[errors.AwsError]) -> None:
    """A clock that is off is not a wrong password, though most services answer both with one code."""
    assert type(translated("rds describe", {"Error": {"Code": code, "Message": message}})) is kind
