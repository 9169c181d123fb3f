"""SNS: announcements, and who hears them."""

from dataclasses import dataclass

from runbooks.aws.session import Door


def publish(door: Door, topic_arn: str, subject: str, message: str) -> str:
    """Publish and return the message's id; SNS takes subjects of up to 100 characters."""
    answer = door.call("sns", "publish", TopicArn=topic_arn, Subject=subject[:100], Message=message)
    return str(answer["MessageId"])


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears of a topic. ``arn`` is no ARN but AWS's word ``PendingConfirmation`` while its receiver has not confirmed it."""

    arn: str
    protocol: str
    endpoint: str

    @property
    def confirmed(self) -> bool:
        return self.arn.startswith("arn:")


def subscriptions(door: Door, topic_arn: str) -> tuple[Subscription, ...]:
    """Return who is subscribed to a topic; raise :class:`NotFound` when there is no such topic."""
    found = door.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic_arn)
    return tuple(Subscription(entry["SubscriptionArn"], entry["Protocol"], entry["Endpoint"]) for entry in found)


def subscribe(door: Door, topic_arn: str, queue_arn: str) -> str:
    """Subscribe a queue and return the subscription's ARN; a queue of the same account confirms by itself."""
    answer = door.call("sns", "subscribe", TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True)
    return str(answer["SubscriptionArn"])


def unsubscribe(door: Door, subscription_arn: str) -> None:
    door.call("sns", "unsubscribe", SubscriptionArn=subscription_arn)
