"""Customer keys: in each region one for data, one for backups, one for announcements and one that signs what is kept."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.policies.documents import Document
from stacks.policies.keys import encrypt_inventories, key_policy, signing_key_policy
from stacks.policies.topics import PUBLISHERS

PURPOSES = {"data": (), "vault": (), "topic": PUBLISHERS, "signing": ()}
"""What each key is for, and which AWS services use it of themselves rather than in a role's name."""

SIGNING = "signing"
"""KMS rotates no asymmetric key. This one stays: a new one would leave the backups before it without anybody to vouch for them."""


@dataclass(frozen=True, slots=True)
class KeysArgs:
    names: Names


class Keys(pulumi.ComponentResource):
    """The same four keys in both regions, so that a copy never depends on the region it was made to survive."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Keys", name, None, opts)
        self._names = args.names
        regions = args.names.settings.regions
        self._keys = {(purpose, region): self._key(purpose, region) for region in regions for purpose in PURPOSES}
        self.register_outputs({})

    def arn(self, purpose: str, region: str) -> pulumi.Output[str]:
        return self._keys[purpose, region].arn

    def arns(self, region: str) -> list[pulumi.Output[str]]:
        return [self.arn(purpose, region) for purpose in PURPOSES]

    def _key(self, purpose: str, region: str) -> aws.kms.Key:
        key = aws.kms.Key(
            f"{purpose}-{region}",
            description=f"{self._names.prefix} {purpose}",
            enable_key_rotation=purpose != SIGNING,
            key_usage="SIGN_VERIFY" if purpose == SIGNING else "ENCRYPT_DECRYPT",
            customer_master_key_spec="ECC_NIST_P256" if purpose == SIGNING else "SYMMETRIC_DEFAULT",
            deletion_window_in_days=30,
            policy=pulumi.Output.json_dumps(self._policy(purpose, region)),
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.kms.Alias(
            f"{purpose}-{region}",
            name=self._names.key_alias(purpose),
            target_key_id=key.key_id,
            region=region,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key

    def _policy(self, purpose: str, region: str) -> Document:
        names, account = self._names, self._names.settings.account
        files = [names.bucket_arn(bucket) for bucket in names.file_buckets(region).values()]
        lists = [encrypt_inventories(account, files)] if purpose == "data" and files else []
        return signing_key_policy(account) if purpose == SIGNING else key_policy(account, PURPOSES[purpose], *lists)
