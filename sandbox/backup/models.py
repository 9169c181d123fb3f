"""The state of AWS Backup in one region."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, ClassVar, cast

from moto.backup.models import BackupBackend, Plan, Vault, backup_backends

from sandbox.backup.announcements import count
from sandbox.backup.errors import ResourceNotFoundException
from sandbox.backup.records import BackupJob, CopyJob, RecoveryPoint, RestoreJob, Selection
from sandbox.emulator import one_at_a_time
from sandbox.lab import Lab

if TYPE_CHECKING:
    from sandbox.backup.restore_tests import TestPlan

OPT_IN = ("CloudFormation", "DynamoDB", "EBS", "EC2", "EFS", "RDS", "S3", "Storage Gateway", "VirtualMachine")
OPT_OUT = (
    *("Aurora", "DocumentDB", "DSQL", "EKS", "FSx", "Neptune", "Redshift", "Redshift Serverless", "SAP HANA on Amazon EC2"),
    "Timestream",
)


class LabBackupBackend(BackupBackend):
    """Records by their identifiers, in the order they were made; the operations are in the files beside this one.

    ``points`` is keyed by vault name and recovery point ARN, tokens by what the caller sent; ``turns`` has a lock for each resource.
    """

    lab: ClassVar[Lab]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.plan_versions: dict[str, list[Plan]] = {}
        self.selections: dict[str, Selection] = {}
        self.points: dict[tuple[str, str], RecoveryPoint] = {}
        self.backup_jobs: dict[str, BackupJob] = {}
        self.copy_jobs: dict[str, CopyJob] = {}
        self.restore_jobs: dict[str, RestoreJob] = {}
        self.backup_tokens: dict[str, BackupJob] = {}
        self.copy_tokens: dict[str, CopyJob] = {}
        self.restore_tokens: dict[str, RestoreJob] = {}
        self.test_plans: dict[str, TestPlan] = {}
        self.turns: defaultdict[str, Lock] = defaultdict(Lock)
        self.access_policies: dict[str, str] = {}
        self.notifications: dict[str, dict[str, object]] = {}
        self.opt_in = dict.fromkeys(OPT_IN, True) | dict.fromkeys(OPT_OUT, False)
        self.full_management: dict[str, bool] = {"DynamoDB": False, "EFS": True}

    def in_region(self, region: str) -> "LabBackupBackend":
        """Return AWS Backup of *region*, in the same account."""
        return cast(LabBackupBackend, backup_backends[self.account_id][region])

    def find_vault(self, name: str) -> Vault:
        if name not in self.vaults:
            raise ResourceNotFoundException(f"Backup vault {name} cannot be found")
        return self.vaults[name]

    def find_plan(self, plan_id: str) -> Plan:
        plan = self.plans.get(plan_id)
        if plan is None or plan.deletion_date is not None:
            raise ResourceNotFoundException("Failed reading Backup plan with provided version")
        return plan

    def find_point(self, vault_name: str, arn: str) -> RecoveryPoint:
        self.find_vault(vault_name)
        if (vault_name, arn) not in self.points:
            raise ResourceNotFoundException(f"Recovery point {arn} cannot be found in backup vault {vault_name}")
        return self.points[vault_name, arn]

    def points_of(self, vault_name: str) -> list[RecoveryPoint]:
        return [point for point in list(self.points.values()) if point.backup_vault_name == vault_name]

    def keep(self, point: RecoveryPoint, tags: Mapping[str, str]) -> None:
        with one_at_a_time:
            self.points[point.backup_vault_name, point.recovery_point_arn] = point
            self.tag_resource(point.recovery_point_arn, dict(tags))
            count(self, "NumberOfRecoveryPointsCompleted", point.backup_vault_name, point.resource_type)


def new_id() -> str:
    """Return an identifier in the form that AWS Backup gives jobs: upper case."""
    return str(uuid.uuid4()).upper()
