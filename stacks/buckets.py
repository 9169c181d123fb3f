"""A bucket as every bucket of ours is: private, versioned, encrypted with a customer key, and reached over TLS alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_aws as aws

from sections import Archive
from stacks.policies.buckets import tls_only
from stacks.policies.documents import Statement

Rule = aws.s3.BucketLifecycleConfigurationRuleArgsDict


@dataclass(frozen=True, slots=True)
class BucketArgs:
    """``locked_for`` is the default retention of each object version, in governance mode; None leaves object lock off.

    ``keep_for`` is how long an object is kept before it is deleted by itself, and ``keep_old_versions_for`` how long a version is
    after it was overwritten or deleted; None keeps them for good. ``archive`` is where the latter are kept meanwhile.
    ``allows`` are further statements of the bucket's policy, for whom the account's own policies do not reach.
    """

    name: str
    region: str
    key_arn: pulumi.Input[str]
    tags: Mapping[str, str]
    locked_for: timedelta | None = None
    keep_for: timedelta | None = None
    keep_old_versions_for: timedelta | None = None
    archive: Archive | None = None
    allows: Sequence[Statement] = ()


class Bucket(pulumi.ComponentResource):
    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Bucket", name, None, opts)
        self._label, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(
            name,
            bucket=args.name,
            object_lock_enabled=args.locked_for is not None,
            tags=dict(args.tags),
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.versioning = aws.s3.BucketVersioning(
            name,
            bucket=self.bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            region=args.region,
            opts=self._inside,
        )
        self._encrypt()
        self._close_to_the_public()
        if args.locked_for is not None:
            self._lock(args.locked_for)
        rules = [old_versions(args.keep_old_versions_for, args.archive)] if args.keep_old_versions_for else []
        rules += [whole_objects(args.keep_for)] if args.keep_for else []
        if rules:
            self._let_go(rules)
        self.register_outputs({})

    def _encrypt(self) -> None:
        aws.s3.BucketServerSideEncryptionConfiguration(
            self._label,
            bucket=self.bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": self._args.key_arn},
                    "bucket_key_enabled": True,
                }
            ],
            region=self._args.region,
            opts=self._inside,
        )

    def _close_to_the_public(self) -> None:
        closed = aws.s3.BucketPublicAccessBlock(
            self._label,
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            region=self._args.region,
            opts=self._inside,
        )
        objects = self.bucket.arn.apply(lambda arn: f"{arn}/*")
        aws.s3.BucketPolicy(
            self._label,
            bucket=self.bucket.bucket,
            policy=pulumi.Output.json_dumps(tls_only(self.bucket.arn, objects, *self._args.allows)),
            region=self._args.region,
            # S3 refuses one of two changes of a bucket's access made at the same moment.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )

    def _lock(self, retention: timedelta) -> None:
        aws.s3.BucketObjectLockConfiguration(
            self._label,
            bucket=self.bucket.bucket,
            rule={"default_retention": {"mode": "GOVERNANCE", "days": retention.days}},
            region=self._args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )

    def _let_go(self, rules: Sequence[Rule]) -> None:
        aws.s3.BucketLifecycleConfiguration(
            self._label,
            bucket=self.bucket.bucket,
            rules=rules,
            region=self._args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )


def old_versions(kept_for: timedelta, archive: Archive | None = None) -> Rule:
    """Return the rule that ends a version *kept_for* after it was overwritten or deleted, and moves it to *archive* before.

    S3 moves nothing under 128 KB, of which an archive would cost more than it saves.
    """
    rule: Rule = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": kept_for.days},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    if archive is not None:
        rule["noncurrent_version_transitions"] = [{"noncurrent_days": archive.after.days, "storage_class": archive.storage_class}]
    return rule


def whole_objects(kept_for: timedelta) -> Rule:
    """Return the rule that deletes an object, which leaves an old version, *kept_for* after it was written."""
    return {"id": "objects", "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": kept_for.days}}
