"""Files backed up on demand: a locked bucket in each region for the copies of the other's files, and the role that S3 copies in."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.policies.documents import assumed_by
from stacks.policies.services import copy_files


@dataclass(frozen=True, slots=True)
class FileBackupsArgs:
    names: Names
    keys: Keys


class FileBackups(pulumi.ComponentResource):
    """Backups lie in the recovery region, and regions swap their roles, so both have a bucket.

    A backup that builds on another needs that one's copies: what is past half of its retention is built upon no more.
    """

    def __init__(self, name: str, args: FileBackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:FileBackups", name, None, opts)
        self._names, self._keys = args.names, args.keys
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            self._bucket(region)
        self._may_copy()
        self.register_outputs({})

    def _bucket(self, region: str) -> Bucket:
        retention = self._names.settings.files.retention
        return Bucket(
            f"file-backups-{region}",
            BucketArgs(
                name=self._names.file_backups_bucket(region),
                region=region,
                key_arn=self._keys.arn("data", region),
                tags=CUSTOMER_DATA,
                locked_for=retention,
                keep_for=retention,
                # A version that is still locked stays until its lock is over.
                keep_old_versions_for=timedelta(days=1),
            ),
            self._inside,
        )

    def _may_copy(self) -> None:
        """Make the role of `invoke backup --target files`: a batch job is made when it is wanted, and no resource of a program."""
        names, regions = self._names, self._names.settings.regions
        role = aws.iam.Role(
            "file-backups",
            name=names.role("file-backups"),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("batchoperations.s3")),
            opts=self._inside,
        )
        document = copy_files(
            names.settings.account,
            {region: [names.bucket_arn(bucket) for bucket in names.file_buckets(region).values()] for region in regions},
            [names.bucket_arn(names.inventory_bucket(region)) for region in regions],
            [names.bucket_arn(names.file_backups_bucket(region)) for region in regions],
            [self._keys.arn("data", region) for region in regions],
        )
        aws.iam.RolePolicy("file-backups", name="copy", role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside)
