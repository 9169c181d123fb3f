"""Backups as an operator lists, cancels and deletes them, on the sandbox's AWS Backup."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast

import pytest
from moto.backup.models import backup_backends

from names import Names
from runbooks import unmaking
from runbooks.aws.recovery_points import Point
from runbooks.backups import Backups, Wanted
from runbooks.clock import RealClock
from runbooks.errors import Denied, NotFound, Refused
from runbooks.reach import Reach
from sandbox.backup.models import LabBackupBackend
from sandbox.lab import Lab, OutageMode
from tests.sandbox.backup.asking import ACCOUNT, BUCKET_ARN, Aws, backed_up, copied, finished, start, start_copy
from tests.sandbox.parts import EAST, WEST

List = Callable[..., tuple[list[Point], dict[str, str]]]


@pytest.fixture
def names(lab: Lab, aws: Aws, keys: dict[str, str]) -> Names:
    """The names of a stack whose vaults are there."""
    names = Names(lab.settings)
    for region in (EAST, WEST):
        aws("backup", region).create_backup_vault(BackupVaultName=names.vault(region), EncryptionKeyArn=keys[region])
    return names


@pytest.fixture
def reach(names: Names, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Reach:
    for name, value in {"ENDPOINT_URL": lab.endpoint, "ACCESS_KEY_ID": "tester", "SECRET_ACCESS_KEY": "tester"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return Reach(names, RealClock())


@pytest.fixture
def listed(reach: Reach) -> List:
    def listed(**wish: object) -> tuple[list[Point], dict[str, str]]:
        found = Backups(reach, Wanted(**wish), RealClock())  # type: ignore[arg-type]
        return [point for batch in found.batches() for point in batch], found.troubles

    return listed


@pytest.fixture
def doomed(reach: Reach) -> Callable[[str], unmaking.Doomed]:
    return lambda arn: unmaking.doomed(reach, arn, "", False, RealClock().now())


@contextmanager
def waiting(resource: str) -> Iterator[None]:
    """Keep jobs of *resource* from beginning, as another one of the same resource would."""
    with cast(LabBackupBackend, backup_backends[ACCOUNT][EAST]).turns[resource]:
        yield


def backed_up_here(aws: Aws, names: Names) -> str:
    return str(backed_up(aws("backup"), BackupVaultName=names.vault(EAST), Lifecycle={"DeleteAfterDays": 9})["RecoveryPointArn"])


def test_backups_and_their_copies_are_listed_as_what_they_are(aws: Aws, names: Names, listed: List) -> None:
    """One made here and copied there: of both it is said where, of what, how large and until when."""
    made = backed_up_here(aws, names)
    copied(aws("backup"), start_copy(aws("backup"), made, names.vault_arn(WEST), SourceBackupVaultName=names.vault(EAST)))
    seen, troubles = listed()
    assert troubles == {}
    assert {(point.kind, point.region, point.vault) for point in seen} == {
        ("snapshot", EAST, names.vault(EAST)),
        ("copy", WEST, names.vault(WEST)),
    }
    [here] = [point for point in seen if point.region == EAST]
    assert (here.arn, here.target, here.state, here.resource, here.tier) == (made, "files", "COMPLETED", BUCKET_ARN, "warm")
    assert here.expires is not None
    assert here.expires - here.created == timedelta(days=9)
    assert here.size > 0


def test_backups_are_chosen_by_what_and_when_and_where(aws: Aws, names: Names, listed: List) -> None:
    """Each choice alone leaves out what is not asked for."""
    for _ in range(3):
        backed_up_here(aws, names)
    seen, _ = listed()
    newest, middle, _oldest = seen
    assert [newest.created, middle.created] == sorted([newest.created, middle.created], reverse=True)
    assert listed(target="files")[0] == listed(region=EAST)[0] == listed(vaults=(names.vault(EAST),))[0] == seen
    assert listed(target="database")[0] == listed(region=WEST)[0] == listed(state="EXPIRED")[0] == []
    assert listed(since=middle.created)[0] == [newest, middle] == listed(limit=2)[0]
    assert listed(until=newest.created)[0] == seen[1:]


@pytest.mark.parametrize("outage", ["refuse", "hang"])
def test_a_dark_region_makes_the_list_incomplete(aws: Aws, names: Names, lab: Lab, listed: List, outage: OutageMode) -> None:
    """What the other has is shown, and which one is missing is said."""
    made = backed_up_here(aws, names)
    lab.regions.break_region(WEST, outage)
    seen, troubles = listed()
    assert [point.arn for point in seen] == [made]
    assert list(troubles) == [WEST]
    assert "no answer" in troubles[WEST]


def test_a_vault_that_is_not_there_makes_the_list_incomplete(aws: Aws, names: Names, listed: List) -> None:
    """A mistyped name is no empty vault."""
    aws("backup", WEST).delete_backup_vault(BackupVaultName=names.vault(WEST))
    seen, troubles = listed()
    assert seen == []
    assert list(troubles) == [f"{WEST}/{names.vault(WEST)}"]


def test_a_backup_is_deleted(aws: Aws, names: Names, reach: Reach, listed: List, doomed: Callable[[str], unmaking.Doomed]) -> None:
    """And is looked for again, before that is said."""
    made = backed_up_here(aws, names)
    chosen = doomed(made)
    assert chosen.spoken().startswith(f"Delete the snapshot of {BUCKET_ARN} from ")
    assert unmaking.carry_out(reach, chosen, RealClock()) == f"{made} is deleted."
    assert listed()[0] == []
    with pytest.raises(NotFound, match="no recovery point"):
        doomed(made)


def test_a_locked_vault_is_not_even_asked(aws: Aws, names: Names, listed: List, doomed: Callable[[str], unmaking.Doomed]) -> None:
    """The reason has the lock, the least it keeps and the day on which AWS deletes the backup itself."""
    made = backed_up_here(aws, names)
    aws("backup").put_backup_vault_lock_configuration(BackupVaultName=names.vault(EAST), MinRetentionDays=7)
    ends = f"{listed()[0][0].expires:%Y-%m-%d}"
    with pytest.raises(Refused) as refused:
        doomed(made)
    assert refused.value.message == (
        f"{names.vault(EAST)} is locked, and keeps everything for 7 days at least: nobody deletes {made} before its time; "
        f"AWS deletes it itself on {ends}. It is 0 days old."
    )
    assert "break-glass" in refused.value.hint
    assert len(listed()[0]) == 1


def test_a_vaults_policy_refuses_all_but_who_breaks_the_glass(
    aws: Aws, names: Names, reach: Reach, listed: List, doomed: Callable[[str], unmaking.Doomed]
) -> None:
    """AWS's words, and whose credentials it takes; the backup stays."""
    made = backed_up_here(aws, names)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    aws("backup").put_backup_vault_access_policy(BackupVaultName=names.vault(EAST), Policy=policy)
    with pytest.raises(Denied, match="Insufficient privileges") as denied:
        unmaking.carry_out(reach, doomed(made), RealClock())
    assert denied.value.hint == unmaking.BREAK_GLASS
    assert len(listed()[0]) == 1


