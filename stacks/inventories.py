"""Daily lists of every version of every file, in both regions: what is there, whether it was replicated, and how it is encrypted."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import EVIDENCE
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.policies.buckets import delivered_inventories
from stacks.policies.documents import assumed_by
from stacks.policies.services import replicate_existing

FIELDS = (
    *("Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded", "ReplicationStatus", "EncryptionStatus"),
    *("ObjectLockRetainUntilDate", "ObjectLockMode", "ObjectLockLegalHoldStatus", "BucketKeyStatus", "ChecksumAlgorithm"),
)
"""Beside bucket, key, version and whether it is the latest or a delete marker, which S3 lists of itself. It lists which checksum an
object has and not its value: that is asked of the object."""


@dataclass(frozen=True, slots=True)
class InventoriesArgs:
    names: Names
    keys: Keys


class Inventories(pulumi.ComponentResource):
    """As CSV, which is read without a library. Batch jobs keep their manifests and reports beside the lists, so their role is here.

    The bucket is versioned, but without object lock: S3 Batch Operations delivers no report under a default retention (the S3 user guide,
    "Troubleshooting S3 Batch Operations"), and what S3 Inventory does is not said.
    """

    def __init__(self, name: str, args: InventoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Inventories", name, None, opts)
        self._names, self._keys = args.names, args.keys
        self._inside = pulumi.ResourceOptions(parent=self)
        for region in args.names.settings.regions:
            listed = self._bucket(region)
            for kind, bucket in args.names.file_buckets(region).items():
                self._inventory(f"{kind}-{region}", region, bucket, listed)
        self._may_replicate_existing()
        self.register_outputs({})

    def _bucket(self, region: str) -> Bucket:
        """Return the bucket that lists are kept in for as long as the oldest version in them."""
        names, retention = self._names, self._names.settings.files.retention
        name = names.inventory_bucket(region)
        sources = [names.bucket_arn(bucket) for bucket in names.file_buckets(region).values()]
        return Bucket(
            f"inventories-{region}",
            BucketArgs(
                name=name,
                region=region,
                key_arn=self._keys.arn("data", region),
                tags=EVIDENCE,
                keep_for=retention,
                keep_old_versions_for=retention,
                allows=[delivered_inventories(f"{names.bucket_arn(name)}/*", names.settings.account, sources)],
            ),
            self._inside,
        )

    def _inventory(self, label: str, region: str, source: str, listed: Bucket) -> None:
        names = self._names
        aws.s3.Inventory(
            label,
            bucket=source,
            name=names.inventory,
            included_object_versions="All",
            schedule={"frequency": "Daily"},
            optional_fields=list(FIELDS),
            destination={
                "bucket": {
                    "bucket_arn": names.bucket_arn(names.inventory_bucket(region)),
                    "account_id": names.settings.account,
                    "format": "CSV",
                    "encryption": {"sse_kms": {"key_id": self._keys.arn("data", region)}},
                }
            },
            region=region,
            # Delivery is tried when the list is set up.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[listed]),
        )

    def _may_replicate_existing(self) -> None:
        """Make the role of `invoke replicate-existing`: a batch job is made when it is wanted, and no resource of a program."""
        names, regions = self._names, self._names.settings.regions
        role = aws.iam.Role(
            "replicate-existing",
            name=names.role("replicate-existing"),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("batchoperations.s3")),
            opts=self._inside,
        )
        sources = [names.bucket_arn(bucket) for region in regions for bucket in names.file_buckets(region).values()]
        lists = [names.bucket_arn(names.inventory_bucket(region)) for region in regions]
        document = replicate_existing(sources, lists, [self._keys.arn("data", region) for region in regions], regions)
        aws.iam.RolePolicy(
            "replicate-existing", name="replicate", role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside
        )
