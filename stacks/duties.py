"""What each role may do, as pure documents: who recovers, who drills, who audits, and who breaks the glass.

An operator may do what ``runbooks/aws/`` calls, and nothing else; a test holds the two together. What knows no resource is said so.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from pulumi import Input

from names import Names
from stacks.policies.documents import Document, Statement, allow, document

KeyArn: TypeAlias = Callable[[str, str], Input[str]]
"""The ARN of the customer key for a purpose in a region."""

RESTORED = "awsbackup-restore-test-*"
"""What AWS Backup calls all that a restore test restores, and what its clean-up deletes."""


def operator(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> Document:
    """Return what an operator's commands do, from failover to restore, and the journal and the lease under them.

    *controls* are the ARNs of the routing controls, if those are the traffic switch; else it is the alarms.
    """
    # Jobs are no resources.
    cancels = allow("CancelBackups", ["backup:DescribeBackupJob", "backup:StopBackupJob"], ["*"])
    recovers = (*_recovers(names, key, controls), *_replicates_existing(names), cancels)
    return document(*_looks(names, key, controls), *_keeps_the_journal(names, key), *recovers, *_restores_the_application(names, key))


def drill(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> Document:
    """Return what a drill does: it looks, restores beside what runs, says what it found, and clears away. No writer is in its reach.

    The database's password is read to look into what was restored; it opens nothing more, for no network leads a drill to the writer.
    """
    return document(*_looks(names, key, controls), *_keeps_the_journal(names, key), *_restores(names, key))


def application_backup(names: Names, key: KeyArn) -> Document:
    """Return what the build that keeps the application does: it writes what it keeps, and reads what the settings include."""
    application = names.settings.application
    code = _keeps_images(names) if application.include_code else []
    config = [*_reads_configuration(names), *_reads_secrets(names, key)] if application.include_config else []
    return document(*_keeps_artifacts(names, key), *code, *config)


def validation(names: Names, key: KeyArn) -> Document:
    """Return what the build that looks into restored things does: it reads them and says what it found. It deletes nothing."""
    return document(*_reads_databases(names), *_validates(names, key))


def auditor(names: Names, key: KeyArn) -> Document:
    """Return what reads evidence: journals, reports, and what AWS Backup says of itself; no customer's data, nothing to restore."""
    buckets = [
        names.bucket_arn(bucket(region)) for bucket in (names.journal_bucket, names.reports_bucket) for region in names.settings.regions
    ]
    lists = ["s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"]
    reads = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"]
    describes = ["backup:DescribeBackupVault", "backup:GetBackupVaultAccessPolicy", "backup:ListRecoveryPointsByBackupVault"]
    declared = ["backup-plan", "framework", "report-plan", "restore-testing-plan"]
    plans = ["DescribeFramework", "DescribeReportPlan", "GetBackupPlan", "GetBackupSelection", "GetRestoreTestingPlan"]
    plans += ["GetRestoreTestingSelection", "ListBackupSelections", "ListRestoreTestingSelections"]
    jobs = ["DescribeBackupJob", "DescribeCopyJob", "DescribeRegionSettings", "DescribeReportJob", "DescribeRestoreJob", "ListBackupJobs"]
    jobs += ["ListBackupPlans", "ListBackupVaults", "ListCopyJobs", "ListFrameworks", "ListProtectedResources", "ListReportJobs"]
    jobs += ["ListReportPlans", "ListRestoreJobs", "ListRestoreTestingPlans"]
    return document(
        allow("ListEvidence", lists, buckets),
        allow("ReadEvidence", reads, [f"{bucket}/*" for bucket in buckets]),
        _through_s3("DecryptEvidence", names, ["kms:Decrypt"], buckets, key),
        allow("DescribeVaults", describes, _vaults(names)),
        allow("DescribeRecoveryPoints", ["backup:DescribeRecoveryPoint"], _recovery_points(names)),
        allow(
            "ReadWhatIsDeclared",
            [f"backup:{action}" for action in plans],
            _everywhere(names, "backup", *(f"{kind}:*" for kind in declared)),
        ),
        # Jobs and lists are no resources.
        allow("ReadJobs", [f"backup:{action}" for action in jobs], ["*"]),
    )