def test_what_is_no_recovery_point_here_is_refused_before_anything_is_asked(doomed: Callable[[str], unmaking.Doomed]) -> None:
    """Neither a word nor another region's ARN leads anywhere."""
    for arn in ("yesterday's", f"arn:aws:backup:eu-west-1:{ACCOUNT}:recovery-point:1"):
        with pytest.raises(Refused, match=r"is no recovery point of us-east-1 or us-west-2"):
            doomed(arn)


def test_a_backup_that_is_being_made_is_cancelled(aws: Aws, names: Names, reach: Reach, listed: List) -> None:
    """It ends ABORTED and leaves nothing; a second cancellation finds it so."""
    with waiting(BUCKET_ARN):
        job = start(aws("backup"), BackupVaultName=names.vault(EAST))
        cancelled = unmaking.cancel(reach, job, "", RealClock())
    assert (cancelled.state, cancelled.region, cancelled.point) == ("ABORTED", EAST, "")
    assert unmaking.cancel(reach, job, EAST, RealClock()) == cancelled
    assert listed()[0] == []


def test_a_databases_backup_is_not_cancelled(aws: Aws, names: Names, reach: Reach, database: str) -> None:
    """AWS Backup cannot, and is not asked to; what can be done instead is said."""
    with waiting(database):
        job = start(aws("backup"), BackupVaultName=names.vault(EAST), ResourceArn=database)
        with pytest.raises(Refused, match="which AWS Backup cannot stop; it is CREATED") as refused:
            unmaking.cancel(reach, job, EAST, RealClock())
    assert refused.value.hint == "let it end, then delete what it made: invoke backup-delete"
    finished(aws("backup"), job)


def test_a_job_that_is_over_stays_as_it_is(aws: Aws, names: Names, reach: Reach) -> None:
    """What it made is named, for whoever wants to delete it."""
    made = backed_up(aws("backup"), BackupVaultName=names.vault(EAST))
    found = unmaking.cancel(reach, made["BackupJobId"], "", RealClock())
    assert (found.state, found.point) == ("COMPLETED", made["RecoveryPointArn"])


def test_a_job_that_no_region_knows_is_not_found(reach: Reach) -> None:
    """Both were asked."""
    with pytest.raises(NotFound, match="no backup job 0815 in us-east-1 or us-west-2"):
        unmaking.cancel(reach, "0815", "", RealClock())
