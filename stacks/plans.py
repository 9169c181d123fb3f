"""Backup plans: what is backed up when, how long it is kept, and where it is copied.

Plans serve corruption and retention. The recovery point objective is served by replication: AWS Backup runs hourly at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from sections import DatabaseBackup, FilesBackup
from stacks.account import CUSTOMER_DATA, tags
from stacks.keys import Keys
from stacks.policies.backup import backup_database, backup_file_system, backup_files, backup_into
from stacks.policies.documents import Document, assumed_by
from stacks.vaults import Vaults

LONGEST_CONTINUOUS = timedelta(days=35)
"""AWS keeps no continuous backup for longer; a rule that keeps its backups longer takes snapshots."""

START_WINDOW = timedelta(minutes=60)
COMPLETION_WINDOW = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class PlansArgs:
    names: Names
    keys: Keys
    vaults: Vaults


@dataclass(frozen=True, slots=True)
class Kept:
    """One schedule of a target, and how long what it makes is kept; ``cold_after`` so long, it is kept in cold storage."""

    rule: str
    schedule: str
    retention: timedelta
    continuous: bool = False
    cold_after: timedelta | None = None

    @property
    def lifecycle(self) -> aws.backup.PlanRuleLifecycleArgsDict:
        cold: aws.backup.PlanRuleLifecycleArgsDict = {"cold_storage_after": self.cold_after.days} if self.cold_after else {}
        return {"delete_after": self.retention.days, **cold}


@dataclass(frozen=True, slots=True)
class Protected:
    """What one plan backs up. ``resources`` are ARNs in the active region; ``kept`` begins with its own schedule."""

    target: str
    resources: tuple[str, ...]
    kept: tuple[Kept, ...]
    copied: bool
    policy: Document
    by_tag: bool = True


class Plans(pulumi.ComponentResource):
    """A plan for each enabled target, in the active region; what it keeps is copied to the recovery region, for as long."""

    def __init__(self, name: str, args: PlansArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Plans", name, None, opts)
        self._args, self._region = args, args.names.settings.active_region
        self._inside = pulumi.ResourceOptions(parent=self)
        targets = protected(args.names)
        if targets:
            self._role = self._backup_role(targets)
        for target in targets:
            self._plan(target)
        self.register_outputs({})

    def _plan(self, target: Protected) -> None:
        names = self._args.names
        label = f"{target.target}-{self._region}"
        plan = aws.backup.Plan(
            label,
            name=names.backup_plan(target.target),
            rules=[self._rule(kept, target) for kept in target.kept],
            region=self._region,
            opts=self._inside,
        )
        aws.backup.Selection(
            label,
            name=names.backup_plan(target.target),
            plan_id=plan.id,
            iam_role_arn=self._role.arn,
            resources=list(target.resources),
            selection_tags=[{"type": "STRINGEQUALS", "key": names.backup_tag, "value": target.target}] if target.by_tag else None,
            region=self._region,
            opts=self._inside,
        )

    def _rule(self, kept: Kept, target: Protected) -> aws.backup.PlanRuleArgsDict:
        vaults = self._args.vaults
        # A copy action without a lifecycle of its own keeps its copies for ever.
        copies: list[aws.backup.PlanRuleCopyActionArgsDict] = [
            {"destination_vault_arn": vault, "lifecycle": kept.lifecycle} for vault in vaults.copies
        ]
        return {
            "rule_name": kept.rule,
            "target_vault_name": vaults.name(self._region),
            "schedule": kept.schedule,
            "start_window": _minutes(START_WINDOW),
            "completion_window": _minutes(COMPLETION_WINDOW),
            "enable_continuous_backup": kept.continuous,
            "lifecycle": kept.lifecycle,
            "copy_actions": copies if target.copied else [],
            "recovery_point_tags": recovery_point_tags(self._args.names, kept.rule),
        }

    def _backup_role(self, targets: list[Protected]) -> aws.iam.Role:
        names, settings = self._args.names, self._args.names.settings
        regions = settings.regions
        role = aws.iam.Role(
            "backup",
            name=names.role("backup"),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("backup")),
            opts=self._inside,
        )
        vaults = [self._args.vaults.arn(settings.active_region), *self._args.vaults.copies]
        keys = [self._args.keys.arn(purpose, region) for region in regions for purpose in ("data", "vault")]
        documents: Mapping[str, Document] = {target.target: target.policy for target in targets}
        for purpose, document in {"vaults": backup_into(vaults, keys, settings.account, regions), **documents}.items():
            aws.iam.RolePolicy(
                f"backup-{purpose}", name=purpose, role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside
            )
        return role


def protected(names: Names) -> list[Protected]:
    """Return what the settings want backed up."""
    settings, region = names.settings, names.settings.active_region
    database, files, targets = settings.database, settings.files, []
    if database.enabled:
        arn = names.database_arn(region)
        policy = backup_database(arn, names.databases_arn(region), (names.backup_tag, "database"), settings.account, settings.regions)
        targets.append(Protected("database", (arn,), _kept("database", database), database.cross_region, policy))
    if files.kinds:
        buckets = tuple(names.bucket_arn(bucket) for bucket in names.file_buckets(region).values())
        targets.append(
            Protected("files", buckets, _kept("files", files), True, backup_files(buckets, settings.account, region), by_tag=False)
        )
    if names.file_systems(settings.home_region):
        targets.append(_file_system(names))
    return targets


def _file_system(names: Names) -> Protected:
    """Return the plan of the workload's file system. After a failover, that is out of reach: then the plan takes what bears the tag."""
    settings, region = names.settings, names.settings.active_region
    own = names.file_systems(region)
    anywhere = f"arn:aws:elasticfilesystem:{region}:{settings.account}:file-system/*"
    policy = backup_file_system(own, anywhere, (names.backup_tag, "file-system"))
    # EFS knows no continuous backups.
    kept = (
        replace(each, continuous=False, cold_after=settings.files.cooled(each.retention)) for each in _kept("file-system", settings.files)
    )
    return Protected("file-system", own, tuple(kept), True, policy)


def recovery_point_tags(names: Names, rule: str) -> dict[str, str]:
    """Return the tags of what *rule* makes: nothing else of ours makes it, so the provider's own do not reach it."""
    return {**tags(names), **CUSTOMER_DATA, "managed-by": "aws-backup", "backup-rule": rule}


def _kept(target: str, backup: DatabaseBackup | FilesBackup) -> tuple[Kept, ...]:
    """Return the target's own schedule, which reaches back to any second where AWS lets it, and the snapshots of the further ones."""
    own = Kept(target, backup.schedule, backup.retention, continuous=backup.retention <= LONGEST_CONTINUOUS)
    return own, *(Kept(rule.name, rule.schedule, rule.retention) for rule in backup.rules)


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60
