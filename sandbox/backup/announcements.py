"""What AWS Backup tells the rest of AWS when a job's state changes: an event, metrics, and the vault's topic."""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from moto.cloudwatch.models import cloudwatch_backends
from moto.events.models import events_backends
from moto.sns.exceptions import SNSException
from moto.sns.models import sns_backends

if TYPE_CHECKING:
    from sandbox.backup.models import LabBackupBackend
    from sandbox.backup.records import Job

DONE = {"COMPLETED", "FAILED", "EXPIRED", "ABORTED"}


@dataclass(frozen=True, slots=True)
class Family:
    """How one family of jobs speaks: ``name`` is ``Backup``, ``Copy`` or ``Restore``; events carry ``state`` or ``status``."""

    name: str
    state_member: str = "state"


def announce(backend: "LabBackupBackend", family: Family, vault_name: str, job: "Job", detail: Mapping[str, object]) -> None:
    """Tell about *job*'s new state. Like AWS Backup's own, an event that cannot be delivered is lost."""
    _put_event(backend, family, job, detail)
    count(backend, f"NumberOf{family.name}Jobs{job.state.title()}", vault_name, job.resource_type)
    _publish(backend, family, vault_name, job, detail)


def count(backend: "LabBackupBackend", metric: str, vault_name: str, resource_type: str) -> None:
    """Add one to *metric* of the vault, and to that of the vault and the resource type."""
    vault = {"Name": "BackupVaultName", "Value": vault_name}
    kind = {"Name": "ResourceType", "Value": resource_type}
    data = [{"MetricName": metric, "Value": 1.0, "Unit": "Count", "Dimensions": dimensions} for dimensions in ([vault], [vault, kind])]
    cloudwatch_backends[backend.account_id][backend.region_name].put_metric_data("AWS/Backup", data)


def _put_event(backend: "LabBackupBackend", family: Family, job: "Job", detail: Mapping[str, object]) -> None:
    said = {**_common(job), family.state_member: job.state, **detail}
    event = {
        "Source": "aws.backup",
        "DetailType": f"{family.name} Job State Change",
        "Detail": json.dumps({name: _text(value) for name, value in said.items() if value is not None}),
        "Resources": [job.resource_arn],
    }
    events_backends[backend.account_id][backend.region_name].put_events([event])


def _common(job: "Job") -> dict[str, object]:
    return {
        "resourceArn": job.resource_arn,
        "resourceType": job.resource_type,
        "iamRoleArn": job.iam_role_arn,
        "creationDate": job.creation_date,
        "completionDate": job.completion_date,
        "backupSizeInBytes": job.backup_size_in_bytes,
        "percentDone": float(job.percent_done),
        "statusMessage": job.status_message,
    }


def _publish(backend: "LabBackupBackend", family: Family, vault_name: str, job: "Job", detail: Mapping[str, object]) -> None:
    configured = backend.notifications.get(vault_name, {})
    wanted = configured.get("BackupVaultEvents", [])
    happened = _vault_events(family, job.state)
    if isinstance(wanted, list) and happened & set(wanted):
        text = (
            f"An AWS Backup {family.name.lower()} job is {job.state}. Resource ARN: {job.resource_arn}. {json.dumps(detail, default=_text)}"
        )
        with contextlib.suppress(SNSException):  # the topic may be gone
            sns_backends[backend.account_id][backend.region_name].publish(text, arn=str(configured["SNSTopicArn"]), subject="AWS Backup")


def _vault_events(family: Family, state: str) -> set[str]:
    """AWS Backup has one event for every end (COMPLETED, of backups and restores) beside one for each kind of end."""
    prefix = f"{family.name.upper()}_JOB"
    names = {"RUNNING": "STARTED", "COMPLETED": "SUCCESSFUL", "FAILED": "FAILED", "EXPIRED": "EXPIRED"}
    events = {f"{prefix}_{names[state]}"} if state in names else set()
    return events | ({f"{prefix}_COMPLETED"} if state in DONE and family.name != "Copy" else set())


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
