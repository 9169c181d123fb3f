"""S3 Batch Operations for what is asked of it here: to replicate what lies in a bucket and has no replica, and to copy by a list."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.s3.models import FakeKey, s3_backends
from moto.s3control.exceptions import InvalidRequestException
from moto.s3control.models import S3ControlBackend
from moto.s3control.responses import S3ControlResponse

from sandbox.lab import Lab
from sandbox.s3.copyjobs import Copier, CopyJob

if TYPE_CHECKING:
    from sandbox.s3.models import LabS3Backend
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
    """Jobs that really replicate, of which no reports and manifests are written, and jobs that really copy and report."""

    replicator: ClassVar["Replicator"]
    lab: ClassVar[Lab]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._jobs: dict[str, BatchJob | CopyJob] = {}
        self._tokens: dict[str, str] = {}

    @property
    def _url_module(self) -> Any:
        from sandbox.s3 import joburls

        return joburls

    def create_job(self, asked: dict[str, Any], region: str) -> str:
        """Queue every object that the filter takes, or every line of the manifest, and return the job's id.

        The same token is answered with the same job. All regions' jobs are here: moto keeps S3 Control by partition.
        """
        token = asked["ClientRequestToken"]
        if token not in self._tokens:
            made = self._made(asked, region)
            self._jobs[made.id], self._tokens[token] = made, made.id
        return self._tokens[token]

    def _made(self, asked: dict[str, Any], region: str) -> BatchJob | CopyJob:
        if "S3PutObjectCopy" in asked["Operation"]:
            backend = cast("LabS3Backend", s3_backends[self.account_id][self.partition])
            return Copier(self.lab, region, backend).start(asked)
        return BatchJob(str(uuid4()), asked, self._queued(asked))

    def describe_job(self, job_id: str) -> dict[str, Any]:
        job = self._jobs.get(job_id)
        if job is None:
            raise InvalidRequestException(f"there is no job {job_id}")
        if isinstance(job, CopyJob):
            return job.described()
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
        names = ("ClientRequestToken", "Manifest", "ManifestGenerator", "Operation", "Report", "Description", "Priority", "RoleArn")
        asked = {name: value for name in names if (value := self._get_param(name)) is not None}
        if not {"S3ReplicateObject", "S3PutObjectCopy"} & asked["Operation"].keys():
            raise InvalidRequestException("the sandbox replicates and copies objects, and runs no other operation")
        return ActionResult({"JobId": self.backend.create_job(asked, self.region)})

    def describe_job(self) -> ActionResult:
        return ActionResult({"Job": self.backend.describe_job(self._get_param("JobId"))})
