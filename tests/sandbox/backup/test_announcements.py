"""What the rest of AWS hears of jobs."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.backup.asking import ACCOUNT, BUCKET, BUCKET_ARN, VAULT, Aws, backed_up, finished, start
from tests.sandbox.parts import EAST, WEST, until


def test_every_state_is_an_event(aws: Aws) -> None:
    """EventBridge rules hear of backup jobs, with the members that AWS Backup's events have."""
    queue = aws("sqs").create_queue(QueueName="heard")["QueueUrl"]
    queue_arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.backup"], "detail-type": ["Backup Job State Change"], "detail": {"state": ["COMPLETED"]}}
    aws("events").put_rule(Name="ends", EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule="ends", Targets=[{"Id": "queue", "Arn": queue_arn}])
    job = backed_up(aws("backup"))
    [message] = until(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages", []))
    detail = json.loads(message["Body"])["detail"]
    assert (detail["backupJobId"], detail["state"], detail["resourceType"]) == (job["BackupJobId"], "COMPLETED", "S3")
    assert (detail["recoveryPointArn"], detail["backupVaultName"]) == (job["RecoveryPointArn"], VAULT)


def test_ends_are_counted(aws: Aws) -> None:
    """Completed and failed jobs are metrics of the vault, and of the vault and the resource type."""
    backed_up(aws("backup"))
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    finished(aws("backup"), start(aws("backup")))
    vault, kind = {"Name": "BackupVaultName", "Value": VAULT}, {"Name": "ResourceType", "Value": "S3"}

    def counted(name: str, *dimensions: dict[str, str]) -> float:
        now = datetime.now(UTC)
        asked = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=1), "Period": 3600, "Statistics": ["Sum"]}
        found = aws("cloudwatch").get_metric_statistics(Namespace="AWS/Backup", MetricName=name, Dimensions=list(dimensions), **asked)
        return sum(float(point["Sum"]) for point in found["Datapoints"])

    until(lambda: counted("NumberOfBackupJobsFailed", vault, kind))
    assert [counted(f"NumberOfBackupJobs{end}", vault, kind) for end in ("Running", "Completed", "Failed")] == [2, 1, 1]


def test_the_vaults_topic_hears_of_the_events_it_asked_for(aws: Aws) -> None:
    """A completed backup is published, and the configuration can be read back and deleted."""
    topic = aws("sns").create_topic(Name="recovery")["TopicArn"]
    queue = aws("sqs").create_queue(QueueName="heard")["QueueUrl"]
    queue_arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
    api = aws("backup")
    api.put_backup_vault_notifications(BackupVaultName=VAULT, SNSTopicArn=topic, BackupVaultEvents=["BACKUP_JOB_COMPLETED"])
    assert api.get_backup_vault_notifications(BackupVaultName=VAULT)["BackupVaultEvents"] == ["BACKUP_JOB_COMPLETED"]
    backed_up(api)
    [message] = until(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages", []))
    assert BUCKET_ARN in json.loads(message["Body"])["Message"]
    api.delete_backup_vault_notifications(BackupVaultName=VAULT)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_backup_vault_notifications(BackupVaultName=VAULT)


def test_unknown_events_and_topics_elsewhere_are_refused(aws: Aws) -> None:
    """A vault tells a topic of its own region, and only of events that exist."""
    for topic, event in (
        (f"arn:aws:sns:{EAST}:{ACCOUNT}:t", "BACKUP_JOB_EXPLODED"),
        (f"arn:aws:sns:{WEST}:{ACCOUNT}:t", "COPY_JOB_FAILED"),
    ):
        with pytest.raises(ClientError, match="InvalidParameterValueException"):
            aws("backup").put_backup_vault_notifications(BackupVaultName=VAULT, SNSTopicArn=topic, BackupVaultEvents=[event])
