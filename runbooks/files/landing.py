"""The steps that have AWS Backup restore files into a bucket of its own, from which they are copied on.

AWS Backup puts no object in the place of one that is there, whatever its version, and knows no other place for a key than the key: what
was written over is not brought back by it in its own bucket. A bucket that is there beforehand needs no control plane in a disaster.
Source: the AWS Backup guide, "Restore S3 data using AWS Backup".
"""

from collections.abc import Iterator
from datetime import timedelta

from names import DRILLED
from runbooks.aws import copies, kms, restores
from runbooks.aws.restores import ENDED, Landing, RestoreJob
from runbooks.errors import RunbookError, StepFailed
from runbooks.files.decision import PATIENCE, Decision, batches, sought
from runbooks.files.points import FromPoint
from runbooks.files.wanted import Place, Scope, present
from runbooks.journal import Facts
from runbooks.plan import Step
from runbooks.reach import Reach
from runbooks.watch import patiently, until

LONGEST = timedelta(hours=24)
EVERY = 2.0
BEGIN_ANEW = "mend the cause and begin anew: invoke abandon --run restore-files --reason WHY"
NOT_ALL = "failed to be restored"
"""What AWS Backup says of a job that it calls COMPLETED although some objects are missing. Source: as above, "S3 restore messages"."""


def clear(reach: Reach, decision: Decision) -> Step:
    """Put a delete marker over what an earlier restore left, since AWS Backup passes over keys that are there."""
    door, bucket = reach.door(decision.region), decision.source_bucket

    def left() -> Iterator[str]:
        there = present(door, Place(bucket), Scope(decision.scope.moment))
        return (each.key for each in there if not each.key.startswith(DRILLED))

    def act() -> Facts:
        cleared = 0
        for some in batches(left(), copies.HIDDEN_AT_ONCE):
            patiently(lambda some=some: copies.hide(door, bucket, some), reach.clock, PATIENCE)  # type: ignore[misc]
            cleared += len(some)
            reach.clock.sleep(0)
        return {"cleared": cleared}

    return Step(
        name="clear",
        says=f"Clear {bucket} of what an earlier restore left there",
        region=decision.region,
        act=act,
        done=lambda: next(left(), None) is None,
        estimate=timedelta(seconds=5),
        deadline=timedelta(hours=1),
    )


def bring(reach: Reach, decision: Decision, point: FromPoint, run: str) -> Step:
    """Have AWS Backup restore the point; the run's name is the job's token, so that a repetition follows the same job."""
    door, names, seen = reach.door(decision.region), reach.names, {"percent": ""}

    def started() -> str:
        to = Landing(decision.source_bucket, kms.key_arn(door, names.key_alias("data")))
        moment = point.moment if point.continuous else None
        return restores.start_restore_of_files(door, point.arn, names.role_arn("restore"), to, items(decision.scope), moment, run)

    def look(job: str) -> RestoreJob | None:
        found = restores.restore_job(door, job)
        seen["percent"] = f"{found.percent.removesuffix('%')} %" if found.percent else found.status
        return found if found.status in ENDED else None

    def act() -> Facts:
        began = reach.clock.ticks()
        job = patiently(started, reach.clock, PATIENCE)
        ended = until(f"restore job {job} to end", lambda _: look(job), LONGEST, reach.clock, every=EVERY)
        if fault := why_not_brought(ended):
            raise fault
        if next(sought(reach, decision), None) is None:
            raise StepFailed(f"{point.spoken()} holds nothing of that: {decision.scope.spoken()}", BEGIN_ANEW)
        return {"job": job, "seconds": round(reach.clock.ticks() - began, 1), "said": ended.message or None}

    return Step(
        name="bring",
        says=f"Have AWS Backup restore {point.spoken()} into {decision.source_bucket}",
        region=decision.region,
        act=act,
        done=lambda: False,  # the job says whether all of it is there
        needs=("clear",),
        estimate=timedelta(hours=1),
        deadline=LONGEST + timedelta(minutes=5),
        progress=lambda: seen["percent"],
    )


def items(scope: Scope) -> tuple[str, ...]:
    """Return what AWS Backup is asked to restore: one object or one folder; else all, of which the rest is not copied on."""
    if scope.key:
        return (scope.key,)
    return (scope.prefix,) if scope.prefix.endswith("/") else ()


def why_not_brought(job: RestoreJob) -> RunbookError | None:
    """Return what is the matter with a job that has ended, in AWS's words and ours, or None."""
    said = f"AWS Backup says: {job.message or 'nothing'}"
    if job.status != "COMPLETED":
        return StepFailed(f"restore job {job.id} is {job.status}. {said}", BEGIN_ANEW)
    if NOT_ALL in job.message:
        return StepFailed(f"restore job {job.id} left some objects out. {said}", f"give its role what it lacks, then {BEGIN_ANEW}")
    return None
