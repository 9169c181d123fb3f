"""Who publishes to a topic."""

from pulumi import Input

from stacks.policies.documents import Document, allow, document
from stacks.policies.keys import acting

PUBLISHERS = ("backup", "cloudwatch", "events")
"""The AWS services that publish to a topic of ours of themselves: alarms, rules about events, and vaults."""


def topic_policy(topic_arn: Input[str], account: str) -> Document:
    """Return a topic's policy: the account's alarms and rules publish to it, and nobody does without TLS."""
    publish = [allow(f"{service.title()}Publishes", ["sns:Publish"], [topic_arn], **acting(service, account)) for service in PUBLISHERS]
    tls = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": [topic_arn],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document(*publish, tls)
