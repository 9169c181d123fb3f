"""Restore tests: what AWS Backup restores by itself every month in the standby region, and clears away again."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from settings import Settings
from stacks.account import EVIDENCE
from stacks.duties import RESTORED
from stacks.duties.places import everywhere
from stacks.keys import Keys
from stacks.network import Network
from stacks.policies.documents import Document, assumed_by
from stacks.policies.restore import restore_database, restore_file_system, restore_files, restore_with
from stacks.vaults import Vaults

WINDOW_DAYS = 30
START_WITHIN_HOURS = 8
KEPT_FOR_VALIDATION_HOURS = 4


@dataclass(frozen=True, slots=True)
class RestoreTestsArgs:
    names: Names
    keys: Keys
    network: Network
    vaults: Vaults


class RestoreTests(pulumi.ComponentResource):
    """Restored from the standby region's vault, which holds the copies that must stand in after a loss, and where our network is.

    A test takes the newest snapshot of each resource; a copy of a continuous backup is one.
    Where it is placed is said in full, since what AWS Backup infers is the default network, which may not exist.
    """

    def __init__(self, name: str, args: RestoreTestsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:RestoreTests", name, None, opts)
        self._args, self._names = args, args.names
        self._region = args.names.settings.standby_region
        self._key = args.keys.arn("data", self._region)
        settings = args.names.settings
        active = settings.active_region
        self._plan_name = self._plan().name
        self._role, self._leave = self._restore_role()
        if settings.database.enabled:
            self._select("database", "RDS", [args.names.database_arn(active)], self._database_placed())
        if settings.files.kinds:
            buckets = [args.names.bucket_arn(bucket) for bucket in args.names.file_buckets(active).values()]
            self._select("files", "S3", buckets, {"encryptionType": "SSE-KMS", "kmsKey": self._key})
        if systems := args.names.file_systems(active):
            # AWS Backup infers the rest of a new file system, and takes no word on it.
            self._select("file-system", "EFS", systems, {"kmsKeyId": self._key})
        self.register_outputs({})

    def _plan(self) -> aws.backup.RestoreTestingPlan:
        return aws.backup.RestoreTestingPlan(
            f"restore-tests-{self._region}",
            name=self._names.audit("restores"),
            schedule_expression=self._names.settings.disaster_recovery.testing.schedule,
            schedule_expression_timezone="UTC",
            start_window_hours=START_WITHIN_HOURS,
            recovery_point_selection={
                "algorithm": "LATEST_WITHIN_WINDOW",
                "include_vaults": [self._args.vaults.arn(self._region)],
                "recovery_point_types": ["SNAPSHOT"],
                "selection_window_days": WINDOW_DAYS,
            },
            tags=EVIDENCE,
            region=self._region,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _select(self, target: str, type_: str, resources: Sequence[str], placed: dict[str, pulumi.Input[str]]) -> None:
        aws.backup.RestoreTestingSelection(
            f"restore-{target}-{self._region}",
            name=self._names.audit(target),
            restore_testing_plan_name=self._plan_name,
            protected_resource_type=type_,
            protected_resource_arns=list(resources),
            restore_metadata_overrides=placed,
            validation_window_hours=KEPT_FOR_VALIDATION_HOURS,
            iam_role_arn=self._role.arn,
            region=self._region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._leave),
        )

    def _database_placed(self) -> dict[str, pulumi.Input[str]]:
        """Return where a database is restored to: beside the replica, reached by the builds that look into it alone. Lists go as JSON."""
        return {
            "dbSubnetGroupName": self._names.subnet_group(self._region),
            "dbParameterGroupName": self._names.parameter_group,
            "vpcSecurityGroupIds": pulumi.Output.json_dumps([self._args.network.restored_group.id]),
        }

    def _restore_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        inside = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            "restore",
            name=self._names.role("restore"),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("backup")),
            opts=inside,
        )
        keys = [self._args.keys.arn(purpose, region) for region in self._names.settings.regions for purpose in ("data", "vault")]
        documents = {
            "keys": restore_with(keys),
            "database": self._may_restore_database(),
            "files": _may_restore_files(self._names),
        }
        if self._names.file_systems(self._names.settings.home_region):
            documents["file-system"] = self._may_restore_file_system()
        leave: list[pulumi.Resource] = [
            aws.iam.RolePolicy(f"restore-{what}", name=what, role=role.name, policy=pulumi.Output.json_dumps(document), opts=inside)
            for what, document in documents.items()
        ]
        return role, leave

    def _may_restore_file_system(self) -> Document:
        return restore_file_system(f"arn:aws:elasticfilesystem:{self._region}:{self._names.settings.account}:file-system/*")

    def _may_restore_database(self) -> Document:
        """Return leave for tests and for what people restore, in both regions; the home region's network is the workload's."""
        names = self._names
        groups = everywhere(names, "rds", "subgrp:*", f"pg:{names.parameter_group}", "og:*")
        restored = [names.restored_databases_arn(region) for region in names.settings.regions]
        tests = everywhere(names, "rds", f"db:{RESTORED}")
        return restore_database(everywhere(names, "rds", "snapshot:awsbackup:*"), tests, restored, groups)


def tested(settings: Settings) -> bool:
    """Return whether AWS Backup tests restores by itself: it needs the network that a test's database stands in."""
    recovery = settings.disaster_recovery
    return recovery.enabled and recovery.testing.enabled and recovery.testing.automated


def _may_restore_files(names: Names) -> Document:
    """Return leave for tests, and for what people restore, in both regions."""
    landings = [names.landing_bucket(region) for region in names.settings.regions]
    return restore_files([names.bucket_arn(bucket) for bucket in (RESTORED, *landings)])
