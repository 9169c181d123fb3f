"""What a drill may do besides looking: restore beside what runs, under names that nothing else has, and delete what has such a name."""

from names import DRILLED, Names
from stacks.duties.application import reads_the_application
from stacks.duties.places import KeyArn, everywhere, through_s3
from stacks.policies.documents import Statement, allow


def tries_the_database(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to restore a log as a drill's own instance, and to delete that; points are restored as in a restore test."""
    if not names.settings.database.enabled:
        return []
    regions = names.settings.regions
    drilled = [names.drilled_databases_arn(region) for region in regions]
    sources = [*(names.database_arn(region) for region in regions), *everywhere(names, "rds", "auto-backup:*")]
    placed = everywhere(names, "rds", f"pg:{names.parameter_group}", "og:*", "subgrp:*")
    granted = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        allow("SeeSubnetGroups", ["rds:DescribeDBSubnetGroups"], everywhere(names, "rds", "subgrp:*")),
        allow("RestoreToMoment", ["rds:RestoreDBInstanceToPointInTime"], [*drilled, *sources, *placed]),
        # A restored database is protected from deletion, as every database of ours is; so that is taken off first.
        allow("ClearAwayDrills", ["rds:AddTagsToResource", "rds:DeleteDBInstance", "rds:ModifyDBInstance"], drilled),
        allow("GrantTheKeyToRds", ["kms:CreateGrant"], [key("data", region) for region in regions], Condition=granted),
    ]


def tries_files(names: Names, key: KeyArn) -> list[Statement]:
    """Return leave to have S3 copy versions of files into the bucket where restored files land, and to delete a drill's copies for good."""
    regions = names.settings.regions
    files = [names.bucket_arn(bucket) for region in regions for bucket in names.file_buckets(region).values()]
    if not files:
        return []
    landings = names.bucket_arn(names.landing_bucket("*"))
    writes = ["AbortMultipartUpload", "DeleteObjectVersion", "GetObject", "GetObjectVersion", "PutObject", "PutObjectTagging"]
    return [
        allow("ReadTagsOfFiles", ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"], [f"{bucket}/*" for bucket in files]),
        allow("ListDrilledFiles", ["s3:ListBucket", "s3:ListBucketVersions"], [landings]),
        allow("KeepAndClearDrilledFiles", [f"s3:{action}" for action in writes], [f"{landings}/{DRILLED}*"]),
        through_s3("UseDrilledFileKeys", names, ["kms:Decrypt", "kms:GenerateDataKey"], [landings], key),
    ]


def puts_off_the_alarm(names: Names) -> list[Statement]:
    """Return leave to move the start of the one schedule that says that a drill is overdue; an update passes its role again."""
    service = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    schedule = f"schedule/{names.schedule_group}/{names.schedule('drill-overdue')}"
    return [
        allow(
            "PutOffOverdue",
            ["scheduler:GetSchedule", "scheduler:UpdateSchedule"],
            [names.arn("scheduler", names.settings.standby_region, schedule)],
        ),
        allow("PassItsRole", ["iam:PassRole"], [names.role_arn("schedule-drill-overdue")], Condition=service),
    ]


def tries_recovery(names: Names, key: KeyArn) -> list[Statement]:
    return [
        *tries_the_database(names, key),
        *tries_files(names, key),
        *reads_the_application(names, key),
        *puts_off_the_alarm(names),
    ]
