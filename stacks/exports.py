"""Exports of the database's snapshots: tables as Parquet in an archive whose objects go cold.

AWS Backup keeps no recovery point of RDS in cold storage. What must be kept for years is cheaper as an export, and can be read
without a database of the same version.
"""

from dataclasses import dataclass
from typing import TypeAlias

import pulumi
import pulumi_aws as aws

from names import Names
from sections import SnapshotExport
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.policies.documents import Document, allow, assumed_by, document
from stacks.policies.exports import start_exports, write_exports
from stacks.replication import Replication, ReplicationArgs
from stacks.schedules import Schedule, ScheduleArgs, Schedules

State: TypeAlias = dict[str, object]

LONGEST_HOURS = 24
"""A snapshot's export is restored and written table by table: hours for a database of terabytes."""

LOOK_EVERY_SECONDS = 300
COLD_AFTER_DAYS = 1
"""An export is read only when nothing else is left, so nothing is gained by keeping it warm."""


@dataclass(frozen=True, slots=True)
class ExportsArgs:
    """``wanted`` says when, and for how long in which of S3's archive classes."""

    names: Names
    keys: Keys
    schedules: Schedules
    wanted: SnapshotExport


class Exports(pulumi.ComponentResource):
    """Archives in both regions, each the other's copy; the export itself is made where the writer is.

    AWS's own Step Functions finds the newest snapshot, has RDS export it, and waits: an execution succeeds when the export has.
    """

    def __init__(self, name: str, args: ExportsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Exports", name, None, opts)
        self._args, self._names = args, args.names
        self._region = args.names.settings.active_region
        self._inside = pulumi.ResourceOptions(parent=self)
        regions = args.names.settings.regions
        archives = [self._archive(region) for region in regions]
        buckets = {region: args.names.archive_bucket(region) for region in regions}
        versioned = [archive.versioning for archive in archives]
        Replication("archive", ReplicationArgs(args.names, args.keys, "archive", buckets, versioned), self._inside)
        machine = self._state_machine()
        may = document(allow("StartExport", ["states:StartExecution"], [machine.arn]))
        label = f"export-{self._region}"
        Schedule(
            f"schedule-{label}",
            ScheduleArgs(args.schedules, self._region, "export", args.wanted.schedule, machine.arn, "{}", may),
            self._inside,
        )
        self.register_outputs({})

    def _archive(self, region: str) -> Bucket:
        wanted = self._args.wanted
        archive = Bucket(
            f"archive-{region}",
            BucketArgs(
                name=self._names.archive_bucket(region),
                region=region,
                key_arn=self._args.keys.arn("data", region),
                tags=CUSTOMER_DATA,
                locked_for=wanted.retention,
            ),
            self._inside,
        )
        aws.s3.BucketLifecycleConfiguration(
            f"archive-{region}",
            bucket=archive.bucket.bucket,
            rules=[
                {
                    "id": "cold",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "transitions": [{"days": COLD_AFTER_DAYS, "storage_class": wanted.storage_class}],
                    "expiration": {"days": wanted.retention.days},
                    "noncurrent_version_expiration": {"noncurrent_days": 1},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
                }
            ],
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[archive.versioning]),
        )
        return archive

    def _state_machine(self) -> aws.sfn.StateMachine:
        names, label = self._names, f"export-{self._region}"
        key = self._args.keys.arn("data", self._region)
        bucket = names.archive_bucket(self._region)
        writer, _ = self._role(f"write-{label}", "export.rds", write_exports(names.bucket_arn(bucket), key))
        may_start = start_exports(names.database_arn(self._region), names.snapshots_arn(self._region), writer.arn, key)
        starter, leave = self._role(f"start-{label}", "states", may_start)
        task: State = {"S3BucketName": bucket, "IamRoleArn": writer.arn, "KmsKeyId": key}
        return aws.sfn.StateMachine(
            label,
            name=names.export_machine,
            role_arn=starter.arn,
            definition=pulumi.Output.json_dumps(definition(names.database, names.prefix, task)),
            region=self._region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[leave]),
        )

    def _role(self, label: str, service: str, may: Document) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        role = aws.iam.Role(
            label, name=self._names.role(label), assume_role_policy=pulumi.Output.json_dumps(assumed_by(service)), opts=self._inside
        )
        leave = aws.iam.RolePolicy(
            label, name="export", role=role.name, policy=pulumi.Output.json_dumps(may), opts=pulumi.ResourceOptions(parent=self)
        )
        return role, leave


