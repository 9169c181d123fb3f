"""What metrics are reckoned from: both regions' jobs and recovery points, the months' costs, and the runs of the journal."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from names import COST_CENTRE, COST_TAG
from runbooks import backups, journal, verdicts, world
from runbooks.aws import costs, job_history
from runbooks.aws.costs import Month
from runbooks.aws.job_history import KINDS, SHOWN, PastJob
from runbooks.aws.recovery_points import Point
from runbooks.aws.s3 import Bucket
from runbooks.aws.session import SMALL, Door
from runbooks.commands import Desk
from runbooks.errors import JournalBroken, RunbookError
from runbooks.story import Story, story

MONTHS = 6
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Costs:
    """The last months, oldest first; ``why`` they were not measured, empty when they were."""

    months: tuple[Month, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """What was found of *since* to *until*; AWS shows jobs since ``jobs_since`` only. ``unseen`` says what is missing, and why.

    ``points`` are all that our vaults hold now, whenever they were made; ``broken`` the backups that were found broken.
    """

    since: datetime
    until: datetime
    jobs_since: datetime
    jobs: tuple[PastJob, ...]
    points: tuple[Point, ...]
    broken: frozenset[str]
    stories: tuple[Story, ...]
    costs: Costs
    unseen: Mapping[str, str]


def look(at: Desk, days: int, known: Costs | None = None) -> History:
    """Look at the last *days*, everything side by side; *known* costs are not asked for again. Raises what :func:`world.look` raises."""
    now, regions = at.clock.now(), at.names.settings.regions
    since = now - timedelta(days=days)
    begins = max(since, now - SHOWN)
    with ThreadPoolExecutor(len(regions) + 4) as pool:
        asked = {region: pool.submit(_jobs, at, region, begins, now) for region in regions}
        listed, told, broken = pool.submit(_points, at), pool.submit(_stories, at, since), pool.submit(_broken, at)
        paid = pool.submit(lambda: known or spent(now.date()))
        jobs = {region: each.result() for region, each in asked.items()}
        points, missing = listed.result()
        stories, why = told.result()
        unseen = {what: said for _, troubles in jobs.values() for what, said in troubles.items()} | missing | why | broken.result()[1]
        found = tuple(job for made, _ in jobs.values() for job in made)
        return History(since, now, begins, found, points, broken.result()[0], stories, paid.result(), dict(sorted(unseen.items())))


def _jobs(at: Desk, region: str, since: datetime, now: datetime) -> tuple[tuple[PastJob, ...], dict[str, str]]:
    """Return the jobs of *region* that wrote into a vault of ours or restored out of one; and which could not be read, each with why.

    A restore of which AWS does not say the vault counts as ours.
    """
    ours = {vault for each in at.names.settings.regions for vault in backups.ours(at.names, each)}

    def questions(door: Door) -> world.Questions:
        return {kind: lambda kind=kind: tuple(job_history.jobs(door, kind, since, now)) for kind in KINDS}  # type: ignore[misc]

    seen, errors = world.asked_in_haste(at.reach, region, questions)
    found = (job for kind in KINDS for job in _as_jobs(seen.get(kind, ())) if job.vault in ours or (kind == "restore" and not job.vault))
    return tuple(found), {f"{kind} jobs of {region}": error.message for kind, error in errors.items()}


def _as_jobs(answer: object) -> Sequence[PastJob]:
    return answer if isinstance(answer, tuple) else ()


def _points(at: Desk) -> tuple[tuple[Point, ...], dict[str, str]]:
    listing = backups.Backups(at.reach, backups.Wanted(), at.clock)
    found = tuple(point for batch in listing.batches() for point in batch)
    return found, {f"recovery points of {where}": said for where, said in listing.troubles.items()}


def _broken(at: Desk) -> tuple[frozenset[str], dict[str, str]]:
    region = at.names.settings.recovery_region
    try:
        return frozenset(verdicts.broken(Bucket(at.reach.list_door(region), at.names.journal_bucket(region)))), {}
    except RunbookError as error:
        return frozenset(), {"verdicts": error.message}


def _stories(at: Desk, since: datetime) -> tuple[tuple[Story, ...], dict[str, str]]:
    """Return what the runs since then tell, oldest first; one that does not hold together is said and left out."""
    region = at.names.settings.recovery_region
    store = Bucket(at.reach.list_door(region), at.names.journal_bucket(region))
    told, unseen = [], {}
    try:
        for run in (each for each in journal.runs(store) if each[:16] >= f"{since:{STAMP}}"):
            try:
                told.append(story(journal.read_run(store, run)))
            except JournalBroken as error:
                unseen[f"run {run}"] = error.message
    except RunbookError as error:
        unseen["journal"] = error.message
    return tuple(told), unseen


def spent(today: date) -> Costs:
    """Ask Cost Explorer for the last months, the one that runs included."""
    year, month = divmod(today.year * 12 + today.month - MONTHS, 12)
    try:
        months = costs.monthly(Door(costs.HOME, pace=SMALL), COST_TAG, COST_CENTRE, date(year, month + 1, 1), today + timedelta(days=1))
    except RunbookError as error:
        return Costs((), error.message)
    idle = f"no cost carries the tag {COST_TAG}={COST_CENTRE}: activate it as a cost allocation tag in the billing console"
    return Costs(months, "" if months else idle)
