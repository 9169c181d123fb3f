"""S3 Batch Operations for the one thing that is asked of it here: to replicate what lies in a bucket and has no replica."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.s3.models import FakeKey, s3_backends
from moto.s3control.exceptions import InvalidRequestException
from moto.s3control.models import S3ControlBackend
from moto.s3control.responses import S3ControlResponse

if TYPE_CHECKING:
    from sandbox.s3.replication import Replicator, Version

STATUSES = {"NONE": None, "FAILED": "FAILED"}
"""What the filter of a manifest calls the statuses of replication that a job here is about."""

NOTHING_FOUND = "Manifest generation found no keys matching the filter criteria."
"""Source: the S3 user guide, "Troubleshooting replication"; the code beside it is made up."""


@dataclass(frozen=True, slots=True)
class BatchJob:
    """``versions`` are its tasks, which are decided when it is made."""

    id: str
    asked: dict[str, Any]
    versions: "tuple[Version, ...]"


class LabS3ControlBackend(S3ControlBackend):
    """Jobs that really replicate; of reports and manifests nothing is written."""

    replicator: ClassVar["Replicator"]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._jobs: dict[str, BatchJob] = {}
        self._tokens: dict[str, str] = {}

    @property
    def _url_module(self) -> Any:
        from sandbox.s3 import joburls

        return joburls

    def create_job(self, asked: dict[str, Any]) -> str:
        """Queue every object that the filter takes, and return the job's id; the same token is answered with the same job."""
        token = asked["ClientRequestToken"]
        if token not in self._tokens:
            made = BatchJob(str(uuid4()), asked, self._queued(asked))
            self._jobs[made.id], self._tokens[token] = made, made.id
        return self._tokens[token]

    def describe_job(self, job_id: str) -> dict[str, Any]:
        job = self._jobs.get(job_id)
        if job is None:
            raise InvalidRequestException(f"there is no job {job_id}")
        states = [self.replicator.status(version) for version in job.versions]
        if not states:
            reason = {"FailureCode": "ManifestGenerationFailed", "FailureReason": NOTHING_FOUND}
            return {"JobId": job.id, "Status": "Failed", "ProgressSummary": {}, "FailureReasons": [reason]}
        done = all(state in ("COMPLETED", "FAILED") for state in states)
        counted = {
            "TotalNumberOfTasks": len(states),
            "NumberOfTasksSucceeded": states.count("COMPLETED"),
            "NumberOfTasksFailed": states.count("FAILED"),
        }
        kept: dict[str, Any] = {name: job.asked[name] for name in ("Description", "Priority", "RoleArn") if name in job.asked}
        return {"JobId": job.id, "Status": "Complete" if done else "Active", "ProgressSummary": counted, **kept}

    def _queued(self, asked: dict[str, Any]) -> "tuple[Version, ...]":
        generator = asked["ManifestGenerator"]["S3JobManifestGenerator"]
        wanted = {STATUSES[name] for name in generator["Filter"]["ObjectReplicationStatuses"]}
        backend, name = s3_backends[self.account_id][self.partition], generator["SourceBucket"].rpartition(":")[2]
        bucket = backend.get_bucket(name)
        if not backend.get_bucket_replication(name):
            raise InvalidRequestException("the source bucket has no replication configuration")
        found = []
        for key in [version for each in bucket.keys for version in bucket.keys.getlist(each)]:
            version = (bucket.name, key.name, key.version_id)
            if isinstance(key, FakeKey) and self.replicator.status(version) in wanted:
                self.replicator.write(key)
                found.append(version)
        return tuple(found)


class JobsResponse(S3ControlResponse):
    backend: LabS3ControlBackend

    def create_job(self) -> ActionResult:
        names = ("ClientRequestToken", "ManifestGenerator", "Operation", "Description", "Priority", "RoleArn")
        asked = {name: value for name in names if (value := self._get_param(name)) is not None}
        if "S3ReplicateObject" not in asked["Operation"]:
            raise InvalidRequestException("the sandbox replicates objects, and runs no other operation")
        return ActionResult({"JobId": self.backend.create_job(asked)})

    def describe_job(self) -> ActionResult:
        return ActionResult({"Job": self.backend.describe_job(self._get_param("JobId"))})
