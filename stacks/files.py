"""Media: a bucket in the standby region, and replication both ways, timed, so that neither failover nor failback sets it up."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.account import CUSTOMER_DATA
from stacks.buckets import Bucket, BucketArgs
from stacks.keys import Keys
from stacks.policies.documents import assumed_by
from stacks.policies.services import replication

REPLICATION_MINUTES = 15
"""The one value that S3 Replication Time Control knows."""


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
        self._replicate(home, standby, versioned)
        self._replicate(standby, home, versioned)
        self.register_outputs({})

    def _keep_versions(self, region: str) -> aws.s3.BucketVersioning:
        return aws.s3.BucketVersioning(
            f"media-{region}",
            bucket=self._args.names.media_bucket(region),
            versioning_configuration={"status": "Enabled"},
            region=region,
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )

    def _replicate(self, source: str, destination: str, versioned: list[aws.s3.BucketVersioning]) -> None:
        names = self._args.names
        role = self._replication_role(source, destination)
        aws.s3.BucketReplicationConfig(
            f"media-{source}",
            bucket=names.media_bucket(source),
            role=role.arn,
            rules=[self._rule(destination)],
            region=source,
            opts=pulumi.ResourceOptions(parent=self, depends_on=versioned),
        )

    def _rule(self, destination: str) -> aws.s3.BucketReplicationConfigRuleArgsDict:
        names = self._args.names
        return {
            "id": names.replication_rule(destination),
            "status": "Enabled",
            "priority": 1,
            "filter": {"prefix": ""},
            "delete_marker_replication": {"status": "Enabled"},
            # Replica modifications keep metadata alike in both directions; without it a change made on a copy stays there.
            "source_selection_criteria": {
                "sse_kms_encrypted_objects": {"status": "Enabled"},
                "replica_modifications": {"status": "Enabled"},
            },
            "destination": {
                "bucket": names.bucket_arn(names.media_bucket(destination)),
                "encryption_configuration": {"replica_kms_key_id": self._args.keys.arn("data", destination)},
                "replication_time": {"status": "Enabled", "time": {"minutes": REPLICATION_MINUTES}},
                "metrics": {"status": "Enabled", "event_threshold": {"minutes": REPLICATION_MINUTES}},
            },
        }

    def _replication_role(self, source: str, destination: str) -> aws.iam.Role:
        names = self._args.names
        label = f"replicate-from-{source}"
        role = aws.iam.Role(
            label,
            name=names.role(label),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("s3")),
            opts=self._inside,
        )
        document = replication(
            (source, names.bucket_arn(names.media_bucket(source))),
            (destination, names.bucket_arn(names.media_bucket(destination))),
            names.settings.account,
            self._args.keys.arn("data", destination),
        )
        aws.iam.RolePolicy(label, name="replicate", role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside)
        return role
