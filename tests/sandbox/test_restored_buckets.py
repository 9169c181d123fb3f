"""A restored bucket against what its source was at a moment, object by object, with the sandbox's S3."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from moto.s3.models import s3_backends

from names import Names
from runbooks.checked import Checked
from runbooks.clock import RealClock
from runbooks.files.bucket import look_into
from runbooks.reach import Reach
from sandbox import kms, s3
from sandbox.lab import Lab
from tests.sandbox.parts import EAST, WEST, client, emptied, running, until
from tests.sandbox.s3.buckets import keys, make_bucket, replicate, rule

RESTORED = "awsbackup-restore-test-media"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab"), kms, s3) as lab:
        yield lab


@pytest.fixture
def lab(served: Lab) -> Lab:
    return emptied(served)


@pytest.fixture
def reach(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Reach:
    environment = {"AWS_ENDPOINT_URL": lab.endpoint, "AWS_ACCESS_KEY_ID": "operator", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Reach(Names(lab.settings), RealClock())


@pytest.fixture
def moment(lab: Lab, reach: Reach) -> datetime:
    """A source whose objects were restored, as AWS Backup does it; what happened after this moment is no business of the restore."""
    east, west = client(lab, "s3"), client(lab, "s3", WEST)
    media, replica = reach.names.media_bucket(EAST), reach.names.media_bucket(WEST)
    make_bucket(east, media)
    make_bucket(west, replica)
    make_bucket(west, RESTORED)
    replicate(east, media, rule(replica))
    for key in ("shoe.jpg", "Größe 42/ä+b &.txt", "empty", "gone"):
        east.put_object(Bucket=media, Key=key, Body=b"" if key == "empty" else key.encode())
    east.delete_object(Bucket=media, Key="gone")
    for key in keys(east, media):
        west.put_object(Bucket=RESTORED, Key=key, Body=east.get_object(Bucket=media, Key=key)["Body"].read())
    until(lambda: len(keys(west, replica)) == 3)
    now = datetime.now(UTC)
    time.sleep(1.01 - time.time() % 1)  # S3 tells whole seconds
    east.put_object(Bucket=media, Key="shoe.jpg", Body=b"another")
    east.put_object(Bucket=media, Key="later", Body=b"later")
    until(lambda: len(keys(west, replica)) == 4)
    return now


def only(found: tuple[Checked, ...]) -> Checked:
    [one] = found
    assert one.name == RESTORED
    return one


def test_a_good_restore_is_well(reach: Reach, moment: datetime) -> None:
    """Later writes, deleted objects, empty ones and keys of any letters included."""
    found = only(look_into(reach, WEST, RESTORED, reach.names.media_bucket(EAST), moment))
    assert (found.well, found.says.split(",")[0]) == (True, "3 objects")
    assert f"compared with {reach.names.media_bucket(EAST)} as of" in found.says


def test_what_is_missing_surplus_or_different_is_named(lab: Lab, reach: Reach, moment: datetime) -> None:
    """Counted by kind, the first few by their keys; an altered byte and another size are told apart."""
    west = client(lab, "s3", WEST)
    west.delete_object(Bucket=RESTORED, Key="empty")
    west.put_object(Bucket=RESTORED, Key="surplus", Body=b"x")
    west.put_object(Bucket=RESTORED, Key="shoe.jpg", Body=b"shoe.jpG")
    west.put_object(Bucket=RESTORED, Key="Größe 42/ä+b &.txt", Body=b"short")
    found = only(look_into(reach, WEST, RESTORED, reach.names.media_bucket(EAST), moment))
    assert not found.well
    for part in ("1 missing (empty)", "1 surplus (surplus)", "1 with another size (Größe 42/ä+b &.txt)", "1 with another", "(shoe.jpg)"):
        assert part in found.says


def test_equal_bytes_under_another_etag_are_read_and_well(reach: Reach, moment: datetime) -> None:
    """A restore may cut an object in parts, or lie under another key: then neither ETag nor checksum tells, and the bytes do."""
    [restored] = s3_backends["123456789012"]["aws"].buckets[RESTORED].keys.getlist("shoe.jpg")
    restored._etag, restored.checksum_algorithm = "0" * 32 + "-2", None
    assert only(look_into(reach, WEST, RESTORED, reach.names.media_bucket(EAST), moment)).well
    restored.value = b"shoe.jpG"
    assert "1 with other bytes (shoe.jpg)" in only(look_into(reach, WEST, RESTORED, reach.names.media_bucket(EAST), moment)).says


def test_the_replica_stands_in_for_a_source_that_is_dark(lab: Lab, reach: Reach, moment: datetime) -> None:
    """Which is said."""
    lab.regions.break_region(EAST, "refuse")
    found = only(look_into(reach, WEST, RESTORED, reach.names.media_bucket(EAST), moment))
    assert found.well
    assert f"INCOMPLETE with {reach.names.media_bucket(EAST)}" in found.says
    assert f"compared with {reach.names.media_bucket(WEST)}" in found.says


def test_without_anything_to_compare_with_nothing_is_well(lab: Lab, reach: Reach) -> None:
    """A source that is not there is no reason to believe a restore."""
    make_bucket(client(lab, "s3", WEST), RESTORED)
    found = only(look_into(reach, WEST, RESTORED, "nobody's", datetime.now(UTC)))
    assert (found.well, "INCOMPLETE" in found.says) == (False, True)
