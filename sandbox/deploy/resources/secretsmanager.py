"""Secrets: those that exist already, and those of the program, which have no value yet."""

from sandbox.deploy.inputs import pascal
from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, answers, makes
from sandbox.deploy.wire import Values


@answers("aws:secretsmanager/getSecret:getSecret")
def find_secret(wanted: Wanted) -> Values:
    found = wanted.client("secretsmanager").describe_secret(SecretId=wanted.inputs["name"])
    return {"id": found["ARN"], "arn": found["ARN"], "name": found["Name"]}


@makes("aws:secretsmanager/secret:Secret")
def secret(wanted: Wanted) -> Made:
    wanted.inputs.skip("recoveryWindowInDays")
    given = wanted.inputs.given(Name="name", Description="description", KmsKeyId="kmsKeyId")
    replicas = [pascal(replica) for replica in wanted.inputs["replicas"]]
    made = wanted.client("secretsmanager").create_secret(**given, AddReplicaRegions=replicas, Tags=wanted.tag_list())
    return Made(made["ARN"], {"arn": made["ARN"]})
