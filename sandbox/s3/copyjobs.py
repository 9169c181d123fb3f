"""S3 Batch Operations that copy: each line of a CSV manifest is a task, done in a thread of its own, with a report of what failed."""

import csv
import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from uuid import uuid4

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeKey
from moto.s3control.exceptions import InvalidRequestException

from sandbox.emulator import one_at_a_time
from sandbox.kms import find_key
from sandbox.lab import Lab
from sandbox.s3.copying import KMS

if TYPE_CHECKING:
    from sandbox.s3.models import LabS3Backend

LARGEST = 5 * 1024**3
LONGEST_KEY = 1024
COLD = ("GLACIER", "DEEP_ARCHIVE")
FIELDS = ["Bucket", "Key", "VersionId"]
STEP = 0.1
"""Seconds that a job stays New, and as many Preparing."""


@dataclass
class Failure(Exception):
    """Why one object is not copied: AWS's code, and the status of HTTP."""

    code: str
    status: int
    says: str


@dataclass(slots=True)
class CopyJob:
    """``tasks`` are lines of the manifest; ``outcomes`` lines of the report, of those that failed."""

    asked: dict[str, Any]
    tasks: list[list[str]]
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "New"
    succeeded: int = 0
    outcomes: list[list[str]] = field(default_factory=list)
    trouble: str = ""

    def described(self) -> dict[str, Any]:
        counted = {
            "TotalNumberOfTasks": len(self.tasks) if self.status not in ("New", "Preparing") else 0,
            "NumberOfTasksSucceeded": self.succeeded,
            "NumberOfTasksFailed": len(self.outcomes),
        }
        kept: dict[str, Any] = {name: self.asked[name] for name in ("Description", "Priority", "RoleArn") if name in self.asked}
        reasons = [{"FailureCode": "ManifestReadFailed", "FailureReason": self.trouble}] if self.trouble else []
        return {"JobId": self.id, "Status": self.status, "ProgressSummary": counted, "FailureReasons": reasons, **kept}


