"""Where things are announced: an encrypted topic in each region, and who hears it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys
from stacks.policies.topics import topic_policy


@dataclass(frozen=True, slots=True)
class TopicsArgs:
    names: Names
    keys: Keys


class Topics(pulumi.ComponentResource):
    """One topic in each region: an announcement about a lost region must not need that region."""

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Topics", name, None, opts)
        self._inside = pulumi.ResourceOptions(parent=self)
        self.arns = {region: self._topic(region, args) for region in args.names.settings.regions}
        for region in args.names.settings.regions:
            self._subscribe("email", args.names.settings.monitoring.emails, region)
            self._subscribe("https", args.names.settings.monitoring.endpoints, region)
        self.register_outputs({})

    def _topic(self, region: str, args: TopicsArgs) -> pulumi.Output[str]:
        topic = aws.sns.Topic(
            f"topic-{region}",
            name=args.names.topic,
            kms_master_key_id=args.keys.arn("topic", region),
            region=region,
            opts=self._inside,
        )
        aws.sns.TopicPolicy(
            f"topic-{region}",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(topic_policy(topic.arn, args.names.settings.account)),
            region=region,
            opts=self._inside,
        )
        return topic.arn

    def _subscribe(self, protocol: str, endpoints: Iterable[str], region: str) -> None:
        """Each receiver confirms in its own way; until then AWS keeps the subscription pending, and nothing waits for it."""
        for endpoint in endpoints:
            aws.sns.TopicSubscription(
                # Not by its place in the list, which moves; nor in clear, since the address of a pager holds its key.
                f"{protocol}-{sha256(endpoint.encode()).hexdigest()[:8]}-{region}",
                topic=self.arns[region],
                protocol=protocol,
                endpoint=endpoint,
                region=region,
                opts=self._inside,
            )
