"""Files that S3 has archived come back, however often the operator dies on the way; and what the sandbox's archives answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto.s3.models import s3_backends

from sandbox import kms, s3
from sandbox.client import Client
from sandbox.lab import Lab
from tests.sandbox.parts import WEST, client, emptied, running, until
from tests.sandbox.restoring import Shop, opened

OLD, COLD = "old/schuh größe 42+.jpg", "old/cold.jpg"
STANDARD = {"Days": 7, "GlacierJobParameters": {"Tier": "Standard"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def shop(served: Lab, tmp_path: Path) -> Shop:
    return opened(emptied(served), tmp_path)


def test_an_archived_version_is_read_once_it_is_thawed(shop: Shop) -> None:
    """Until then neither read nor copied; asked for twice, S3 says that it is under way, and the list says how it stands."""
    api, bucket = client(shop.lab, "s3"), shop.bucket()
    shop.lab.times.thaw_hour = 0.2
    shop.fill({OLD: b"old"}, "GLACIER")
    shop.fill({"at once": b"x"}, "GLACIER_IR")
    shop.fill({COLD: b"cold"}, "DEEP_ARCHIVE")

    def refusal(operation: str, **asked: object) -> str:
        with pytest.raises(ClientError) as refused:
            getattr(api, operation)(**asked)
        return str(refused.value.response["Error"]["Code"])

    def listed() -> dict[str, object]:
        found = api.list_object_versions(Bucket=bucket, Prefix=OLD, OptionalObjectAttributes=["RestoreStatus"])["Versions"]
        return dict(found[0].get("RestoreStatus", {}))

    assert api.get_object(Bucket=bucket, Key="at once")["Body"].read() == b"x"
    assert refusal("restore_object", Bucket=bucket, Key="at once", RestoreRequest=STANDARD) == "InvalidObjectState"
    expedited = {"Days": 7, "GlacierJobParameters": {"Tier": "Expedited"}}
    assert refusal("restore_object", Bucket=bucket, Key=COLD, RestoreRequest=expedited) == "InvalidArgument"
    assert (refusal("get_object", Bucket=bucket, Key=OLD), listed()) == ("InvalidObjectState", {})
    assert api.restore_object(Bucket=bucket, Key=OLD, RestoreRequest=STANDARD)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert refusal("restore_object", Bucket=bucket, Key=OLD, RestoreRequest=STANDARD) == "RestoreAlreadyInProgress"
    assert (api.head_object(Bucket=bucket, Key=OLD)["Restore"], listed()) == ('ongoing-request="true"', {"IsRestoreInProgress": True})
    copied = {"Bucket": bucket, "Key": "copy", "CopySource": {"Bucket": bucket, "Key": OLD}}
    assert refusal("copy_object", **copied) == "ObjectNotInActiveTierError"
    until(lambda: not listed()["IsRestoreInProgress"])
    assert set(listed()) == {"IsRestoreInProgress", "RestoreExpiryDate"}
    assert 'ongoing-request="false", expiry-date=' in api.head_object(Bucket=bucket, Key=OLD)["Restore"]
    api.copy_object(**copied)
    assert api.get_object(Bucket=bucket, Key="copy")["Body"].read() == api.get_object(Bucket=bucket, Key=OLD)["Body"].read() == b"old"
    assert api.restore_object(Bucket=bucket, Key=OLD, RestoreRequest=STANDARD)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_killed_in_every_step_a_restore_is_carried_on_with(shop: Shop) -> None:
    """While it thaws, copies, compares and hides, and between two steps: each time another carries on, asks for nothing and copies
    nothing a second time, and in the end all is as it was.
    """
    shop.lab.times.thaw_hour = 0.3
    shop.fill({f"shoes/{number:03}": b"shoe %d" % number for number in range(60)})
    shop.fill({f"old/{number:03}": b"old %d" % number for number in range(20)}, "GLACIER")
    shop.fill({OLD: b"old"}, "GLACIER")
    odd = s3_backends[shop.lab.settings.account]["aws"].buckets[shop.bucket()].keys["shoes/000"]
    odd._etag = "0" * 32 + "-2"  # as of an upload in parts: only a look at both tells whether a copy is the same
    before = shop.all_is_well()
    shop.fill(dict.fromkeys(before, b"pay us"))
    shop.fill({"later": b"later"})
    count, asked = shop.versions(), Client(shop.lab.endpoint)
    since = asked.requests()[-1]["seq"]
    words = ("--kind", "media", "--at", shop.at, "--replace", "--exact", "--yes", shop.bucket())
    shop.dies(shop.begins(*words), service="s3", operation="RestoreObject", after=5)
    resumed = ("--resume", "--yes", shop.bucket())
    shop.dies(shop.begins(*resumed), service="s3", operation="CopyObject", after=9)
    shop.dies(shop.begins(*resumed), service="s3", operation="HeadObject", where={"Key": "shoes/000"})
    shop.dies(shop.begins(*resumed), service="s3", operation="DeleteObjects")
    shop.dies(shop.begins(*resumed), service="s3", operation="PutObject", region=WEST, where={"Key": "runs/*/00*.json"}, after=2)
    code, _, err = shop.ends(*resumed)
    assert code == 0, err
    assert shop.contents() == before
    thawed = [each for each in asked.requests(since) if each["operation"] == "RestoreObject" and each["effect"]]
    assert (shop.versions() - count, len(thawed)) == (len(before), 21)
    assert [each["outcome"] for each in shop.records() if each["kind"] == "closed"] == ["completed"]


def test_what_it_takes_to_thaw_is_said_beforehand(shop: Shop) -> None:
    """How long S3 takes, what it costs, and which way there is none."""
    shop.fill({COLD: b"cold", "old/more": b"more"}, "DEEP_ARCHIVE")
    shop.all_is_well()
    shop.delete(COLD, "old/more")
    code, out, err = shop.restores("--at", shop.at, "--replace", "--thaw", "bulk", "--dry-run")
    assert code == 0, err
    assert "2 must be thawed from DEEP_ARCHIVE first, within 48 hours, the cheapest way (bulk)" in out
    assert "8 thawed bytes are stored twice for 7 days" in out
    assert shop.refused("--at", shop.at, "--replace", "--thaw", "expedited") == (
        "DEEP_ARCHIVE cannot be thawed expedited",
        "choose --thaw standard or --thaw bulk",
    )