AGAIN = {"ErrorEquals": ["Rds.RdsException", "Rds.SdkClientException"], "IntervalSeconds": 30, "MaxAttempts": 5, "BackoffRate": 2}
NEWEST = "$sort($snapshots, function($left, $right) { $left.at < $right.at })[0].arn"
CAUSE = "($exists($states.input.FailureCause) ? ': ' & $states.input.FailureCause : '')"
MINUTE = "$replace($substring($states.context.Execution.StartTime, 0, 16), ':', '-')"


def definition(database: str, prefix: str, task: State) -> State:
    """Return the state machine, in the States language with JSONata. An export is called by the minute that it was started in."""
    identifier = jsonata(f"'{prefix}-' & {MINUTE}")
    return {
        "Comment": "Exports the newest snapshot of the orders database to the archive",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": LONGEST_HOURS * 3600,
        "StartAt": "FindSnapshots",
        "States": {
            "FindSnapshots": _find({"DbInstanceIdentifier": database}, "[]", "FindBackups"),
            "FindBackups": _find({"DbInstanceIdentifier": database, "SnapshotType": "awsbackup"}, "$snapshots", "IsThereOne"),
            "IsThereOne": {
                "Type": "Choice",
                "Choices": [{"Condition": jsonata("$count($snapshots) > 0"), "Next": "Export"}],
                "Default": "NothingToExport",
            },
            "NothingToExport": {"Type": "Fail", "Error": "NoSnapshot", "Cause": f"{database} has no snapshot that is available"},
            "Export": {
                **_call("startExportTask", {**task, "ExportTaskIdentifier": identifier, "SourceArn": jsonata(NEWEST)}),
                "Catch": [{"ErrorEquals": ["Rds.ExportTaskAlreadyExistsException"], "Next": "LetItWork"}],
                "Next": "LetItWork",
            },
            "LetItWork": {"Type": "Wait", "Seconds": LOOK_EVERY_SECONDS, "Next": "Look"},
            "Look": {
                **_call("describeExportTasks", {"ExportTaskIdentifier": identifier}),
                "Output": jsonata("$states.result.ExportTasks[0]"),
                "Next": "IsItDone",
            },
            "IsItDone": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": jsonata("$states.input.Status = 'COMPLETE'"), "Next": "Done"},
                    {"Condition": jsonata("$states.input.Status in ['FAILED', 'CANCELING', 'CANCELED']"), "Next": "Failed"},
                ],
                "Default": "LetItWork",
            },
            "Failed": {"Type": "Fail", "Error": "ExportFailed", "Cause": jsonata(f"$states.input.Status & {CAUSE}")},
            "Done": {"Type": "Succeed"},
        },
    }


def jsonata(expression: str) -> str:
    return f"{{% {expression} %}}"


def _find(arguments: State, so_far: str, following: str) -> State:
    """Return a state that adds the available snapshots it finds to *so_far*: RDS lists those of AWS Backup only when asked for them."""
    found = "$states.result.DbSnapshots[Status = 'available'].{'arn': DbSnapshotArn, 'at': SnapshotCreateTime}"
    return {
        **_call("describeDBSnapshots", arguments),
        "Assign": {"snapshots": jsonata(f"[$append({so_far}, {found})]")},
        "Next": following,
    }


def _call(operation: str, arguments: State) -> State:
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:rds:{operation}",
        "Arguments": arguments,
        "Retry": [AGAIN],
    }
