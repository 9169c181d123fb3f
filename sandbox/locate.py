"""Find a region's database as any service would: RDS for its endpoint, Secrets Manager for its password, in that region only.

Two plain signed requests instead of two SDK clients, because a storefront is started during a failover and an SDK would double
its start-up time and its memory.
"""

import http.client
import json
import os
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PATIENCE = 2.0
AGENT = "storefront"
FORM, JSON = "application/x-www-form-urlencoded; charset=utf-8", "application/x-amz-json-1.1"


class NotFoundHere(Exception):
    """The database cannot be located at present; the message says what was asked and what came back."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is needed to find one region's database: the API's ``endpoint`` and three names that every region shares."""

    endpoint: str
    region: str
    instance: str
    secret: str
    database: str


def locate(place: Place) -> dict[str, str]:
    """Return the libpq parameters of *place*'s database: host, port, user, password, dbname. Raises :class:`NotFoundHere`."""
    try:
        host, port = _endpoint(place)
        secret = _secret(place)
        return {"host": host, "port": port, "user": secret["username"], "password": secret["password"], "dbname": place.database}
    except (OSError, http.client.HTTPException) as error:
        raise NotFoundHere(f"the API in {place.region} does not answer: {str(error) or type(error).__name__}") from None
    except (ET.ParseError, ValueError, KeyError, TypeError) as error:
        raise NotFoundHere(f"the API in {place.region} answers with something else: {error!r}") from None


def _endpoint(place: Place) -> tuple[str, str]:
    form = {"Action": "DescribeDBInstances", "Version": "2014-10-31", "DBInstanceIdentifier": place.instance}
    answer = _ask(place, "rds", {"Content-Type": FORM}, urlencode(form))
    endpoint = ET.fromstring(answer).find(".//{*}DBInstance/{*}Endpoint")  # noqa: S314 the sandbox's own API
    host, port = (endpoint.findtext("{*}Address"), endpoint.findtext("{*}Port")) if endpoint is not None else (None, None)
    if not host or not port:
        raise NotFoundHere(f"{place.instance} in {place.region} has no endpoint yet")
    return host, port


def _secret(place: Place) -> dict[str, str]:
    headers = {"Content-Type": JSON, "X-Amz-Target": "secretsmanager.GetSecretValue"}
    answer = json.loads(_ask(place, "secretsmanager", headers, json.dumps({"SecretId": place.secret})))
    secret: dict[str, str] = json.loads(answer["SecretString"])
    return secret


def _ask(place: Place, service: str, headers: dict[str, str], body: str) -> bytes:
    request = AWSRequest("POST", f"{place.endpoint}/", headers={**headers, "User-Agent": AGENT}, data=body)
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", AGENT), os.environ.get("AWS_SECRET_ACCESS_KEY", AGENT)
    SigV4Auth(Credentials(key, secret), service, place.region).add_auth(request)
    where = urlsplit(place.endpoint)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
    try:
        connection.request("POST", "/", body.encode(), dict(request.headers.items()))
        answer = connection.getresponse()
        content = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise NotFoundHere(f"{service} in {place.region} answers {answer.status} when asked for {place.instance}")
    return content
