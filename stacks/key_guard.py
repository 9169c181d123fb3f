"""Whoever turns against a key is told of: with it go all the backups under it, lock or no lock, and there are days left to undo it.

Presumed: a trail of the account logs the management events of both regions, those of KMS included; without one EventBridge hears of none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.keys import Keys
from stacks.policies.documents import assumed_by
from stacks.policies.services import forward_events

HARM = ("DisableKey", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion")

MESSAGE = (
    '"<who> asked for <what> of <key> at <when>. If nobody meant it, undo it now: cancel the deletion and enable the key, '
    'or put its policy and its rotation back."'
)


@dataclass(frozen=True, slots=True)
class KeyGuardArgs:
    names: Names
    keys: Keys
    topics: Mapping[str, pulumi.Input[str]]


class KeyGuard(pulumi.ComponentResource):
    """Each region tells of the keys of both: what is said of a topic's own key cannot be said under that key once it is disabled."""

    def __init__(self, name: str, args: KeyGuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:KeyGuard", name, None, opts)
        self._args, self._names = args, args.names
        self._inside = pulumi.ResourceOptions(parent=self)
        role = self._role()
        for region in args.names.settings.regions:
            self._tell(region)
            self._hand_on(region, role)
        self.register_outputs({})

    def _tell(self, region: str) -> None:
        keys = [arn for where in self._names.settings.regions for arn in self._args.keys.arns(where)]
        label = f"keys-{region}"
        aws.cloudwatch.EventTarget(
            label,
            rule=self._rule(label, "keys", "Somebody turns against a key", keys, region).name,
            target_id="topic",
            arn=self._args.topics[region],
            input_transformer={
                "input_paths": {
                    "who": "$.detail.userIdentity.arn",
                    "what": "$.detail.eventName",
                    "key": "$.detail.resources[0].ARN",
                    "when": "$.detail.eventTime",
                },
                "input_template": MESSAGE,
            },
            region=region,
            opts=self._inside,
        )

    def _hand_on(self, region: str, role: aws.iam.Role) -> None:
        """Hand on what befalls *region*'s own keys, and nothing that was handed to it: no event comes back."""
        other = self._names.settings.other_region(region)
        label, what = f"keys-{region}-to-{other}", f"keys-to-{other}"
        rule = self._rule(label, what, f"What befalls the keys of {region} is told in {other} too", self._args.keys.arns(region), region)
        aws.cloudwatch.EventTarget(
            label,
            rule=rule.name,
            target_id="other-region",
            arn=self._names.event_bus_arn(other),
            role_arn=role.arn,
            region=region,
            opts=self._inside,
        )

    def _rule(self, label: str, what: str, description: str, keys: Sequence[pulumi.Input[str]], region: str) -> aws.cloudwatch.EventRule:
        return aws.cloudwatch.EventRule(
            label,
            name=self._names.event_rule(what),
            description=description,
            event_pattern=pulumi.Output.json_dumps(harm_to(keys)),
            region=region,
            opts=self._inside,
        )

    def _role(self) -> aws.iam.Role:
        role = aws.iam.Role(
            "forward-events",
            name=self._names.role("forward-events"),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("events")),
            opts=self._inside,
        )
        buses = [self._names.event_bus_arn(region) for region in self._names.settings.regions]
        document = forward_events(buses)
        aws.iam.RolePolicy("forward-events", name="forward", role=role.name, policy=pulumi.Output.json_dumps(document), opts=self._inside)
        return role


def harm_to(keys: Sequence[pulumi.Input[str]]) -> Mapping[str, object]:
    """Return the pattern of the calls that put *keys* out of use, or prepare it."""
    return {
        "source": ["aws.kms"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["kms.amazonaws.com"], "eventName": list(HARM), "resources": {"ARN": list(keys)}},
    }