class Copier:
    """Runs the jobs of one region. A dark region does nothing, and its jobs go on when it is back."""

    def __init__(self, lab: Lab, region: str, backend: "LabS3Backend") -> None:
        self._lab, self._region, self._backend = lab, region, backend

    def start(self, asked: dict[str, Any]) -> CopyJob:
        """Return the job that *asked* makes; raise as S3 does what it refuses at once."""
        wanted = asked["Operation"]["S3PutObjectCopy"]
        to = self._backend.get_bucket(wanted["TargetResource"].rpartition(":")[2])
        if to.region_name != self._region:
            raise InvalidRequestException(f"a copy job is made in the region of its destination, and {to.name} is in {to.region_name}")
        job = CopyJob(asked, [])
        Thread(target=self._work, args=(job,), name=f"s3-job-{job.id[:8]}", daemon=True).start()
        return job

    def _work(self, job: CopyJob) -> None:
        if self._lab.closing.wait(STEP):
            return
        job.status = "Preparing"
        with one_at_a_time:
            job.trouble = self._read_manifest(job)
        if self._lab.closing.wait(STEP):
            return
        if job.trouble:
            job.status = "Failed"
            return
        job.status = "Active"
        for task in job.tasks:
            while self._lab.regions.outage(self._region):
                if self._lab.closing.wait(STEP):
                    return
            with one_at_a_time:
                self._carry_out(job, task)
            time.sleep(0)  # requests come in between
        with one_at_a_time:
            self._report(job)
        job.status = "Complete"

    def _read_manifest(self, job: CopyJob) -> str:
        """Fill the job's tasks, and return what is wrong with the manifest."""
        manifest = job.asked["Manifest"]
        bucket, _, key = manifest["Location"]["ObjectArn"].removeprefix("arn:aws:s3:::").partition("/")
        found = self._backend.get_object(bucket, key)
        if not isinstance(found, FakeKey) or found.etag.strip('"') != manifest["Location"]["ETag"].strip('"'):
            return "the manifest is not there, or its ETag is another"
        if manifest["Spec"]["Fields"] != FIELDS:
            return f"the sandbox reads manifests of {', '.join(FIELDS)}"
        job.tasks = list(csv.reader(StringIO(found.value.decode("utf-8"))))
        return ""

    def _carry_out(self, job: CopyJob, task: list[str]) -> None:
        bucket, key, version = task
        try:
            self._copy(job.asked["Operation"]["S3PutObjectCopy"], bucket, unquote_plus(key.replace("+", "%2B")), version)
            job.succeeded += 1
        except Failure as failure:
            job.outcomes.append([bucket, key, version, "failed", failure.code, str(failure.status), failure.says])

    def _copy(self, wanted: dict[str, Any], bucket: str, key: str, version: str) -> None:
        source = self._backend.find_version(bucket, key, version)
        if not isinstance(source, FakeKey):
            raise Failure("NoSuchVersion", 404, "The specified version does not exist.")
        if source.size > LARGEST:
            raise Failure("InvalidRequest", 400, "The specified copy source is larger than the maximum allowable size.")
        if source.storage_class in COLD:
            raise Failure("InvalidObjectState", 403, "The object is archived and was not restored.")
        to = f"{wanted['TargetKeyPrefix']}/{key}" if wanted.get("TargetKeyPrefix") else key
        if len(to.encode()) > LONGEST_KEY:
            raise Failure("KeyTooLongError", 400, "Your key is too long")
        name = wanted["TargetResource"].rpartition(":")[2]
        encryption, key_id = self._encryption(name, wanted)
        try:
            self._backend.copy_object(source, name, to, wanted.get("StorageClass"), encryption, key_id)
            self._lock(name, to)
        except S3ClientError as error:
            raise Failure(str(error.code), 400, str(error.message)) from None

    def _lock(self, name: str, key: str) -> None:
        """Give the copy its bucket's default retention, which moto gives to what comes through its API alone."""
        bucket, copy = self._backend.get_bucket(name), self._backend.get_object(name, key)
        if bucket.has_default_lock and isinstance(copy, FakeKey):
            copy.lock_mode, copy.lock_until = bucket.default_lock_mode, bucket.default_retention()

    def _encryption(self, name: str, wanted: dict[str, Any]) -> tuple[str | None, str | None]:
        """The copy's encryption: the job's key, else the destination's default."""
        bucket = self._backend.get_bucket(name)
        rule = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
        key_id = wanted.get("SSEAwsKmsKeyId") or rule.get("KMSMasterKeyID")
        if not key_id:
            return rule.get("SSEAlgorithm"), None
        key = find_key(bucket.account_id, bucket.region_name, key_id)
        if key is None or key.key_state != "Enabled":
            raise Failure("KMS.DisabledException", 400, f"the key {key_id} cannot encrypt copies")
        return KMS, key_id

    def _report(self, job: CopyJob) -> None:
        """Write the report as AWS does: a CSV of the tasks, none where none is to be told, and a manifest that names it."""
        asked = job.asked.get("Report") or {}
        if not asked.get("Enabled"):
            return
        bucket, folder = asked["Bucket"].rpartition(":")[2], f"{asked['Prefix']}/job-{job.id}"
        body = StringIO()
        csv.writer(body, lineterminator="\n").writerows(job.outcomes)
        results = []
        if job.outcomes:
            key = f"{folder}/results/{hashlib.sha1(job.id.encode(), usedforsecurity=False).hexdigest()}.csv"
            self._backend.put_object(bucket, key, body.getvalue().encode())
            results = [{"TaskExecutionStatus": "failed", "Bucket": bucket, "Key": key}]
        self._backend.put_object(bucket, f"{folder}/manifest.json", _manifest(results))


def _manifest(results: list[dict[str, str]]) -> bytes:
    schema = "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage"
    made = {"Format": "Report_CSV_20180820", "ReportCreationDate": f"{datetime.now(UTC):%FT%TZ}", "ReportSchema": schema}
    return json.dumps({**made, "Results": results}).encode()
