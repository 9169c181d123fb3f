"""Backup vaults: one in each region, each under its own region's key."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.keys import Keys


@dataclass(frozen=True, slots=True)
class VaultsArgs:
    names: Names
    keys: Keys


class Vaults(pulumi.ComponentResource):
    """Where recovery points are kept: those of the active region, and their copies in the recovery region."""

    def __init__(self, name: str, args: VaultsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Vaults", name, None, opts)
        self._vaults = {region: self._vault(region, args) for region in args.names.settings.regions}
        self.register_outputs({})

    def name(self, region: str) -> pulumi.Output[str]:
        return self._vaults[region].name

    def arn(self, region: str) -> pulumi.Output[str]:
        return self._vaults[region].arn

    def _vault(self, region: str, args: VaultsArgs) -> aws.backup.Vault:
        return aws.backup.Vault(
            f"vault-{region}",
            name=args.names.vault(region),
            kms_key_arn=args.keys.arn("vault", region),
            tags=CUSTOMER_DATA,
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
