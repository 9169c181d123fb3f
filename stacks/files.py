"""Media: a bucket in the standby region, and replication both ways, timed, so that neither failover nor failback sets it up."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.replication import Replication, ReplicationArgs


@dataclass(frozen=True, slots=True)
class FilesArgs:
    names: Names
    keys: Keys


class Files(pulumi.ComponentResource):
    """The home region's bucket is the workload's: it gains versioning and replication, by its name, and is otherwise left alone."""

    def __init__(self, name: str, args: FilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Files", name, None, opts)
        self._args = args
        settings = args.names.settings
        home, standby = settings.home_region, settings.standby_region
        self._inside = pulumi.ResourceOptions(parent=self)
        copy = Bucket(
            f"media-{standby}",
            BucketArgs(
                name=args.names.media_bucket(standby),
                region=standby,
                key_arn=args.keys.arn("data", standby),
                tags=CUSTOMER_DATA,
                keep_old_versions_for=settings.files.retention,
            ),
            self._inside,
        )
        versioned = [copy.versioning, self._keep_versions(home)]
        buckets = {region: args.names.media_bucket(region) for region in settings.regions}
        Replication("media", ReplicationArgs(args.names, args.keys, "media", buckets, versioned), self._inside)
        self.register_outputs({})

    def _keep_versions(self, region: str) -> aws.s3.BucketVersioning:
        return aws.s3.BucketVersioning(
            f"media-{region}",
            bucket=self._args.names.media_bucket(region),
            versioning_configuration={"status": "Enabled"},
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
