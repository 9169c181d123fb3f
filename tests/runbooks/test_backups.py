"""Which backups are asked for, what each one is, and how it is told."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from math import inf

import pytest
from botocore.awsrequest import AWSResponse
from rich.console import Console

from names import Names
from runbooks import backups, backups_table
from runbooks.aws.recovery_points import Point, Question, kind_of, page
from runbooks.aws.session import Door
from runbooks.backups import Wanted
from runbooks.errors import Busy, Refused, Unreachable
from runbooks.parts import Part
from tests.runbooks.pictures import EAST, NAMES, WEST

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTHING = dict.fromkeys(("target", "state", "since", "until", "region"), "")
POINT = Point(
    "arn:p", "database", "copy", "COMPLETED", NOW, NOW + timedelta(days=1), 3 << 30, "warm", WEST, "vault", "arn:aws:rds:::db:orders", ""
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", None),
        ("90m", NOW - timedelta(minutes=90)),
        ("12h", NOW - timedelta(hours=12)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00+02:00", datetime(2026, 11, 20, 8, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_or_an_age(text: str, meant: datetime | None) -> None:
    """Without a zone it is UTC."""
    assert backups.moment("since", text, NOW) == meant


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "databse"}, "--target databse is unknown"),
        ({"state": "done"}, "--state DONE is unknown"),
        ({"region": "eu-west-1"}, "--region eu-west-1 is unknown"),
        ({"since": "yesterday"}, "--since yesterday is not a moment"),
        ({"since": "1d", "until": "2d"}, "--since 1d is not before --until 2d"),
        ({"target": "application"}, "what is kept of the application are no recovery points of AWS Backup"),
    ],
)
def test_what_means_nothing_is_refused(given: dict[str, str], message: str) -> None:
    """Before anything is asked, and with what would be understood."""
    with pytest.raises(Refused) as refused:
        backups.wanted(NAMES, NOW, NOTHING | given, (), 0)
    assert refused.value.message == message
    assert refused.value.hint


def test_the_air_gapped_vaults_are_read_too_where_there_are_any() -> None:
    """In each region, its own."""
    sections = NAMES.settings.vaults
    for air_gapped in (False, True):
        settings = NAMES.settings.model_copy(update={"vaults": sections.model_copy(update={"air_gapped": air_gapped})})
        names = Names(settings)
        ours = [(region, names.vault(region)) for region in (EAST, WEST)]
        ours += [(region, names.air_gapped_vault(region)) for region in (EAST, WEST)] if air_gapped else []
        assert sorted((part.region, part.vault) for part in backups.vaults(names, Wanted())) == sorted(ours)


def test_a_vault_of_ours_is_read_in_its_region_and_a_strangers_in_each() -> None:
    """And one that is not in the region that is asked for is no empty list."""
    ours = NAMES.vault(WEST)
    assert backups.vaults(NAMES, Wanted(vaults=(ours,))) == [Part(WEST, ours)]
    assert backups.vaults(NAMES, Wanted(vaults=("theirs",))) == [Part(region, "theirs") for region in NAMES.settings.regions]
    with pytest.raises(Refused, match=f"{ours} is not in {EAST}"):
        backups.vaults(NAMES, Wanted(vaults=(ours,), region=EAST))


def test_aws_is_asked_for_no_more_time_than_is_wanted() -> None:
    """In whole seconds, which hold all that is wanted."""
    [part] = backups.vaults(NAMES, Wanted(region=EAST, since=NOW + timedelta(milliseconds=900), vaults=("v",)))
    assert (part.after, part.before) == (NOW.timestamp(), inf)


@pytest.mark.parametrize(
    ("arn", "source", "kind"),
    [
        ("arn:aws:backup:us-east-1:1:recovery-point:1EB3", "", "snapshot"),
        ("arn:aws:backup:us-east-1:1:recovery-point:continuous:db-1", "", "continuous"),
        ("arn:aws:backup:us-west-2:1:recovery-point:1EB3", "arn:aws:backup:us-east-1:1:backup-vault:there", "copy"),
        ("arn:aws:rds:us-west-2:1:snapshot:awsbackup:copyjob-1", "", "copy"),
        ("arn:aws:rds:us-east-1:1:snapshot:awsbackup:job-1", "arn:aws:backup:us-east-1:1:backup-vault:here", "snapshot"),
    ],
)
def test_a_recovery_point_is_called_what_it_is(arn: str, source: str, kind: str) -> None:
    """AWS's list has no word for it."""
    assert kind_of(arn, source, "here") == kind


def test_a_line_says_all_of_a_backup() -> None:
    """When, what, of which kind, how it is, how large, where, and until when."""
    told = backups_table.line(POINT).split()
    assert told[:4] == ["2026-11-22", "12:00:00Z", "database", "copy"]
    assert told[4:] == ["COMPLETED", "3.0", "GiB", "warm", "2026-11-23", "us-west-2", "vault", "orders", "arn:p"]


@pytest.mark.parametrize(("count", "says"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (1 << 50, "1024.0 TiB")])
def test_a_size_is_said_as_people_say_it(count: int, says: str) -> None:
    """In the unit that leaves the least to count."""
    assert backups_table.size(count) == says


class Found:
    """What a listing has found, without any."""

    def __init__(self, *batches: list[Point]) -> None:
        self._batches, self.troubles, self.count = batches, {"us-east-1": "no answer"}, sum(map(len, batches))

    def batches(self) -> list[list[Point]]:
        return list(self._batches)


def test_nothing_is_said_as_nothing() -> None:
    """Without a heading over it."""
    out = StringIO()
    backups_table.show(Console(file=out), Found())  # type: ignore[arg-type]
    assert out.getvalue() == "No backups.\n"


def answered(status: int, body: bytes) -> Door:
    """Return a door behind which AWS answers *body* to everything."""

    class Answer(AWSResponse):  # type: ignore[misc]
        content = body

    door = Door(EAST, endpoint="http://127.0.0.1:1")
    events = door.client("backup", unparsed=True).meta.events
    events.register("before-send", lambda **_: Answer("http://127.0.0.1:1", status, {}, None))
    return door


ALL = Question("v", "", NOW.timestamp())


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "nobody")


def test_a_page_is_read_as_it_was_sent() -> None:
    """A list that AWS leaves out, or sends as null, holds nothing; what was made outside the span is left to its neighbour."""
    assert page(answered(200, b"{}"), ALL, (-inf, inf)).points == []
    body = b'{"RecoveryPoints": [{"RecoveryPointArn": "arn:1", "CreationDate": 5.5, "CalculatedLifecycle": null}], "NextToken": "more"}'
    read = page(answered(200, body), ALL, (5.0, 6.0))
    assert [(made, point.arn, point.expires) for made, point in read.points] == [(5.5, "arn:1", None)]
    assert read.more == "more"
    assert page(answered(200, body), ALL, (6.0, 7.0)).points == []


def test_a_page_that_breaks_off_is_no_answer() -> None:
    """Whatever its status says: half a page must not pass for a whole one."""
    with pytest.raises(Unreachable, match="backup list-recovery-points-by-backup-vault in us-east-1: no answer"):
        page(answered(200, b'{"RecoveryPoints": [{"Recov'), ALL, (-inf, inf))


def test_a_refusal_is_told_as_everywhere_else() -> None:
    """Botocore reads it, and it is sorted into our errors."""
    body = b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'
    with pytest.raises(Busy, match="Rate exceeded"):
        page(answered(400, body), ALL, (-inf, inf))
