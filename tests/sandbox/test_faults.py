"""Faults: each kind does what it says, to the requests it names and to no others."""

import socket
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from uuid import uuid4

import psutil
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from sandbox.calls import Answer, Call
from sandbox.client import SandboxError
from sandbox.faults import Fault, Faults
from sandbox.launch import Sandbox
from tests.conftest import Aws
from tests.sandbox.parts import until

EAST, WEST = "us-east-1", "us-west-2"
READS: dict[str, str] = {
    "rds": "describe_db_instances",  # query
    "s3": "list_buckets",  # rest-xml, as only S3 speaks it
    "route53": "list_hosted_zones",  # rest-xml
    "ecs": "list_clusters",  # json
    "backup": "list_backup_vaults",  # rest-json
    "cloudwatch": "describe_alarms",  # json, and query before it
    "ec2": "describe_vpcs",  # ec2
}
CODES: dict[str, dict[str, str]] = {
    "throttle": {
        "rds": "Throttling",
        "s3": "SlowDown",
        "route53": "Throttling",
        "ecs": "ThrottlingException",
        "backup": "ThrottlingException",
        "cloudwatch": "ThrottlingException",
        "ec2": "Throttling",
    },
    "unavailable": {"rds": "ServiceUnavailable", "s3": "ServiceUnavailable", "ecs": "ServiceUnavailableException"},
    "deny": {"rds": "AccessDenied", "s3": "AccessDenied", "backup": "AccessDeniedException"},
    "expired": {"rds": "ExpiredToken", "s3": "ExpiredToken", "ecs": "ExpiredTokenException"},
    "skewed": {"rds": "RequestTimeTooSkewed", "s3": "RequestTimeTooSkewed", "ecs": "RequestTimeTooSkewed"},
}


def code(client: BaseClient, operation: str) -> str:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)()
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize("kind", CODES)
def test_each_service_refuses_in_its_own_words(kind: str, sandbox: Sandbox, aws: Aws) -> None:
    """boto3 reads the code that this service would send, in the protocol this service speaks."""
    clients = {service: aws(service, WEST) for service in CODES[kind]}
    sandbox.fault(kind)
    assert {service: code(client, READS[service]) for service, client in clients.items()} == CODES[kind]


def test_a_fault_hits_only_what_it_names(sandbox: Sandbox, aws: Aws) -> None:
    """Service, operation pattern, region and parameter must all match."""
    ours, other = f"ours-{uuid4()}", f"other-{uuid4()}"
    s3 = aws("s3", EAST)
    for bucket in (ours, other):
        s3.create_bucket(Bucket=bucket)
    sandbox.fault("deny", service="s3", operation="Put*", region=EAST, where={"Bucket": "ours-*"})
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=ours, Key="a")
    s3.put_object(Bucket=other, Key="a")
    s3.list_objects_v2(Bucket=ours)
    aws("s3", WEST).put_object(Bucket=ours, Key="a")
    aws("sns", EAST).create_topic(Name="a")


def test_a_fault_that_is_removed_is_over(sandbox: Sandbox, aws: Aws) -> None:
    """Removing one fault leaves the others; what is left is listed."""
    first = sandbox.fault("deny", service="sns")
    second = sandbox.fault("deny", service="kms")
    sandbox.ask("DELETE", f"faults/{first}")
    aws("sns", WEST).list_topics()
    assert [fault["id"] for fault in sandbox.faults()] == [second]
    with pytest.raises(SandboxError, match=f"no fault {first}"):
        sandbox.ask("DELETE", f"faults/{first}")


def test_latency_waits_and_then_does_it(sandbox: Sandbox, aws: Aws) -> None:
    """A slow answer is a right answer."""
    kms = aws("kms", WEST)
    sandbox.fault("latency", service="kms", seconds=0.5, times=1)
    started = time.monotonic()
    kms.create_key()
    assert 0.5 <= time.monotonic() - started < 3


def test_skew_moves_the_servers_clock(sandbox: Sandbox, aws: Aws) -> None:
    """The answer is right but for its date, ten minutes ahead."""
    sandbox.fault("skew", service="s3", seconds=600)
    told = parsedate_to_datetime(aws("s3", WEST).list_buckets()["ResponseMetadata"]["HTTPHeaders"]["date"])
    assert 595 < (told - datetime.now(UTC)).total_seconds() < 605


def test_skew_leaves_the_servers_two_times_at_one(sandbox: Sandbox, aws: Aws) -> None:
    """What was written now was written now, by the server's own clock: ages do not change with it."""
    s3, bucket = aws("s3", WEST), f"skewed-{uuid4()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": WEST})
    s3.put_object(Bucket=bucket, Key="now", Body=b"")
    sandbox.fault("skew", service="s3", seconds=-600)
    answer = s3.get_object(Bucket=bucket, Key="now")
    assert abs((parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]) - answer["LastModified"]).total_seconds()) < 5


def test_a_fault_may_hit_one_caller_alone(sandbox: Sandbox, aws: Aws) -> None:
    """Credentials expire for who holds them; the others' go on."""
    sandbox.fault("expired", caller="somebody-else")
    aws("rds", WEST).describe_db_instances()
    sandbox.fault("expired", caller=sandbox.environment()["AWS_ACCESS_KEY_ID"])
    assert code(aws("rds", WEST), "describe_db_instances") == "ExpiredToken"


