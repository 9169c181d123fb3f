"""Backup vaults: one in each region, each under its own region's key, locked and closed to whoever would empty it."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.keys import Keys
from stacks.policies.backup import vault_policy
from stacks.topics import Topics

TYPES = (
    *("Aurora", "CloudFormation", "DocumentDB", "DSQL", "DynamoDB", "EBS", "EC2", "EFS", "EKS", "FSx", "Neptune", "RDS", "Redshift"),
    *("Redshift Serverless", "S3", "SAP HANA on Amazon EC2", "Storage Gateway", "Timestream", "VirtualMachine"),
)
"""Every type that AWS Backup names in a region's settings. It takes them all together: one left out would show as a change for ever."""


TOLD = ("COPY_JOB_FAILED", "S3_BACKUP_OBJECT_FAILED", "S3_RESTORE_OBJECT_FAILED")
"""Failures that a vault itself tells its topic; no event and no metric tells of a single object.

Source: PutBackupVaultNotifications, which takes many more words, most of which AWS Backup does not say any more.
"""


@dataclass(frozen=True, slots=True)
class VaultsArgs:
    names: Names
    keys: Keys
    topics: Topics


class Vaults(pulumi.ComponentResource):
    """Where recovery points are kept: those of the active region, and their copies in the recovery region.

    ``copies`` are the ARNs of the vaults that copies go to. Once a vault has its policy, break-glass alone changes that policy or
    the lock: a deployment that is to do so runs as that role.
    """

    def __init__(self, name: str, args: VaultsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Vaults", name, None, opts)
        self._args, self._names = args, args.names
        self._settings = args.names.settings
        self._inside = pulumi.ResourceOptions(parent=self)
        self._vaults = {region: self._vault(region) for region in self._settings.regions}
        for region, vault in self._vaults.items():
            self._close(region, vault, self._lock(region, vault))
            self._tell(region, vault)
            self._opt_in(region)
        self.copies = [self.arn(self._settings.recovery_region)]
        if self._settings.vaults.air_gapped:
            # One in each region, since the roles may swap and neither can be taken away; an empty one costs nothing.
            air_gapped = {region: self._air_gapped_vault(region) for region in self._settings.regions}
            self.copies.append(air_gapped[self._settings.recovery_region])
        self.register_outputs({})

    def name(self, region: str) -> pulumi.Output[str]:
        return self._vaults[region].name

    def arn(self, region: str) -> pulumi.Output[str]:
        return self._vaults[region].arn

    def _vault(self, region: str) -> aws.backup.Vault:
        return aws.backup.Vault(
            f"vault-{region}",
            name=self._names.vault(region),
            kms_key_arn=self._args.keys.arn("vault", region),
            tags=CUSTOMER_DATA,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _lock(self, region: str, vault: aws.backup.Vault) -> list[aws.backup.VaultLockConfiguration]:
        """Lock a vault. Days of grace are what makes a lock a compliance lock, so no other has them."""
        wanted = self._settings.vaults
        if wanted.lock == "none":
            return []
        lock = aws.backup.VaultLockConfiguration(
            f"vault-{region}",
            backup_vault_name=vault.name,
            min_retention_days=wanted.min_retention.days,
            max_retention_days=wanted.max_retention.days,
            changeable_for_days=wanted.grace.days if wanted.lock == "compliance" else None,
            region=region,
            # Each change replaces it, and a vault has one: an old lock that is deleted last would take the new one along.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return [lock]

    def _close(self, region: str, vault: aws.backup.Vault, lock: list[aws.backup.VaultLockConfiguration]) -> None:
        aws.backup.VaultPolicy(
            f"vault-{region}",
            backup_vault_name=vault.name,
            policy=pulumi.Output.json_dumps(vault_policy(self._names.role_arn("break-glass"), self._settings.account)),
            region=region,
            # The policy denies locking too, so the lock comes first.
            opts=pulumi.ResourceOptions(parent=self, depends_on=lock),
        )

    def _tell(self, region: str, vault: aws.backup.Vault) -> None:
        aws.backup.VaultNotifications(
            f"vault-{region}",
            backup_vault_name=vault.name,
            backup_vault_events=list(TOLD),
            sns_topic_arn=self._args.topics.arns[region],
            region=region,
            opts=self._inside,
        )

    def _opt_in(self, region: str) -> None:
        """Let AWS Backup take every type: the settings are the account's, and one refused here is left out of every plan without a word."""
        aws.backup.RegionSettings(
            f"backup-{region}",
            resource_type_opt_in_preference=dict.fromkeys(TYPES, True),
            region=region,
            opts=self._inside,
        )

    def _air_gapped_vault(self, region: str) -> pulumi.Output[str]:
        """Return the ARN of a vault under AWS's own key, locked for good: it outlasts the account's keys and its administrators."""
        vault = aws.backup.LogicallyAirGappedVault(
            f"air-gapped-{region}",
            name=self._names.air_gapped_vault(region),
            min_retention_days=self._settings.vaults.min_retention.days,
            max_retention_days=self._settings.vaults.max_retention.days,
            tags=CUSTOMER_DATA,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        return vault.name.apply(lambda _: self._names.air_gapped_vault_arn(region))