def break_glass(names: Names, key: KeyArn) -> Document:
    """Return what nobody else may: delete recovery points, unlock vaults, take keys away, clear retired databases.

    Evidence is not among it. A key's own policy allows neither its deletion nor its disabling, so that policy is changed first.
    """
    deletes = ["DeleteRecoveryPoint", "DescribeRecoveryPoint", "DisassociateRecoveryPoint", "UpdateRecoveryPointLifecycle"]
    unlocks = ["DeleteBackupVault", "DeleteBackupVaultAccessPolicy", "DeleteBackupVaultLockConfiguration", "DescribeBackupVault"]
    unlocks += ["ListRecoveryPointsByBackupVault", "PutBackupVaultAccessPolicy", "PutBackupVaultLockConfiguration"]
    keys = ["CancelKeyDeletion", "DescribeKey", "DisableKey", "EnableKey", "GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion"]
    retired = [names.retired_databases_arn(region) for region in names.settings.regions]
    snapshots = _everywhere(names, "rds", f"snapshot:{names.database}-*")
    return document(
        allow("DeleteRecoveryPoints", [f"backup:{action}" for action in deletes], _recovery_points(names)),
        # AWS Backup deletes an RDS recovery point, which is a snapshot, in the caller's name.
        allow("DeleteTheirSnapshots", ["rds:DeleteDBSnapshot"], _everywhere(names, "rds", "snapshot:awsbackup:*")),
        allow("UnlockVaults", [f"backup:{action}" for action in unlocks], _vaults(names)),
        allow("TakeKeysAway", [f"kms:{action}" for action in keys], _keys(names, key)),
        allow("ClearRetiredDatabases", ["rds:DeleteDBInstance", "rds:ModifyDBInstance"], retired),
        allow("KeepTheirLastSnapshot", ["rds:CreateDBSnapshot"], [*retired, *snapshots]),
    )


# What several roles do


