"""Backup plans: what is backed up when, how long it is kept, and where it is copied.

Plans serve corruption and retention. The recovery point objective is served by replication: AWS Backup runs hourly at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks import policies
from stacks.keys import Keys
from stacks.vaults import Vaults

LONGEST_CONTINUOUS = timedelta(days=35)
"""AWS keeps no continuous backup for longer; a plan that keeps its backups longer takes snapshots."""

START_WINDOW = timedelta(minutes=60)
COMPLETION_WINDOW = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class PlansArgs:
    names: Names
    keys: Keys
    vaults: Vaults


@dataclass(frozen=True, slots=True)
class Protected:
    """One thing that is backed up. ``resource`` is its ARN in the active region."""

    target: str
    resource: str
    schedule: str
    retention: timedelta
    copied: bool
    policy: policies.Document


class Plans(pulumi.ComponentResource):
    """A plan for each enabled target, in the active region; what it keeps is copied to the recovery region's vault."""

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
            rules=[self._rule(target)],
            region=self._region,
            opts=self._inside,
        )
        aws.backup.Selection(
            label,
            name=names.backup_plan(target.target),
            plan_id=plan.id,
            iam_role_arn=self._role.arn,
            resources=[target.resource],
            selection_tags=[{"type": "STRINGEQUALS", "key": names.backup_tag, "value": target.target}],
            region=self._region,
            opts=self._inside,
        )

    def _rule(self, target: Protected) -> aws.backup.PlanRuleArgsDict:
        vaults, recovery = self._args.vaults, self._args.names.settings.recovery_region
        lifecycle: aws.backup.PlanRuleLifecycleArgsDict = {"delete_after": target.retention.days}
        # A copy action without a lifecycle of its own keeps its copies for ever.
        copies: list[aws.backup.PlanRuleCopyActionArgsDict] = [
            {"destination_vault_arn": vaults.arn(recovery), "lifecycle": {"delete_after": target.retention.days}}
        ]
        return {
            "rule_name": target.target,
            "target_vault_name": vaults.name(self._region),
            "schedule": target.schedule,
            "start_window": _minutes(START_WINDOW),
            "completion_window": _minutes(COMPLETION_WINDOW),
            "enable_continuous_backup": target.retention <= LONGEST_CONTINUOUS,
            "lifecycle": lifecycle,
            "copy_actions": copies if target.copied else [],
        }

    def _backup_role(self, targets: list[Protected]) -> aws.iam.Role:
        names, regions = self._args.names, self._args.names.settings.regions
        role = aws.iam.Role(
            "backup",
            name=names.role("backup"),
            assume_role_policy=pulumi.Output.json_dumps(policies.assumed_by("backup")),
            opts=self._inside,
        )
        vaults = [self._args.vaults.arn(region) for region in regions]
        keys = [self._args.keys.arn(purpose, region) for region in regions for purpose in ("data", "vault")]
        documents: Mapping[str, policies.Document] = {target.target: target.policy for target in targets}
        for purpose, document in {"vaults": policies.backup_into(vaults, keys), **documents}.items():
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
        policy = policies.backup_database(arn, settings.account, settings.regions)
        targets.append(Protected("database", arn, database.schedule, database.retention, database.cross_region, policy))
    if files.enabled:
        arn = names.bucket_arn(names.media_bucket(region))
        policy = policies.backup_files(arn, settings.account, region)
        targets.append(Protected("files", arn, files.schedule, files.retention, True, policy))
    return targets


def _minutes(duration: timedelta) -> int:
    return int(duration.total_seconds()) // 60
