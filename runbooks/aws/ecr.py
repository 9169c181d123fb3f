"""ECR: what one signs in with at a region's registry, for the twelve hours that it is good for."""

from base64 import b64decode
from dataclasses import dataclass, field
from logging import INFO, getLogger

from runbooks.aws.session import Door

# At debug level botocore's parsers log whole answers, this service's with the password in it.
getLogger("botocore.parsers").setLevel(INFO)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A registry's address, such as ``https://123456789012.dkr.ecr.us-east-1.amazonaws.com``, and who may pull from it."""

    address: str
    username: str
    password: str = field(repr=False)


def sign_in(door: Door) -> SignIn:
    """Return how this account signs in at its own registry in the door's region."""
    [found] = door.call("ecr", "get_authorization_token")["authorizationData"]
    username, _, password = b64decode(found["authorizationToken"]).decode().partition(":")
    return SignIn(found["proxyEndpoint"], username, password)
