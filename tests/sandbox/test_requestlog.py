"""The request log: every request once, with what it was and whether it had an effect, and without its secrets."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from sandbox.launch import Sandbox
from tests.conftest import Aws

WEST = "us-west-2"


def test_each_protocol_is_read(sandbox: Sandbox, aws: Aws) -> None:
    """Operation and identifying parameters are known in each of the protocols that AWS speaks."""
    bucket = f"log-{uuid4()}"
    clients = {service: aws(service, WEST) for service in ("s3", "rds", "ecs", "cloudwatch", "backup", "elbv2")}
    before = len(sandbox.requests())
    clients["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": WEST})
    clients["s3"].put_object(Bucket=bucket, Key="runs/1", Body=b"content")
    clients["rds"].create_db_parameter_group(DBParameterGroupName="log", DBParameterGroupFamily="postgres18", Description="log")
    fence = {"ParameterName": "default_transaction_read_only", "ParameterValue": "1", "ApplyMethod": "immediate"}
    clients["rds"].modify_db_parameter_group(DBParameterGroupName="log", Parameters=[fence])
    clients["ecs"].create_cluster(clusterName="log")
    clients["cloudwatch"].put_metric_data(Namespace="Log", MetricData=[{"MetricName": "Takeover", "Value": 1}])
    clients["backup"].list_backup_vaults()
    clients["elbv2"].describe_load_balancers()
    entries = [entry for entry in sandbox.requests(before) if entry["caller"] == "operator"]
    assert [(entry["service"], entry["operation"], entry["effect"], entry["summary"]) for entry in entries] == [
        ("s3", "CreateBucket", True, {"Bucket": bucket}),
        ("s3", "PutObject", True, {"Bucket": bucket, "Key": "runs/1"}),
        ("rds", "CreateDBParameterGroup", True, {"DBParameterGroupName": "log"}),
        ("rds", "ModifyDBParameterGroup", True, {"DBParameterGroupName": "log", "Parameters": "default_transaction_read_only=1"}),
        ("ecs", "CreateCluster", True, {"clusterName": "log"}),
        ("cloudwatch", "PutMetricData", True, {"Namespace": "Log", "MetricData": "Takeover=1.0"}),
        ("backup", "ListBackupVaults", False, {}),
        ("elbv2", "DescribeLoadBalancers", False, {}),
    ]
    assert {entry["region"] for entry in entries} == {WEST}
    assert entries[1]["buckets"] == {bucket: WEST}


def test_what_failed_has_no_effect(sandbox: Sandbox, aws: Aws) -> None:
    """A refused write and a lost one are logged, without effect."""
    sns = aws("sns", WEST)
    before = len(sandbox.requests())
    with pytest.raises(ClientError):
        sns.publish(TopicArn=f"arn:aws:sns:{WEST}:123456789012:nowhere", Message="hello")
    sandbox.break_region(WEST, "refuse")
    with pytest.raises(ConnectionClosedError):
        sns.create_topic(Name="lost")
    entries = sandbox.requests(before)
    assert [(entry["operation"], entry["status"], entry["effect"], entry["fault"]) for entry in entries] == [
        ("Publish", 404, False, None),
        ("CreateTopic", None, False, "refuse"),
    ]


def test_secrets_and_contents_stay_out(sandbox: Sandbox, aws: Aws) -> None:
    """Neither the log's file nor the server's own log ever holds a password, a secret's value or a message."""
    canary = f"canary-{uuid4().hex}"
    secrets, rds, s3 = aws("secretsmanager", WEST), aws("rds", WEST), aws("s3", WEST)
    secrets.create_secret(Name=f"log-{uuid4()}", SecretString=canary)
    with pytest.raises(ClientError):
        rds.modify_db_instance(DBInstanceIdentifier="nobody", MasterUserPassword=canary)
    bucket = f"log-{uuid4()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": WEST})
    s3.put_object(Bucket=bucket, Key="a", Body=canary.encode())
    for file in ("requests.jsonl", "server.log"):
        assert canary not in Path(sandbox.root, file).read_text()


def test_the_file_holds_what_the_endpoint_tells(sandbox: Sandbox, aws: Aws) -> None:
    """Each entry is one line of JSON, written when the request ends, numbered without a gap."""
    aws("kms", WEST).list_keys()
    lines = [json.loads(line) for line in Path(sandbox.root, "requests.jsonl").read_text().splitlines()]
    told = sandbox.requests()
    assert lines[: len(told)] == told[: len(lines)]
    assert [entry["seq"] for entry in told] == list(range(1, len(told) + 1))
