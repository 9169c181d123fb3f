"""The server: what the journal and the lease stand on, and what the layers around the emulator must not disturb."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sandbox.launch import Sandbox
from tests.conftest import Aws

WEST = "us-west-2"


@pytest.fixture
def s3(aws: Aws) -> BaseClient:
    return aws("s3", WEST)


@pytest.fixture
def journal(s3: BaseClient) -> str:
    """A bucket as the journal's is: in the recovery region, with Object Lock and so with versions."""
    bucket = f"journal-{uuid.uuid4()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": WEST}, ObjectLockEnabledForBucket=True)
    return bucket


def race(writers: int, write: Callable[[int], object]) -> list[str]:
    """Call *write* with each writer's number, all at once, and return how each ended: ``won``, or its error's code."""
    ends: list[str] = []
    start = threading.Barrier(writers)

    def run(number: int) -> None:
        start.wait()
        try:
            write(number)
        except ClientError as error:
            ends.append(error.response["Error"]["Code"])
        else:
            ends.append("won")

    threads = [threading.Thread(target=run, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def test_a_record_is_written_once(s3: BaseClient, journal: str) -> None:
    """Of eight writers that each want to be the first, exactly one is."""
    for attempt in range(5):
        ends = race(8, lambda number, key=f"run/{attempt}": s3.put_object(Bucket=journal, Key=key, Body=b"%d" % number, IfNoneMatch="*"))  # type: ignore[misc]
        assert ends == ["PreconditionFailed"] * 7 + ["won"]


def test_a_lease_is_compared_and_set(s3: BaseClient, journal: str) -> None:
    """Of eight holders that renew what they read, exactly one renews it."""
    seen = s3.put_object(Bucket=journal, Key="lease", Body=b"first")["ETag"]
    ends = race(8, lambda number: s3.put_object(Bucket=journal, Key="lease", Body=b"%d" % number, IfMatch=seen))
    assert ends == ["PreconditionFailed"] * 7 + ["won"]


def test_every_answer_tells_the_servers_time(s3: BaseClient, journal: str) -> None:
    """The age of a lease is judged by the store's clock, so every answer carries it, refusals too."""
    answers = [s3.put_object(Bucket=journal, Key="a", Body=b"")]
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=journal, Key="a", Body=b"", IfNoneMatch="*")
    for answer in [*answers, refused.value.response]:
        told = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
        assert abs(datetime.now(UTC) - told) < timedelta(seconds=2)


def test_a_slow_call_holds_up_no_other(sandbox: Sandbox, aws: Aws) -> None:
    """While one call waits in a fault, others are answered."""
    sandbox.fault("latency", service="sns", seconds=3)
    slow = threading.Thread(target=aws("sns", WEST).list_topics)
    kms = aws("kms", WEST)
    kms.list_keys()
    slow.start()
    started = time.monotonic()
    kms.list_keys()
    assert time.monotonic() - started < 2
    slow.join()


def test_an_operation_nobody_wrote_says_so(aws: Aws) -> None:
    """A gap in the emulator is an error that names the operation, not a page of HTML."""
    with pytest.raises(ClientError, match="UpdateBudgetAction") as refused:
        aws("budgets", "us-east-1").update_budget_action(AccountId="123456789012", BudgetName="b", ActionId="0" * 36)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_a_bucket_may_be_called_sandbox(aws: Aws) -> None:
    """The control endpoints take nothing away from S3: a signed request is never one of theirs."""
    s3 = aws("s3", "us-east-1")
    s3.create_bucket(Bucket="sandbox")
    s3.put_object(Bucket="sandbox", Key="state", Body=b"of mine")
    assert s3.get_object(Bucket="sandbox", Key="state")["Body"].read() == b"of mine"
