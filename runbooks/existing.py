"""Files from before their bucket was replicated: S3 replicates what is written from then on, and the rest when a batch job asks it to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from names import Names
from runbooks.aws import s3control
from runbooks.aws.s3control import Job
from runbooks.clock import Clock, jittered
from runbooks.errors import NotFound, Refused
from runbooks.reach import Reach
from runbooks.watch import patiently
from sections import FileKind

ENDED = ("Complete", "Failed", "Cancelled")
NOTHING_FOUND = "found no keys matching"
"""Source: the S3 user guide, "Troubleshooting replication"."""

EVERY = 5.0
"""Seconds between two looks at the jobs, which take minutes at least."""

PATIENCE = timedelta(minutes=1)
"""With an S3 that is merely busy: the jobs go on meanwhile."""


@dataclass(frozen=True, slots=True)
class Replicated:
    """The job over one kind of files; ``report`` is where S3 says of each object what became of it."""

    kind: FileKind
    bucket: str
    job: Job
    report: str

    @property
    def ended(self) -> bool:
        return self.job.status in ENDED

    @property
    def nothing_to_do(self) -> bool:
        """Whether S3 found no object without a replica, which it calls a failure of the job."""
        return self.job.status == "Failed" and NOTHING_FOUND in self.job.trouble

    @property
    def well(self) -> bool:
        """Whether nothing failed so far."""
        return self.nothing_to_do or (self.job.status not in ("Failed", "Cancelled") and not self.job.failed)

    def spoken(self) -> str:
        job = self.job
        if self.nothing_to_do:
            return f"{self.bucket}: nothing to replicate (from GLACIER and DEEP_ARCHIVE nothing is, before it is restored)."
        counted = f"{job.succeeded:,} of {job.total:,} replicated" + (f", {job.failed:,} failed" if job.failed else "")
        trouble = f": {job.trouble}" if job.trouble else ""
        return f"{self.bucket}: job {job.id} is {job.status}, {counted}{trouble}. Report: {self.report}"


def start(reach: Reach, wanted: Sequence[str], now: datetime) -> tuple[Replicated, ...]:
    """Start a job for each kind that is *wanted* (none: all that are protected), from the active region to the recovery region.

    A command that is repeated within the hour finds the jobs that it started before.
    """
    kinds = chosen(reach.names, wanted)
    return tuple(_start(reach, kind, now) for kind in kinds)


def chosen(names: Names, wanted: Sequence[str]) -> tuple[FileKind, ...]:
    """Return the kinds that *wanted* names; raise :class:`Refused` for what is not protected."""
    protected = names.settings.files.kinds
    if not protected:
        raise Refused("no files are protected by this stack", "set files.enabled and files.includeMedia or another kind to true")
    unknown = sorted(set(wanted) - set(protected))
    if unknown:
        raise Refused(f"{', '.join(unknown)} is no kind of files that this stack protects", f"choose from {', '.join(protected)}")
    return tuple(kind for kind in protected if not wanted or kind in wanted)


def _start(reach: Reach, kind: FileKind, now: datetime) -> Replicated:
    names, region = reach.names, reach.names.settings.active_region
    bucket, lists, prefix = names.file_bucket(kind, region), names.inventory_bucket(region), f"existing/{kind}"
    wanted = s3control.Wanted(
        account=names.settings.account,
        source=names.bucket_arn(bucket),
        lists=names.bucket_arn(lists),
        prefix=prefix,
        role=names.role_arn("replicate-existing"),
        token=f"{names.prefix}-{kind}-{region}-{now:%Y%m%dT%H}",
        says=f"{names.prefix}: {kind} that have no replica",
    )
    made = s3control.replicate(reach.door(region), wanted)
    return Replicated(kind, bucket, Job(made, "New", 0, 0, 0, ""), f"s3://{lists}/{prefix}/reports/job-{made}/")


def follow(reach: Reach, started: Sequence[Replicated], clock: Clock, tell: Callable[[Replicated], None]) -> tuple[Replicated, ...]:
    """Return the jobs once all have ended; *tell* each time one of them has moved on. They go on when nobody follows them."""
    jobs = tuple(started)
    while not all(each.ended for each in jobs):
        seen = tuple(each if each.ended else _looked_at(reach, each) for each in jobs)
        for before, after in zip(jobs, seen, strict=True):
            if before != after:
                tell(after)
        jobs = seen
        if not all(each.ended for each in jobs):
            clock.sleep(jittered(EVERY))
    return jobs


def _looked_at(reach: Reach, each: Replicated) -> Replicated:
    settings = reach.names.settings
    door = reach.door(settings.active_region)
    try:
        return replace(each, job=patiently(lambda: s3control.job(door, settings.account, each.job.id), reach.clock, PATIENCE))
    except NotFound:
        if each.job.status == "New":
            return each  # S3 may need a moment until it knows a job that it has just made
        raise
