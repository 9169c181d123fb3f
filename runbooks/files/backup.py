"""A backup of files on demand: look, decide its kind, let S3 copy what that takes, look at the copies, and sign the manifest last.

A command that is repeated picks up what an earlier one began, by the draft that it left: the same job, the same backup. Two commands
that begin in different seconds of the same hour may still make two backups: both are whole, and neither needs the other.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from runbooks.aws import s3control, signing
from runbooks.aws.current import current, etag
from runbooks.aws.s3control import Job
from runbooks.clock import Clock, jittered
from runbooks.errors import NotFound, Refused
from runbooks.existing import ENDED, EVERY, PATIENCE
from runbooks.files import draft, entries
from runbooks.files.archive import Archive
from runbooks.files.draft import lists, put
from runbooks.files.entries import Entry
from runbooks.files.manifest import FAILED, MANIFEST, OBJECTS, SIGNATURE, Manifest, Part, key_of
from runbooks.signed import Kind
from runbooks.watch import patiently

STORAGE_CLASS = "GLACIER_IR"
"""Of the copies: read at once, and cheap for what is hardly ever read."""

FORGOTTEN = timedelta(days=30)
"""A draft this old is not picked up: S3 forgets a job 90 days after it was made (the S3 user guide, "Job status")."""

FIRST = 0.25
"""Seconds until the second look at a job; each pause is twice the one before it, up to that of all batch jobs."""

NOTHING = Job("", "Complete", 0, 0, 0, "")
"""What stands for a job where there is nothing to copy."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup as it is now: ``finished`` once its manifest is signed, ``there`` if an earlier command had finished it.

    ``failure`` says why it does not count, empty otherwise; ``notes`` what there is to say beside it.
    """

    manifest: Manifest
    finished: bool
    there: bool
    job: Job
    where: str
    failure: str
    notes: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether all that there is to keep is kept, or on its way."""
        return not self.failure and not self.manifest.left

    def spoken(self) -> str:
        made = self.manifest
        kind = f"{made.kind} (not {made.asked}: {made.why})" if made.why else made.kind
        on = f" on {made.chain[-1].name}" if made.chain else ""
        what = f"{made.files} {made.name}: {kind}{on}, {made.copied:,} objects, {made.size:,} bytes, {made.deleted:,} deleted"
        if self.failure:
            return f"{what}. It does not count: {self.failure}"
        if not self.finished:
            return f"{what}. Job {self.job.id} is {self.job.status}; repeat the command to pick it up"
        left = f". NOT backed up: {made.left:,}, such as {', '.join(made.examples[:3])}" if made.left else ""
        return what + f", in {self.where}" + (", made before; nothing has changed since" if self.there else "") + left


def back_up(archive: Archive, kind: Kind, clock: Clock, tell: Tell, *, wait: bool = True) -> Made:
    """Keep the archive's kind of files, and return what was made; without *wait*, what is under way."""
    now, listing = clock.now(), archive.listing()
    notes = tuple(f"{archive.files} {name} has no manifest and is no backup: interrupted, or a copy failed" for name in listing.given_up)
    with TemporaryDirectory(prefix="solemate-") as scratch:
        if (begun := _begun(archive, listing.begun, kind, now)) is None:
            source = archive.names.file_bucket(archive.files, archive.names.settings.active_region)
            if before := draft.repeated(archive, listing.backups, kind, now, source):
                return Made(before, True, True, NOTHING, archive.shelf.where, "", notes)
            basis = draft.decided(archive, listing.backups, kind, now, archive.names.settings.files.retention)
            begun = draft.write(archive, kind, basis, now, Path(scratch))
        else:
            tell(f"{archive.files} {begun.name} is picked up")
        return replace(_finished(archive, begun, clock, tell, Path(scratch), wait=wait), notes=notes)


def _begun(archive: Archive, names: tuple[str, ...], kind: Kind, now: datetime) -> Manifest | None:
    """Return the draft to pick up; raise :class:`Refused` when another kind of backup is under way."""
    drafts = [made for made in map(archive.draft, names[-1:]) if now - made.at < FORGOTTEN]
    if not drafts:
        return None
    if drafts[0].asked != kind:
        again = f"invoke backup --target files --kind {archive.files} --type {drafts[0].asked}"
        raise Refused(f"{drafts[0].name} of {archive.files}, which is {drafts[0].asked}, is not finished", f"finish it first: {again}")
    return drafts[0]


