"""What speaks for and against a region taking over, read from photographs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from runbooks.aws.cloudwatch import Reading
from runbooks.aws.ecs import Service
from runbooks.readiness import BACKUP_AGE, findings, measured_loss, red
from runbooks.world import FileLag, RegionView
from sections import FileKind
from tests.runbooks.pictures import EAST, NAMES, NOW, WEST, lost, seen, standby

POINT = standby().backups["RDS"]


def test_a_region_as_it_should_be_has_nothing_red() -> None:
    """Everything well: every finding is green, and each says what was seen."""
    found = findings(seen(), NAMES, WEST)
    assert red(found, blocking=False) == []
    names = {finding.name for finding in found}
    assert names >= {
        "replica",
        "lag",
        "media",
        "uploads",
        "assets",
        "cdn",
        "standby",
        "key data",
        "switch",
        "routing",
        "last backup RDS",
        "point-in-time",
    }


def with_lag(kind: FileKind, lag: FileLag | None) -> RegionView:
    """The standby region with another lag of one kind of files; None where S3 has measured none."""
    others = {each: found for each, found in standby().files.items() if each != kind}
    return replace(standby(), files=others | ({kind: lag} if lag else {}))


WORSE: list[tuple[str, RegionView, str]] = [
    (
        "old backup",
        replace(standby(), backups={"RDS": replace(POINT, created_at=NOW - BACKUP_AGE - timedelta(minutes=1))}),
        "last backup RDS",
    ),
    ("no backup", replace(standby(), backups={}), "last backup"),
    ("no tasks", replace(standby(), service=Service(1, 0, "ACTIVE", "unable to place a task")), "standby"),
    ("media behind", with_lag("media", FileLag(4096.0, 901.0, NOW)), "media"),
    ("uploads unmeasured", with_lag("uploads", None), "uploads"),
    ("no automated backups", replace(standby(), replicated_backups=()), "point-in-time"),
    ("vault key", replace(standby(), keys=standby().keys | {"vault": "PendingDeletion"}), "key vault"),  # type: ignore[operator]
    ("lag", standby(timedelta(minutes=16)), "lag"),
    ("password", replace(standby(), unseen={"replay": "password authentication failed"}), "database access"),
    ("secret", replace(standby(), unseen={"credentials": "no such secret"}), "database access"),
]


@pytest.mark.parametrize(("view", "name"), [row[1:] for row in WORSE], ids=[row[0] for row in WORSE])
def test_what_is_not_well_is_named_and_does_not_block(view: RegionView, name: str) -> None:
    """One thing wrong is one red finding with a way out; only what a failover stands on blocks it."""
    [finding] = red(findings(seen(west=view), NAMES, WEST), blocking=False)
    assert finding.name == name
    assert finding.hint
    assert not finding.blocks


def test_the_replica_of_a_lost_region_is_well_though_cut_off() -> None:
    """A replica whose source is gone no longer replicates; that is why it is there."""
    view = replace(standby(), database=replace(standby().database, replication="error"))  # type: ignore[type-var]
    replica = next(finding for finding in findings(seen(east=lost(EAST), west=view), NAMES, WEST) if finding.name == "replica")
    assert replica.well
    assert "cut off from us-east-1" in replica.says


def test_cloudwatch_measures_what_the_replica_cannot_be_asked() -> None:
    """Without SQL, the newest ReplicaLag minute stands in, and says so."""
    view = replace(standby(), replay=None, lag_metric=Reading(30.0, NOW - timedelta(seconds=60)))
    loss = measured_loss(view, NOW)
    assert loss.seconds == 90.0
    assert "ReplicaLag" in loss.how
