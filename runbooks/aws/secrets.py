"""Secrets Manager: the database's credentials and what GitHub and Docker Hub want, held in memory only."""

import json
import logging
from dataclasses import dataclass, field

from runbooks.aws.session import Door
from runbooks.errors import NotFound, Rejected

# At debug level botocore's parsers log whole answers, this service's with the password in it.
logging.getLogger("botocore.parsers").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)


def database_credentials(door: Door, secret: str) -> Credentials:
    """Return the user name and password in *secret*; raise :class:`Rejected` when it holds something else."""
    text = door.call("secretsmanager", "get_secret_value", SecretId=secret)["SecretString"]
    try:
        content = json.loads(text)
        return Credentials(content["username"], content["password"])
    except (ValueError, KeyError, TypeError):
        raise Rejected(
            f"the secret {secret} in {door.region} is not {{username, password}} as JSON", "check workload.database.secret in the settings"
        ) from None


def git_token(door: Door, secret: str) -> str:
    """Return the token in *secret*, which has the shape that CodeBuild asks for.

    Raises :class:`Rejected` when it holds something else, :class:`NotFound` when nobody has put a value in yet.
    """
    hint = "put it in: the README says how"
    try:
        text = door.call("secretsmanager", "get_secret_value", SecretId=secret)["SecretString"]
        return str(json.loads(text)["Token"])
    except NotFound as error:
        raise NotFound(error.message, hint, error.code) from None
    except (ValueError, KeyError, TypeError):
        raise Rejected(f"the secret {secret} in {door.region} is not {{ServerType, AuthType, Token}} as JSON", hint) from None


def docker_hub(door: Door, secret: str) -> Credentials | None:
    """Return who signs in at Docker Hub, in the shape that ECR asks for, or None where nobody does; raise :class:`Rejected` for another."""
    try:
        text = door.call("secretsmanager", "get_secret_value", SecretId=secret)["SecretString"]
        content = json.loads(text)
        return Credentials(content["username"], content["accessToken"])
    except NotFound:
        return None
    except (ValueError, KeyError, TypeError):
        raise Rejected(
            f"the secret {secret} in {door.region} is not {{username, accessToken}} as JSON", "put it in as procedures/deployment.md says"
        ) from None
