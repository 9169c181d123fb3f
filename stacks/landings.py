"""Where AWS Backup restores files to: a bucket in each region that is there beforehand, since a disaster is no time to make one."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys

KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LandingsArgs:
    names: Names
    keys: Keys


class Landings(pulumi.ComponentResource):
    """AWS Backup puts no object in the place of one that is there, and restores in the backup's own region: so files land beside.

    `invoke restore` copies on what landed. It ends by itself.
    """

    def __init__(self, name: str, args: LandingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Landings", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            landing = Bucket(
                f"restored-files-{region}",
                BucketArgs(
                    name=args.names.landing_bucket(region),
                    region=region,
                    key_arn=args.keys.arn("data", region),
                    tags=CUSTOMER_DATA,
                    keep_for=KEPT,
                    keep_old_versions_for=timedelta(days=1),
                ),
                inside,
            )
            # A backup that was made with access lists fails to be restored into a bucket that knows none; nobody but us writes any.
            aws.s3.BucketOwnershipControls(
                f"restored-files-{region}",
                bucket=landing.bucket.bucket,
                rule={"object_ownership": "BucketOwnerPreferred"},
                region=region,
                opts=inside,
            )
        self.register_outputs({})