@pytest.mark.parametrize(("kind", "error", "done"), [("hang", ReadTimeoutError, False), ("drop", ConnectionClosedError, False)])
def test_what_is_not_answered_is_not_done(kind: str, error: type[Exception], done: bool, sandbox: Sandbox, aws: Aws) -> None:
    """A hung or dropped call leaves no trace in the emulator."""
    sns = aws("sns", WEST, read_timeout=0.5)
    name = f"{kind}-{uuid4()}"
    sandbox.fault(kind, service="sns", operation="CreateTopic")
    with pytest.raises(error):
        sns.create_topic(Name=name)
    assert any(topic["TopicArn"].endswith(name) for topic in sns.list_topics()["Topics"]) is done


def test_what_is_swallowed_is_done(sandbox: Sandbox, aws: Aws) -> None:
    """Sent, done, and the answer never seen: the log shows the effect."""
    sns = aws("sns", WEST, read_timeout=0.5)
    name = f"swallow-{uuid4()}"
    before = len(sandbox.requests())
    sandbox.fault("swallow", service="sns", operation="CreateTopic")
    with pytest.raises(ReadTimeoutError):
        sns.create_topic(Name=name)
    (entry,) = [entry for entry in sandbox.requests(before) if entry["operation"] == "CreateTopic"]
    assert (entry["status"], entry["effect"], entry["fault"]) == (None, True, "swallow")
    assert any(topic["TopicArn"].endswith(name) for topic in sns.list_topics()["Topics"])


WRITES: dict[str, tuple[str, dict[str, object]]] = {
    "rds": ("create_db_parameter_group", {"DBParameterGroupName": "a", "DBParameterGroupFamily": "postgres18", "Description": "a"}),
    "s3": ("put_object", {"Bucket": "nowhere", "Key": "a"}),
    "route53": ("change_tags_for_resource", {"ResourceType": "healthcheck", "ResourceId": "a"}),
    "ecs": ("create_cluster", {"clusterName": "pretended"}),
    "backup": ("create_backup_vault", {"BackupVaultName": "pretended"}),
    "cloudwatch": ("put_metric_data", {"Namespace": "a", "MetricData": [{"MetricName": "pretended", "Value": 1}]}),
    "ec2": ("delete_vpc", {"VpcId": "vpc-1"}),
}


@pytest.mark.parametrize("service", WRITES)
def test_what_is_pretended_is_not_done(service: str, sandbox: Sandbox, aws: Aws) -> None:
    """The client reads success in whatever protocol it speaks, even where there is nothing to act on; the log shows no effect."""
    operation, arguments = WRITES[service]
    before = len(sandbox.requests())
    sandbox.fault("pretend", service=service)
    answer = getattr(aws(service, WEST), operation)(**arguments)
    (entry,) = sandbox.requests(before)
    assert (entry["status"], entry["effect"], entry["fault"]) == (answer["ResponseMetadata"]["HTTPStatusCode"], False, "pretend")


def test_what_is_pretended_leaves_no_trace(sandbox: Sandbox, aws: Aws) -> None:
    """A pretended success never reached the emulator."""
    sns, name = aws("sns", WEST), f"pretend-{uuid4()}"
    sandbox.fault("pretend", service="sns", operation="CreateTopic")
    sns.create_topic(Name=name)
    assert not any(topic["TopicArn"].endswith(name) for topic in sns.list_topics()["Topics"])


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    """A misspelt fault is an error, not a fault that never happens."""
    with pytest.raises(SandboxError, match="kind"):
        sandbox.fault("thorttle")
    with pytest.raises(SandboxError, match="servcie"):
        sandbox.fault("throttle", servcie="rds")
    assert sandbox.faults() == []


def answers(faults: Faults, times: int) -> list[int]:
    """Return the statuses of *times* equal calls of an emulator that is always well."""
    call = Call({"REQUEST_METHOD": "POST", "wsgi.input": BytesIO()}, "operator", "ecs", WEST, "UpdateService")
    return [faults.around(lambda _: Answer(200, [], b""))(call).status for _ in range(times)]


def test_a_fault_may_come_late_and_pass() -> None:
    """``after`` lets the first ones by, ``times`` counts those that are hit."""
    faults = Faults(time.sleep)
    faults.add(Fault(kind="unavailable", after=2, times=3))
    assert answers(faults, 7) == [200, 200, 503, 503, 503, 200, 200]
    assert faults.listed() == []


def test_a_storm_is_the_same_storm_every_time() -> None:
    """Equal seeds hit the same calls, about as many as the rate says; another seed hits others."""

    def storm(seed: int) -> list[int]:
        faults = Faults(time.sleep, seed)
        faults.add(Fault(kind="unavailable", rate=0.5))
        return answers(faults, 400)

    assert storm(1) == storm(1) != storm(2)
    assert 150 < storm(1).count(503) < 250


def test_hung_calls_cost_no_threads(sandbox: Sandbox) -> None:
    """Sixty silent connections are held by one thread, and let go when their clients leave."""
    server = psutil.Process(sandbox.pid)
    sandbox.fault("hang")
    host, port = sandbox.endpoint.removeprefix("http://").split(":")
    threads = server.num_threads()
    before = len(sandbox.requests())
    clients = [socket.create_connection((host, int(port))) for _ in range(60)]
    for client in clients:
        client.sendall(b"GET /hung HTTP/1.1\r\nHost: sandbox\r\n\r\n")
    until(lambda: len(sandbox.requests(before)) == 60)
    until(lambda: server.num_threads() <= threads + 3)
    descriptors = server.num_fds()
    for client in clients:
        client.close()
    until(lambda: server.num_fds() <= descriptors - 60)
