"""SNS: announcements."""

from runbooks.aws.session import Door


def publish(door: Door, topic_arn: str, subject: str, message: str) -> str:
    """Publish and return the message's id; SNS takes subjects of up to 100 characters."""
    answer = door.call("sns", "publish", TopicArn=topic_arn, Subject=subject[:100], Message=message)
    return str(answer["MessageId"])