def _finished(archive: Archive, begun: Manifest, clock: Clock, tell: Tell, scratch: Path, *, wait: bool) -> Made:
    job = _followed(archive, _start(archive, begun, begun.tasks), clock, tell, wait=wait) if begun.tasks else NOTHING
    made = Made(begun, False, False, job, archive.shelf.where, "", ())
    if job.status not in ENDED:
        return made
    if job.status != "Complete" or job.failed or job.succeeded != (begun.copied if begun.tasks else 0):
        report = f"s3://{lists(archive).bucket}/{_reports(archive)}/job-{job.id}/"
        says = f"job {job.id} is {job.status}, {job.failed:,} of {job.total:,} failed{f': {job.trouble}' if job.trouble else ''}"
        return _failed(archive, made, f"{says}. Report: {report}", scratch)
    missing: list[str] = []
    listed = _with_copies(archive, begun, scratch, missing)
    if missing:
        return _failed(archive, made, f"{len(missing):,} copies are not there or not whole, such as {missing[0]}", scratch)
    return replace(made, manifest=_seal(archive, begun, listed, scratch), finished=True)


def _start(archive: Archive, begun: Manifest, tasks: Part) -> Job:
    """Start the job, or find the one that was started: the token is the backup's own."""
    names, shelf = archive.names, lists(archive)
    wanted = s3control.Copying(
        account=names.settings.account,
        manifest=f"{names.bucket_arn(shelf.bucket)}/{tasks.key}",
        etag=etag(archive.door, shelf.bucket, tasks.key, tasks.version),
        to=names.bucket_arn(archive.shelf.bucket),
        prefix=begun.copies.rstrip("/"),
        storage_class=STORAGE_CLASS,
        reports=names.bucket_arn(shelf.bucket),
        report_prefix=_reports(archive),
        role=names.role_arn("file-backups"),
        token=f"{names.prefix}-{archive.files}-{begun.name}",
        says=f"{names.prefix}: {begun.kind} backup of {archive.files}, {begun.name}",
    )
    return Job(s3control.copy(archive.door, wanted), "New", begun.copied, 0, 0, "")


def _reports(archive: Archive) -> str:
    return f"on-demand/{archive.files}/reports"


def _followed(archive: Archive, job: Job, clock: Clock, tell: Tell, *, wait: bool) -> Job:
    """Return the job as it is, or with *wait* once it has ended."""
    pause = FIRST
    while True:
        seen = _looked_at(archive, job, clock)
        if seen != job:
            tell(f"{archive.files}: job {seen.id} is {seen.status}, {seen.succeeded:,} of {seen.total:,} copied")
        job = seen
        if job.status in ENDED or not wait:
            return job
        clock.sleep(jittered(pause))
        pause = min(2 * pause, EVERY)


def _looked_at(archive: Archive, job: Job, clock: Clock) -> Job:
    account = archive.names.settings.account
    try:
        return patiently(lambda: s3control.job(archive.door, account, job.id), clock, PATIENCE)
    except NotFound:
        if job.status == "New":
            return job  # S3 may need a moment until it knows a job that it has just made
        raise


def _with_copies(archive: Archive, begun: Manifest, scratch: Path, missing: list[str]) -> Path:
    """Look at the copies themselves, and write the list of objects with the version of each copy."""
    changes = archive.fetch(begun.name, begun.objects, scratch / "changes")
    return entries.write(scratch / OBJECTS, entries.copied(entries.read(changes), _copies(archive, begun), missing))


def _copies(archive: Archive, begun: Manifest) -> Iterator[Entry]:
    for each in current(archive.door, archive.shelf.bucket, begun.copies):
        yield Entry(each.key.removeprefix(begun.copies), each.version, each.size, each.etag)


def _seal(archive: Archive, begun: Manifest, listed: Path, scratch: Path) -> Manifest:
    """Sign the manifest and write it, the last of all: until then there is no backup."""
    tags = {"type": begun.kind, "environment": begun.environment, "created": begun.created}
    objects = put(archive.shelf, key_of(begun.files, begun.name, OBJECTS), listed, tags)
    made = replace(begun, objects=objects, key=archive.signer.arn)
    put(archive.shelf, key_of(made.files, made.name, SIGNATURE), _file(scratch, _signature(archive, made)), tags)
    put(archive.shelf, key_of(made.files, made.name, MANIFEST), _file(scratch, made.body), tags)
    return made


def _signature(archive: Archive, made: Manifest) -> bytes:
    """Sign, or take the signature that an interrupted command left: ECDSA makes another each time, and nothing is written over."""
    left = archive.shelf.read(key_of(made.files, made.name, SIGNATURE))
    return left or signing.sign(archive.door, made.key, made.body)


def _failed(archive: Archive, made: Made, why: str, scratch: Path) -> Made:
    """Record that it never becomes a backup, so that the next command begins another."""
    about = {"name": made.manifest.name, "why": why, "job": asdict(made.job)}
    key = key_of(archive.files, made.manifest.name, FAILED)
    put(archive.shelf, key, _file(scratch, json.dumps(about, sort_keys=True).encode()), {"type": made.manifest.kind})
    return replace(made, failure=why)


def _file(scratch: Path, body: bytes) -> Path:
    file = scratch / "written"
    file.write_bytes(body)
    return file
