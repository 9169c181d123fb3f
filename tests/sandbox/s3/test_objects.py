"""Conditional writes, locks and digests: refusals that hold."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.sandbox.s3.buckets import keys, make_bucket


@pytest.fixture
def locked(east: BaseClient) -> str:
    """A bucket where every object is kept for a day."""
    make_bucket(east, "evidence", locked=True)
    retention = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    east.put_object_lock_configuration(Bucket="evidence", ObjectLockConfiguration=retention)
    return "evidence"


def test_one_of_many_conditional_writes_wins(east: BaseClient) -> None:
    """Eight writers who each want to be first: one is, seven are told 412."""
    make_bucket(east, "journal")

    def write(writer: int) -> int:
        try:
            answer = east.put_object(Bucket="journal", Key="lease", Body=str(writer).encode(), IfNoneMatch="*")
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return int(answer["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(8) as writers:
        assert sorted(writers.map(write, range(8))) == [200] + [412] * 7


def test_a_write_over_a_known_version_needs_its_etag(east: BaseClient) -> None:
    """IfMatch with another etag is refused with 412; with the right one it is done."""
    make_bucket(east, "journal")
    etag = east.put_object(Bucket="journal", Key="lease", Body=b"1")["ETag"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        east.put_object(Bucket="journal", Key="lease", Body=b"2", IfMatch='"0123"')
    assert east.put_object(Bucket="journal", Key="lease", Body=b"2", IfMatch=etag)["ETag"] != etag


def test_the_buckets_retention_is_every_objects(east: BaseClient, locked: str) -> None:
    """An object written without retention has the bucket's, it can be read, and its version cannot be deleted."""
    version = east.put_object(Bucket=locked, Key="step", Body=b"done")["VersionId"]
    kept = east.get_object_retention(Bucket=locked, Key="step")["Retention"]
    assert kept["Mode"] == "COMPLIANCE"
    assert timedelta(hours=23) < kept["RetainUntilDate"] - datetime.now(UTC) <= timedelta(hours=24)
    with pytest.raises(ClientError, match="AccessDenied"):
        east.delete_object(Bucket=locked, Key="step", VersionId=version)


def test_compliance_retention_grows_and_never_shrinks(east: BaseClient, locked: str) -> None:
    """A later date is taken, an earlier one refused, also with the bypass."""
    east.put_object(Bucket=locked, Key="step", Body=b"done")
    later, sooner = (datetime.now(UTC) + timedelta(days=days) for days in (3, 2))
    east.put_object_retention(Bucket=locked, Key="step", Retention={"Mode": "COMPLIANCE", "RetainUntilDate": later})
    for retention in ({"Mode": "COMPLIANCE", "RetainUntilDate": sooner}, {"Mode": "GOVERNANCE", "RetainUntilDate": later}):
        with pytest.raises(ClientError, match="AccessDenied"):
            east.put_object_retention(Bucket=locked, Key="step", Retention=retention, BypassGovernanceRetention=True)


def test_an_object_without_retention_says_so(east: BaseClient) -> None:
    """In a bucket with Object Lock and no default, an object has no retention to read."""
    make_bucket(east, "evidence", locked=True)
    east.put_object(Bucket="evidence", Key="step", Body=b"done")
    with pytest.raises(ClientError, match="NoSuchObjectLockConfiguration"):
        east.get_object_retention(Bucket="evidence", Key="step")


def test_a_body_that_is_not_what_its_checksum_says_is_refused(east: BaseClient) -> None:
    """A wrong SHA-256 ends in BadDigest and nothing is written; the right one is taken."""
    make_bucket(east, "journal")
    right, wrong = (base64.b64encode(hashlib.sha256(body).digest()).decode() for body in (b"step", b"other"))
    with pytest.raises(ClientError, match="BadDigest"):
        east.put_object(Bucket="journal", Key="step", Body=b"step", ChecksumSHA256=wrong)
    assert keys(east, "journal") == []
    east.put_object(Bucket="journal", Key="step", Body=b"step", ChecksumSHA256=right)


def test_answers_carry_the_servers_time(east: BaseClient) -> None:
    """The lease's age is taken from the Date header."""
    make_bucket(east, "journal")
    assert "date" in east.put_object(Bucket="journal", Key="lease", Body=b"1")["ResponseMetadata"]["HTTPHeaders"]
