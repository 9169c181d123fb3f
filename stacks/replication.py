"""Objects replicated both ways between the two regions, timed and measured, so that neither failover nor failback sets it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys
from stacks.policies.documents import assumed_by
from stacks.policies.services import replication

REPLICATION_MINUTES = 15
"""The one value that S3 Replication Time Control knows."""


@dataclass(frozen=True, slots=True)
class ReplicationArgs:
    """``buckets`` are the names of *what*'s buckets by region, one in each; ``versioned`` makes sure that both keep versions.

    ``what`` is part of the roles' names, of which IAM takes 64 characters: 17 at most are left for it.
    """

    names: Names
    keys: Keys
    what: str
    buckets: Mapping[str, str]
    versioned: Sequence[pulumi.Resource]


class Replication(pulumi.ComponentResource):
    """New versions and delete markers alone: S3 leaves what was there before to a batch job."""

    def __init__(self, name: str, args: ReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Replication", name, None, opts)
        self._args = args
        settings = args.names.settings
        self._replicate(settings.home_region, settings.standby_region)
        self._replicate(settings.standby_region, settings.home_region)
        self.register_outputs({})

    def _replicate(self, source: str, destination: str) -> None:
        role = self._role(source, destination)
        aws.s3.BucketReplicationConfig(
            f"{self._args.what}-{source}",
            bucket=self._args.buckets[source],
            role=role.arn,
            rules=[self._rule(destination)],
            region=source,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.versioned)),
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
                "bucket": names.bucket_arn(self._args.buckets[destination]),
                "encryption_configuration": {"replica_kms_key_id": self._args.keys.arn("data", destination)},
                "replication_time": {"status": "Enabled", "time": {"minutes": REPLICATION_MINUTES}},
                "metrics": {"status": "Enabled", "event_threshold": {"minutes": REPLICATION_MINUTES}},
            },
        }

    def _role(self, source: str, destination: str) -> aws.iam.Role:
        names, inside = self._args.names, pulumi.ResourceOptions(parent=self)
        label = f"replicate-{self._args.what}-{source}"
        role = aws.iam.Role(
            label,
            name=names.role(label),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("s3")),
            opts=inside,
        )
        document = replication(
            (source, names.bucket_arn(self._args.buckets[source])),
            (destination, names.bucket_arn(self._args.buckets[destination])),
            names.settings.account,
            self._args.keys.arn("data", destination),
        )
        aws.iam.RolePolicy(label, name="replicate", role=role.name, policy=pulumi.Output.json_dumps(document), opts=inside)
        return role