def _looks(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> list[Statement]:
    return [
        *_reads_databases(names),
        allow("SeeAutomatedBackups", ["rds:DescribeDBInstanceAutomatedBackups"], _everywhere(names, "rds", "auto-backup:*", "db:*")),
        allow("SeeTheFence", ["rds:DescribeDBParameters"], _everywhere(names, "rds", f"pg:{names.parameter_group}")),
        allow("SeeTheService", ["ecs:DescribeServices"], _services(names)),
        _sees_the_switch(names, controls),
        allow("SeeRecoveryPoints", ["backup:ListRecoveryPointsByBackupVault"], _vaults(names)),
        allow("SeeKeys", ["kms:DescribeKey"], _keys(names, key)),
        # Metrics are no resources.
        allow("ReadMetrics", ["cloudwatch:GetMetricStatistics"], ["*"]),
    ]


def _reads_databases(names: Names) -> list[Statement]:
    secrets = _everywhere(names, "secretsmanager", f"secret:{names.database_secret}-??????")
    return [
        # Described in lists, which RDS allows only for every name.
        allow("SeeDatabases", ["rds:DescribeDBInstances"], _everywhere(names, "rds", "db:*")),
        allow("ReadDatabaseSecret", ["secretsmanager:GetSecretValue"], secrets),
        # The secret is the workload's, and so is its key, whichever that is.
        allow(
            "DecryptDatabaseSecret",
            ["kms:Decrypt"],
            _everywhere(names, "kms", "key/*"),
            Condition={
                "StringEquals": {"kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in names.settings.regions]},
                "StringLike": {"kms:EncryptionContext:SecretARN": secrets},
            },
        ),
    ]


def _keeps_the_journal(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read and write journals and never to delete; who may not list a bucket is told 403 of an object that is missing."""
    buckets = [names.bucket_arn(names.journal_bucket(region)) for region in names.settings.regions]
    return [
        allow("ListJournals", ["s3:ListBucket", "s3:ListBucketVersions"], buckets),
        allow("KeepJournals", ["s3:GetObject", "s3:PutObject"], [f"{bucket}/*" for bucket in buckets]),
        _through_s3("UseJournalKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], buckets, key),
    ]


def _recovers(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> list[Statement]:
    databases = [names.database_arn(region) for region in names.settings.regions]
    data, topic = ([key(purpose, region) for region in names.settings.regions] for purpose in ("data", "topic"))
    placed = _everywhere(names, "rds", f"pg:{names.parameter_group}", "og:*", "subgrp:*")
    return [
        allow("Promote", ["rds:PromoteReadReplica"], databases),
        allow("Retire", ["rds:ModifyDBInstance"], [*databases, *_everywhere(names, "rds", f"pg:{names.fenced_parameter_group}")]),
        # RDS asks the source's region too; the new replica stands in the subnets and options of the instance it replaces.
        allow("BuildReplica", ["rds:CreateDBInstanceReadReplica"], [*databases, *placed]),
        allow(
            "ReplicateBackups",
            ["rds:StartDBInstanceAutomatedBackupsReplication"],
            [*databases, *_everywhere(names, "rds", "auto-backup:*")],
        ),
        allow("GrantTheKeyToRds", ["kms:CreateGrant"], data, Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow("Fence", ["rds:ModifyDBParameterGroup"], _everywhere(names, "rds", f"pg:{names.parameter_group}")),
        allow("Scale", ["ecs:UpdateService"], _services(names)),
        _throws_the_switch(names, controls),
        allow("Announce", ["sns:Publish"], [names.topic_arn(region) for region in names.settings.regions]),
        allow("UseTopicKeys", ["kms:Decrypt", "kms:GenerateDataKey"], topic),
    ]


def _sees_the_switch(names: Names, controls: Sequence[Input[str]]) -> Statement:
    if controls:
        return allow("SeeTheSwitches", ["route53-recovery-cluster:GetRoutingControlState"], controls)
    return allow("SeeTheSwitches", ["cloudwatch:DescribeAlarms"], _everywhere(names, "cloudwatch", "alarm:*"))


def _throws_the_switch(names: Names, controls: Sequence[Input[str]]) -> Statement:
    if controls:
        return allow("ThrowSwitch", ["route53-recovery-cluster:UpdateRoutingControlStates"], controls)
    # Metrics are no resources; a namespace is what can be told apart.
    namespace = {"StringEquals": {"cloudwatch:namespace": names.metrics}}
    return allow("ThrowSwitch", ["cloudwatch:PutMetricData"], ["*"], Condition=namespace)


def _replicates_existing(names: Names) -> list[Statement]:
    """Return leave to start a batch job that replicates, in its own role, and to follow it."""
    service = {"StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}}
    return [
        # A job that is not there yet is no resource; what it would do is what can be told apart.
        allow("StartReplication", ["s3:CreateJob"], ["*"], Condition={"StringEquals": {"s3:RequestJobOperation": "S3ReplicateObject"}}),
        allow("FollowReplication", ["s3:DescribeJob"], _everywhere(names, "s3", "job/*")),
        allow("PassReplicationRole", ["iam:PassRole"], [names.role_arn("replicate-existing")], Condition=service),
    ]


def _restores(names: Names, key: KeyArn) -> list[Statement]:
    service = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
    tests = ["GetRestoreTestingPlan", "GetRestoreTestingSelection", "ListRestoreTestingSelections"]
    points = ["DescribeRecoveryPoint", "GetRecoveryPointRestoreMetadata", "StartRestoreJob"]
    return [
        allow("SeeRestoreTests", [f"backup:{action}" for action in tests], _everywhere(names, "backup", "restore-testing-plan:*")),
        allow("Restore", [f"backup:{action}" for action in points], [*_recovery_points(names), *_vaults(names)]),
        allow("PassRestoreRole", ["iam:PassRole"], [names.role_arn("restore")], Condition=service),
        # Lists are no resources.
        allow("FindRestores", ["backup:ListRestoreJobs", "backup:ListRestoreTestingPlans"], ["*"]),
        allow("ClearAwayRestoredDatabases", ["rds:DeleteDBInstance"], _everywhere(names, "rds", f"db:{RESTORED}")),
        *_validates(names, key),
    ]


def _validates(names: Names, key: KeyArn) -> list[Statement]:
    jobs = ["DescribeRestoreJob", "GetRestoreJobMetadata", "PutRestoreValidationResult"]
    restored = names.bucket_arn(RESTORED)
    return [
        # Restore jobs are no resources.
        allow("JudgeRestores", [f"backup:{action}" for action in jobs], ["*"]),
        allow("ListWhatWasRestored", ["s3:ListBucket"], [restored]),
        allow("ReadWhatWasRestored", ["s3:GetObject"], [f"{restored}/*"]),
        _through_s3("DecryptWhatWasRestored", names, ["kms:Decrypt"], [restored], key),
    ]


def _keeps_artifacts(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to write what is kept, to sign it, and to look what is there; a lock keeps the writer, too, from taking it away."""
    buckets = _artifacts(names)
    return [
        allow("ListArtifacts", ["s3:ListBucket"], buckets),
        allow("KeepArtifacts", ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"], [f"{bucket}/*" for bucket in buckets]),
        _through_s3("UseArtifactKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], buckets, key),
        allow("Sign", ["kms:GetPublicKey", "kms:Sign"], [key("signing", region) for region in names.settings.regions]),
    ]


def _restores_the_application(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read what is kept, to tell who signed it, and to compare it with what is there. Secrets stay closed."""
    if not names.settings.application.enabled:
        return []
    buckets = _artifacts(names)
    return [
        allow("ListArtifacts", ["s3:ListBucket"], buckets),
        allow("ReadArtifacts", ["s3:GetObject", "s3:GetObjectVersion"], [f"{bucket}/*" for bucket in buckets]),
        _through_s3("UseArtifactKeys", names, ["kms:Decrypt"], buckets, key),
        allow("KnowTheSigner", ["kms:GetPublicKey"], [key("signing", region) for region in names.settings.regions]),
        *(_compares_configuration(names) if names.settings.application.include_config else ()),
    ]


def _artifacts(names: Names) -> list[str]:
    return [names.bucket_arn(names.artifacts_bucket(region)) for region in names.settings.regions]


def _keeps_images(names: Names) -> list[Statement]:
    """Return leave to pull the kept images through both regions' caches; a first pull makes the repository that it comes from."""
    pulls = ["BatchGetImage", "BatchImportUpstreamImage", "CreateRepository", "DescribeImages", "GetDownloadUrlForLayer"]
    repositories = (f"repository/{names.cached_repository(image)}" for image in names.settings.kept_images)
    return [
        allow("PullImages", [f"ecr:{action}" for action in pulls], _everywhere(names, "ecr", *repositories)),
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
    ]


def _reads_configuration(names: Names) -> list[Statement]:
    return [allow("SeeTheService", ["ecs:DescribeServices"], _services(names)), *_compares_configuration(names)]


def _compares_configuration(names: Names) -> list[Statement]:
    """Return leave to read the storefront's task definition, and parameters without what is secret in them."""
    paths = names.settings.application.parameters
    # Task definitions are no resources.
    service = allow("SeeTaskDefinitions", ["ecs:DescribeTaskDefinition"], ["*"])
    if not paths:
        return [service]
    here = _everywhere(names, "ssm", *(f"parameter{path}" for path in paths))
    return [service, allow("ReadParameters", ["ssm:GetParametersByPath"], [*here, *(f"{path}/*" for path in here)])]


def _reads_secrets(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to read secret parameters, whichever key those lie under, and to seal them under the data keys; none to open them."""
    paths = names.settings.application.parameters
    if not paths:
        return []
    regions = names.settings.regions
    condition = {
        "StringEquals": {"kms:ViaService": [f"ssm.{region}.amazonaws.com" for region in regions]},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": _everywhere(names, "ssm", *(f"parameter{path}/*" for path in paths))},
    }
    sealed = {"StringLike": {"kms:EncryptionContext:parameter": [f"{path}/*" for path in paths]}}
    return [
        allow("DecryptParameters", ["kms:Decrypt"], _everywhere(names, "kms", "key/*"), Condition=condition),
        allow("SealParameters", ["kms:Encrypt"], [key("data", region) for region in regions], Condition=sealed),
    ]


# Resources, in both regions: roles swap


def _everywhere(names: Names, service: str, *resources: str) -> list[str]:
    account = names.settings.account
    return [f"arn:aws:{service}:{region}:{account}:{resource}" for region in names.settings.regions for resource in resources]


def _services(names: Names) -> list[str]:
    return _everywhere(names, "ecs", f"service/{names.cluster}/{names.service}")


def _vaults(names: Names) -> list[str]:
    kinds = (names.vault_arn, names.air_gapped_vault_arn) if names.settings.vaults.air_gapped else (names.vault_arn,)
    return [arn(region) for arn in kinds for region in names.settings.regions]


def _recovery_points(names: Names) -> list[str]:
    """Return the recovery points of the account: those of RDS are snapshots, and carry a snapshot's ARN."""
    return [*_everywhere(names, "backup", "recovery-point:*"), *_everywhere(names, "rds", "snapshot:awsbackup:*")]


def _keys(names: Names, key: KeyArn) -> list[Input[str]]:
    return [key(purpose, region) for purpose in ("data", "vault", "topic") for region in names.settings.regions]


def _through_s3(sid: str, names: Names, actions: list[str], buckets: list[str], key: KeyArn) -> Statement:
    """Return leave to use the data keys for the objects of *buckets* alone: media lie under the same keys."""
    condition = {
        "StringEquals": {"kms:ViaService": [f"s3.{region}.amazonaws.com" for region in names.settings.regions]},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn for bucket in buckets for arn in (bucket, f"{bucket}/*")]},
    }
    return allow(sid, actions, [key("data", region) for region in names.settings.regions], Condition=condition)
