"""What looks at both regions, moves the shop between them, and records it."""

from collections.abc import Sequence

from pulumi import Input

from names import Names
from stacks.duties.places import KeyArn, everywhere, keys, services, through_s3, vaults
from stacks.policies.documents import Statement, allow


def looks(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> list[Statement]:
    return [
        *reads_databases(names),
        allow("SeeAutomatedBackups", ["rds:DescribeDBInstanceAutomatedBackups"], everywhere(names, "rds", "auto-backup:*", "db:*")),
        allow("SeeTheFence", ["rds:DescribeDBParameters"], everywhere(names, "rds", f"pg:{names.parameter_group}")),
        allow("SeeTheService", ["ecs:DescribeServices"], services(names)),
        _sees_the_switch(names, controls),
        allow("SeeVaults", ["backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"], vaults(names)),
        allow("SeeSchedules", ["backup:GetBackupPlan"], everywhere(names, "backup", "backup-plan:*")),
        # Jobs and lists are no resources.
        allow("ReadLists", [f"backup:List{what}" for what in ("BackupJobs", "BackupPlans", "CopyJobs", "RestoreJobs")], ["*"]),
        allow("SeeKeys", ["kms:DescribeKey"], keys(names, key)),
        # Metrics are no resources.
        allow("ReadMetrics", ["cloudwatch:GetMetricStatistics"], ["*"]),
    ]


def reads_databases(names: Names) -> list[Statement]:
    secrets = everywhere(names, "secretsmanager", f"secret:{names.database_secret}-??????")
    return [
        # Described in lists, which RDS allows only for every name.
        allow("SeeDatabases", ["rds:DescribeDBInstances"], everywhere(names, "rds", "db:*")),
        allow("ReadDatabaseSecret", ["secretsmanager:GetSecretValue"], secrets),
        # The secret is the workload's, and so is its key, whichever that is.
        allow(
            "DecryptDatabaseSecret",
            ["kms:Decrypt"],
            everywhere(names, "kms", "key/*"),
            Condition={
                "StringEquals": {"kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in names.settings.regions]},
                "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
            },
        ),
    ]


def keeps_the_journal(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read, write and sign journals, never to delete; who may not list is told 403 of what is missing."""
    buckets = [names.bucket_arn(names.journal_bucket(region)) for region in names.settings.regions]
    return [
        allow("ListJournals", ["s3:ListBucket", "s3:ListBucketVersions"], buckets),
        allow("KeepJournals", ["s3:GetObject", "s3:PutObject"], [f"{bucket}/*" for bucket in buckets]),
        allow("SignEvidence", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in names.settings.regions]),
        through_s3("UseJournalKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], buckets, key),
    ]


def keeps_verdicts(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to write what was found about single backups, beside the journals and to nothing else of theirs."""
    buckets = [names.bucket_arn(names.journal_bucket(region)) for region in names.settings.regions]
    return [
        allow("KeepVerdicts", ["s3:PutObject"], [f"{bucket}/verdicts/*" for bucket in buckets]),
        through_s3("UseJournalKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], buckets, key),
    ]


def recovers(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> list[Statement]:
    databases = [names.database_arn(region) for region in names.settings.regions]
    data, topic = ([key(purpose, region) for region in names.settings.regions] for purpose in ("data", "topic"))
    placed = everywhere(names, "rds", f"pg:{names.parameter_group}", "og:*", "subgrp:*")
    return [
        allow("Promote", ["rds:PromoteReadReplica"], databases),
        allow("Retire", ["rds:ModifyDBInstance"], [*databases, *everywhere(names, "rds", f"pg:{names.fenced_parameter_group}")]),
        # RDS asks the source's region too; the new replica stands in the subnets and options of the instance it replaces.
        allow("BuildReplica", ["rds:CreateDBInstanceReadReplica"], [*databases, *placed]),
        allow(
            "ReplicateBackups",
            ["rds:StartDBInstanceAutomatedBackupsReplication"],
            [*databases, *everywhere(names, "rds", "auto-backup:*")],
        ),
        allow("GrantTheKeyToRds", ["kms:CreateGrant"], data, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("Fence", ["rds:ModifyDBParameterGroup"], everywhere(names, "rds", f"pg:{names.parameter_group}")),
        allow("Scale", ["ecs:UpdateService"], services(names)),
        _throws_the_switch(names, controls),
        allow("Announce", ["sns:Publish"], [names.topic_arn(region) for region in names.settings.regions]),
        allow("UseTopicKeys", ["kms:Decrypt", "kms:GenerateDataKey"], topic),
    ]


def _sees_the_switch(names: Names, controls: Sequence[Input[str]]) -> Statement:
    if controls:
        return allow("SeeTheSwitches", ["route53-recovery-cluster:GetRoutingControlState"], controls)
    return allow("SeeTheSwitches", ["cloudwatch:DescribeAlarms"], everywhere(names, "cloudwatch", "alarm:*"))


def _throws_the_switch(names: Names, controls: Sequence[Input[str]]) -> Statement:
    if controls:
        return allow("ThrowSwitch", ["route53-recovery-cluster:UpdateRoutingControlStates"], controls)
    # Metrics are no resources; a namespace is what can be told apart.
    namespace = {"StringEquals": {"cloudwatch:namespace": names.metrics}}
    return allow("ThrowSwitch", ["cloudwatch:PutMetricData"], ["*"], Condition=namespace)
