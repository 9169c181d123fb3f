"""Files of every kind: a bucket of each in the standby region, replicated both ways, and old versions that cost little and end."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from sections import FileKind
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs, old_versions
from stacks.keys import Keys
from stacks.replication import Replication, ReplicationArgs


@dataclass(frozen=True, slots=True)
class FilesArgs:
    names: Names
    keys: Keys


class Files(pulumi.ComponentResource):
    """The home region's buckets are the workload's: they gain versioning, replication and a lifecycle, by name, and are otherwise left
    alone. A bucket has one lifecycle configuration, so rules that the workload made there are replaced.

    Both sides age by themselves: S3 replicates no deletion that a lifecycle makes.
    """

    def __init__(self, name: str, args: FilesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Files", name, None, opts)
        self._args, self._names = args, args.names
        self._inside = pulumi.ResourceOptions(parent=self)
        for kind in args.names.settings.files.kinds:
            self._keep(kind)
        self.register_outputs({})

    def _keep(self, kind: FileKind) -> None:
        settings = self._names.settings
        versioned = [self._standby(kind).versioning, self._keep_versions(kind)]
        buckets = {region: self._names.file_bucket(kind, region) for region in settings.regions}
        Replication(kind, ReplicationArgs(self._names, self._args.keys, kind, buckets, versioned), self._inside)

    def _standby(self, kind: FileKind) -> Bucket:
        files, region = self._names.settings.files, self._names.settings.standby_region
        return Bucket(
            f"{kind}-{region}",
            BucketArgs(
                name=self._names.file_bucket(kind, region),
                region=region,
                key_arn=self._args.keys.arn("data", region),
                tags=CUSTOMER_DATA,
                keep_old_versions_for=files.retention,
                archive=files.archive,
            ),
            self._inside,
        )

    def _keep_versions(self, kind: FileKind) -> aws.s3.BucketVersioning:
        """Keep the versions of the workload's bucket, for as long as those of ours."""
        files, region = self._names.settings.files, self._names.settings.home_region
        bucket, label = self._names.file_bucket(kind, region), f"{kind}-{region}"
        versioning = aws.s3.BucketVersioning(
            label,
            bucket=bucket,
            versioning_configuration={"status": "Enabled"},
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        aws.s3.BucketLifecycleConfiguration(
            label,
            bucket=bucket,
            rules=[old_versions(files.retention, files.archive)],
            region=region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        return versioning
