"""Secrets that exist already."""

from sandbox.deploy.registry import Wanted, answers
from sandbox.deploy.wire import Values


@answers("aws:secretsmanager/getSecret:getSecret")
def find_secret(wanted: Wanted) -> Values:
    found = wanted.client("secretsmanager").describe_secret(SecretId=wanted.inputs["name"])
    return {"id": found["ARN"], "arn": found["ARN"], "name": found["Name"]}
