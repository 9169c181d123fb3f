"""The validation of a restore test: look into what it restored, and always answer, SUCCESSFUL or FAILED with the reason.

AWS Backup clears away what a test restored once it has the answer, or when the time for it is over; nothing is deleted here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from names import Names
from runbooks import verdicts
from runbooks.aws import rds, restore_tests
from runbooks.aws.restore_tests import Test
from runbooks.checked import Checked
from runbooks.commands import Desk
from runbooks.databases import verify as databases
from runbooks.errors import NotFound, Refused, RunbookError
from runbooks.reach import Reach
from runbooks.verdicts import Verdict
from runbooks.watch import patiently, until

LOOKING = timedelta(minutes=30)
"""Within which what was restored must answer; AWS Backup keeps it for hours, and bills for it."""

ANSWERING = timedelta(minutes=5)
"""With an AWS Backup that is busy, when the answer is given."""

Look = Callable[[Reach, str, Test], tuple[Checked, ...]]


@dataclass(frozen=True, slots=True)
class Validated:
    """What was found of the restore job ``job``, and what AWS Backup holds of the answer: ``answered`` is its own word.

    ``kept_at`` is empty where nothing is kept, since nobody could look.
    """

    job: str
    region: str
    point: str
    restored: str
    well: bool
    found: tuple[Checked, ...]
    answered: str
    kept_at: str

    def spoken(self) -> str:
        lines = [each.spoken() for each in self.found]
        kept = f"Kept: {self.kept_at}" if self.kept_at else "Nothing is kept against the backup: nobody could look into it."
        return "\n".join((*lines, f"AWS Backup holds {self.answered} for restore job {self.job} of {self.point}. {kept}"))


def validate(at: Desk, job_id: str, region: str) -> Validated:
    """Look into what the test *job_id* restored and answer it; raise :class:`Refused` for what is no finished restore test."""
    where = _region(at.names, region)
    door = at.reach.door(where)
    seen = _finished(restore_tests.test(door, job_id), where)
    found = _looked(at.reach, where, seen)
    wrong = [each for each in found if not each.well]
    well, says = not wrong, "; ".join(f"{each.name}: {each.says}" for each in wrong or found)
    try:
        kept = _kept(at, seen, found)
    finally:  # a journal that is out of reach keeps no answer back
        patiently(lambda: restore_tests.judge(door, job_id, well=well, says=says), at.clock, ANSWERING)
    after = patiently(lambda: restore_tests.test(door, job_id), at.clock, ANSWERING)
    return Validated(job_id, where, seen.point, seen.made, well, found, after.verdict, kept)


def _kept(at: Desk, test: Test, found: tuple[Checked, ...]) -> str:
    """Keep what was found and return where; nothing is kept against a backup that nobody could look into, for it may be the last one."""
    wrong = [each for each in found if not each.well]
    against = [each for each in wrong if each.seen]
    if wrong and not against:
        return ""
    says = "; ".join(f"{each.name}: {each.says}" for each in against or found)
    return verdicts.keep(at.journals.first, Verdict(test.point, not wrong, says, at.clock.now(), f"restore test {test.id}"))


def _region(names: Names, region: str) -> str:
    regions = names.settings.regions
    if region and region not in regions:
        raise Refused(f"{region} is not a region of this stack", f"choose {' or '.join(regions)}")
    return region or names.settings.standby_region


def _finished(seen: Test, region: str) -> Test:
    if not seen.plan:
        raise Refused(f"restore job {seen.id} in {region} belongs to no restore test", "verify by hand: invoke verify --target database")
    if seen.status != "COMPLETED":
        raise Refused(
            f"restore job {seen.id} is {seen.status}{f': {seen.message}' if seen.message else ''}",
            "AWS Backup takes an answer once it is COMPLETED",
        )
    return seen


def _looked(reach: Reach, region: str, seen: Test) -> tuple[Checked, ...]:
    """Return what was found; whatever keeps us from looking is no success, for a test that nobody could look into has shown nothing."""
    look = {"RDS": _database, "S3": _bucket, "EFS": _file_system}.get(seen.resource_type)
    if look is None:
        return (Checked(seen.resource_type, well=False, says="nothing here can look into this type", seen=False),)
    try:
        return look(reach, region, seen)
    except RunbookError as error:
        return (Checked("looking", well=False, says=error.message, seen=False),)


def _database(reach: Reach, region: str, seen: Test) -> tuple[Checked, ...]:
    identifier = seen.made.rpartition(":")[2]

    def answering(_: float) -> rds.Instance | None:
        found = rds.instances(reach.door(region)).get(identifier)
        if found is None:
            raise NotFound(f"{identifier} is not there any more", "AWS Backup has cleared it away: the answer comes too late")
        return found if found.status == "available" else None

    instance = until(f"{identifier} to be available", answering, LOOKING, reach.clock, every=1.0)
    # A snapshot holds what was written up to its end, of which AWS Backup tells only the beginning.
    return databases.look_into(reach, region, instance, None)


def _bucket(reach: Reach, region: str, seen: Test) -> tuple[Checked, ...]:
    from runbooks.files import bucket

    return bucket.look_into(reach, region, _bucket_of(seen.made), _bucket_of(seen.source), seen.point_created)


def _file_system(_reach: Reach, _region: str, seen: Test) -> tuple[Checked, ...]:
    """A file system is reached over NFS alone, which no build here does: nothing is claimed of what is in it."""
    return (Checked("file system", well=bool(seen.made), says=f"{seen.made or 'none'} was made; what is in it was not looked into"),)


def _bucket_of(arn: str) -> str:
    return arn.rpartition(":")[2]
