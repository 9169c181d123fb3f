"""SQS: a queue for as long as a test takes, into which one topic may write."""

import json
from dataclasses import dataclass

from runbooks.aws.session import Door


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    url: str
    arn: str


def create(door: Door, name: str, account: str, topic: str) -> Queue:
    """Create a queue that takes messages of *topic* alone, keeps them for five minutes, and shows each once in that time."""
    arn = f"arn:aws:sqs:{door.region}:{account}:{name}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    attributes = {"MessageRetentionPeriod": "300", "VisibilityTimeout": "300", "Policy": policy}
    return Queue(name, door.call("sqs", "create_queue", QueueName=name, Attributes=attributes)["QueueUrl"], arn)


def received(door: Door, queue: Queue) -> list[str]:
    """Return the bodies of at most ten messages that are there now; of a queue that was just made, not all may be seen at once."""
    found = door.call("sqs", "receive_message", QueueUrl=queue.url, MaxNumberOfMessages=10)
    return [str(message["Body"]) for message in found.get("Messages") or ()]


def delete(door: Door, queue: Queue) -> None:
    door.call("sqs", "delete_queue", QueueUrl=queue.url)
