"""What each role may do, as pure documents: who recovers, who drills, who audits, and who breaks the glass.

An operator may do what ``runbooks/aws/`` calls, and nothing else; a test holds the two together. What knows no resource is said so.
"""

from collections.abc import Sequence

from pulumi import Input

from names import Names
from stacks.duties.application import (
    keeps_artifacts,
    keeps_files,
    keeps_images,
    reads_configuration,
    reads_secrets,
    restores_the_application,
)
from stacks.duties.backups import backs_up_the_database, restores, restores_the_database, runs_batch_jobs, validates
from stacks.duties.drills import tries_recovery
from stacks.duties.files import backs_files_up, restores_files, verifies_files
from stacks.duties.places import RESTORED, KeyArn, everywhere, keys, recovery_points, through_s3, vaults
from stacks.duties.recovery import keeps_the_journal, keeps_verdicts, looks, reads_databases, recovers
from stacks.duties.watching import tests_alarms, watches
from stacks.policies.documents import Document, allow, document


def operator(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> Document:
    """Return what an operator's commands do, from failover to restore, and the journal and the lease under them.

    *controls* are the ARNs of the routing controls, if those are the traffic switch; else it is the alarms.
    """
    # Jobs are no resources.
    cancels = allow("CancelBackups", ["backup:DescribeBackupJob", "backup:StopBackupJob"], ["*"])
    acts = (*recovers(names, key, controls), *runs_batch_jobs(names), cancels)
    return document(*looks(names, key, controls), *keeps_the_journal(names, key), *acts)


def operator_of_backups(names: Names) -> Document:
    """Return what an operator's commands do besides: they back up and restore. The operator's role has no room for it."""
    return document(*backs_up_the_database(names), *restores_the_database(names))


def operator_of_the_application(names: Names, key: KeyArn) -> Document:
    """Return what an operator's commands do to verify the application and to restore it."""
    return document(*restores_the_application(names, key))


def operator_of_files(names: Names, key: KeyArn) -> Document:
    """Return what an operator's commands do to verify files and to back them up. The operator's role has no room for it."""
    return document(*verifies_files(names, key), *backs_files_up(names, key))


def operator_of_restored_files(names: Names, key: KeyArn) -> Document:
    """Return what an operator's commands do to restore files. No other policy has room for it."""
    return document(*restores_files(names, key))


def operator_who_watches(names: Names) -> Document:
    """Return what an operator's commands do to see how everything stands, and whether alarms reach anybody."""
    return document(*watches(), *tests_alarms(names))


def drill(names: Names, key: KeyArn, controls: Sequence[Input[str]]) -> Document:
    """Return what a drill does: it looks, restores beside what runs, and says what it found. No writer is in its reach.

    The database's password is read to look into what was restored; it opens nothing more, for no network leads a drill to the writer.
    """
    return document(*looks(names, key, controls), *keeps_the_journal(names, key), *restores(names, key))


def drill_of_targets(names: Names, key: KeyArn) -> Document:
    """Return what a drill does to its own targets, and to the alarm that one is overdue. The drill's role has no room for it."""
    return document(*tries_recovery(names, key))


def application_backup(names: Names, key: KeyArn) -> Document:
    """Return what the build that keeps the application does: it writes what it keeps, and reads what the settings include."""
    application = names.settings.application
    code = keeps_images(names) if application.include_code else []
    config = [*reads_configuration(names), *reads_secrets(names, key)] if application.include_config else []
    return document(*keeps_artifacts(names, key), *code, *config, *keeps_files(names))


def validation(names: Names, key: KeyArn) -> Document:
    """Return what the build that looks into restored things does: it reads them and says what it found. It deletes nothing."""
    return document(*reads_databases(names), *keeps_verdicts(names, key), *validates(names, key))


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
        through_s3("DecryptEvidence", names, ["kms:Decrypt"], buckets, key),
        allow("KnowTheSigner", ["kms:GetPublicKey"], [key("signing", region) for region in names.settings.regions]),
        allow("DescribeVaults", describes, vaults(names)),
        allow("DescribeRecoveryPoints", ["backup:DescribeRecoveryPoint"], recovery_points(names)),
        allow(
            "ReadWhatIsDeclared",
            [f"backup:{action}" for action in plans],
            everywhere(names, "backup", *(f"{kind}:*" for kind in declared)),
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
    taken = ["CancelKeyDeletion", "DescribeKey", "DisableKey", "EnableKey", "GetKeyPolicy", "PutKeyPolicy", "ScheduleKeyDeletion"]
    kinds = (names.retired_databases_arn, names.restored_databases_arn)
    retired = [arn(region) for arn in kinds for region in names.settings.regions]
    snapshots = everywhere(names, "rds", f"snapshot:{names.database}-*")
    return document(
        allow("DeleteRecoveryPoints", [f"backup:{action}" for action in deletes], recovery_points(names)),
        # AWS Backup deletes an RDS recovery point, which is a snapshot, in the caller's name.
        allow("DeleteTheirSnapshots", ["rds:DeleteDBSnapshot"], everywhere(names, "rds", "snapshot:awsbackup:*")),
        allow("UnlockVaults", [f"backup:{action}" for action in unlocks], vaults(names)),
        allow("TakeKeysAway", [f"kms:{action}" for action in taken], keys(names, key)),
        allow("ClearRetiredDatabases", ["rds:DeleteDBInstance", "rds:ModifyDBInstance"], retired),
        allow("KeepTheirLastSnapshot", ["rds:CreateDBSnapshot"], [*retired, *snapshots]),
    )


__all__ = [
    "RESTORED",
    "KeyArn",
    "application_backup",
    "auditor",
    "break_glass",
    "drill",
    "drill_of_targets",
    "operator",
    "operator_of_backups",
    "operator_of_files",
    "operator_of_restored_files",
    "operator_of_the_application",
    "operator_who_watches",
    "validation",
]
