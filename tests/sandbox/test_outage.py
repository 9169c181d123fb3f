"""A dark region: silent for everything that is signed for it or lives in it, and for nothing else."""

import threading
from uuid import uuid4

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from sandbox.client import SandboxError
from sandbox.launch import Sandbox
from tests.conftest import Aws
from tests.sandbox.parts import until

EAST, WEST = "us-east-1", "us-west-2"


def test_a_region_that_refuses_cuts_every_connection(sandbox: Sandbox, aws: Aws) -> None:
    """Calls for the dark region fail at once; the other region answers."""
    sandbox.break_region(EAST, "refuse")
    with pytest.raises(ConnectionClosedError):
        aws("rds", EAST).describe_db_instances()
    aws("rds", WEST).describe_db_instances()


def test_a_region_that_hangs_answers_nothing(sandbox: Sandbox, aws: Aws) -> None:
    """A call waits for its own read time-out, and is not carried out."""
    sandbox.break_region(EAST, "hang")
    with pytest.raises(ReadTimeoutError):
        aws("sns", EAST, read_timeout=0.5).create_topic(Name="unheard")
    sandbox.heal_region(EAST)
    assert not [topic for topic in aws("sns", EAST).list_topics()["Topics"] if topic["TopicArn"].endswith(":unheard")]


def test_route_53_and_iam_go_dark_with_their_region(sandbox: Sandbox, aws: Aws) -> None:
    """Their control planes live in us-east-1, whatever region they are asked from."""
    sandbox.break_region(EAST, "refuse")
    for service, operation in (("route53", "list_hosted_zones"), ("iam", "list_roles")):
        with pytest.raises(ConnectionClosedError):
            getattr(aws(service, WEST), operation)()


def test_a_bucket_goes_dark_with_the_region_where_it_is(sandbox: Sandbox, aws: Aws) -> None:
    """A bucket in the dark region is out of reach by either region's endpoint, also as the source of a copy; others are not."""
    lost, kept = f"lost-{uuid4()}", f"kept-{uuid4()}"
    aws("s3", EAST).create_bucket(Bucket=lost)
    west = aws("s3", WEST)
    west.create_bucket(Bucket=kept, CreateBucketConfiguration={"LocationConstraint": WEST})
    sandbox.break_region(EAST, "refuse")
    with pytest.raises(ConnectionClosedError):
        west.list_objects_v2(Bucket=lost)
    with pytest.raises(ConnectionClosedError):
        west.copy_object(Bucket=kept, Key="a", CopySource={"Bucket": lost, "Key": "a"})
    west.put_object(Bucket=kept, Key="a")


def test_healing_answers_again_and_lets_the_waiting_go(sandbox: Sandbox, aws: Aws) -> None:
    """A call that hung through the outage is cut at its end and not carried out; the next one is answered."""
    ends: list[type[Exception]] = []
    kms = aws("kms", EAST)
    sandbox.break_region(EAST, "hang")

    def wait() -> None:
        try:
            kms.list_keys()
        except ConnectionClosedError as error:
            ends.append(type(error))

    before = len(sandbox.requests())
    waiting = threading.Thread(target=wait)
    waiting.start()
    until(lambda: len(sandbox.requests(before)) == 1)
    sandbox.heal_region(EAST)
    waiting.join(5)
    assert ends == [ConnectionClosedError]
    kms.list_keys()


def test_an_answer_in_the_making_is_lost_with_its_region(sandbox: Sandbox, aws: Aws) -> None:
    """A call that was being carried out when its region went dark is done, and its client is not told."""
    sns = aws("sns", EAST)
    sandbox.fault("latency", service="sns", seconds=1)
    before = len(sandbox.requests())
    breaking = threading.Timer(0.3, sandbox.break_region, [EAST, "refuse"])
    breaking.start()
    with pytest.raises(ConnectionClosedError):
        sns.create_topic(Name="unseen")
    breaking.join()
    (entry,) = sandbox.requests(before)
    assert (entry["operation"], entry["status"], entry["effect"], entry["fault"]) == ("CreateTopic", None, True, "refuse")


def test_only_its_own_regions_can_break(sandbox: Sandbox) -> None:
    """A misspelt region or mode is an error that names the right ones."""
    with pytest.raises(SandboxError, match="us-east-1 and us-west-2"):
        sandbox.break_region("us-east-2")
    with pytest.raises(SandboxError, match="hang or refuse"):
        sandbox.ask("POST", f"regions/{EAST}/break", {"mode": "slow"})
