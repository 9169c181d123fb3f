"""S3 Control: batch jobs, which S3 runs over every object of a bucket."""

from dataclasses import dataclass

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that replicates what lies in *source* and has no replica. Buckets and the role are ARNs.

    Its manifest and its report of every task go to *lists*, under *prefix*. S3 answers a second request with the same *token* (64
    characters at most) with the job that it made of the first.
    """

    account: str
    source: str
    lists: str
    prefix: str
    role: str
    token: str
    says: str


@dataclass(frozen=True, slots=True)
class Job:
    """A batch job. ``status`` is S3's own word; ``trouble`` is why it failed, empty if it did not."""

    id: str
    status: str
    total: int
    succeeded: int
    failed: int
    trouble: str


def replicate(door: Door, wanted: Wanted) -> str:
    """Start the job, in the region of the bucket, and return its id."""
    owned = {"ExpectedBucketOwner": wanted.account}
    manifest = {"ExpectedManifestBucketOwner": wanted.account, "Bucket": wanted.lists, "ManifestPrefix": f"{wanted.prefix}/manifests"}
    generator = {
        **owned,
        "SourceBucket": wanted.source,
        "EnableManifestOutput": True,
        "ManifestOutputLocation": {**manifest, "ManifestFormat": "S3InventoryReport_CSV_20211130"},
        "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": ["NONE", "FAILED"]},
    }
    report = {"Enabled": True, "Bucket": wanted.lists, "Prefix": f"{wanted.prefix}/reports", "Format": "Report_CSV_20180820"}
    made: str = door.call(
        "s3control",
        "create_job",
        AccountId=wanted.account,
        Operation={"S3ReplicateObject": {}},
        ManifestGenerator={"S3JobManifestGenerator": generator},
        Report={**report, **owned, "ReportScope": "AllTasks"},
        ConfirmationRequired=False,
        ClientRequestToken=wanted.token,
        Description=wanted.says,
        Priority=10,
        RoleArn=wanted.role,
    )["JobId"]
    return made


def job(door: Door, account: str, job_id: str) -> Job:
    found = door.call("s3control", "describe_job", AccountId=account, JobId=job_id)["Job"]
    progress = found.get("ProgressSummary", {})
    reasons = [str(reason.get("FailureReason", "no reason given")) for reason in found.get("FailureReasons", [])]
    return Job(
        found["JobId"],
        found["Status"],
        progress.get("TotalNumberOfTasks", 0),
        progress.get("NumberOfTasksSucceeded", 0),
        progress.get("NumberOfTasksFailed", 0),
        "; ".join(reasons),
    )


@dataclass(frozen=True, slots=True)
class Copying:
    """A job that copies what the CSV *manifest* (an ARN, with its *etag*) names into the bucket *to*, each key under *prefix*.

    The manifest has a line of bucket, key (URL-encoded) and version for each object. Buckets and the role are ARNs; the report of
    what failed goes to *reports*, under *report_prefix*. *token* is as in :class:`Wanted`.
    """

    account: str
    manifest: str
    etag: str
    to: str
    prefix: str
    storage_class: str
    reports: str
    report_prefix: str
    role: str
    token: str
    says: str


def copy(door: Door, wanted: Copying) -> str:
    """Start the job and return its id. *door* is the destination's region: there S3 wants its copy jobs made.

    Source: the S3 user guide, "Copy objects", which also says that an object of up to 5 GB is copied.
    """
    # Under which key, the destination's default encryption says.
    target = {"TargetResource": wanted.to, "TargetKeyPrefix": wanted.prefix, "StorageClass": wanted.storage_class}
    made: str = door.call(
        "s3control",
        "create_job",
        AccountId=wanted.account,
        Operation={"S3PutObjectCopy": {**target, "MetadataDirective": "COPY"}},
        Manifest={
            "Spec": {"Format": "S3BatchOperations_CSV_20180820", "Fields": ["Bucket", "Key", "VersionId"]},
            "Location": {"ObjectArn": wanted.manifest, "ETag": wanted.etag},
        },
        Report={
            "Enabled": True,
            "Bucket": wanted.reports,
            "Prefix": wanted.report_prefix,
            "Format": "Report_CSV_20180820",
            "ReportScope": "FailedTasksOnly",
            "ExpectedBucketOwner": wanted.account,
        },
        ConfirmationRequired=False,
        ClientRequestToken=wanted.token,
        Description=wanted.says,
        Priority=10,
        RoleArn=wanted.role,
    )["JobId"]
    return made
