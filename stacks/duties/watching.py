"""What watches: how everything stands, what was measured, and whether alarms reach anybody."""

from names import Names
from stacks.duties.places import everywhere
from stacks.policies.documents import Statement, allow


def watches() -> list[Statement]:
    """Return leave to see what everything costs, and which buckets there are: those that nobody thought of are among them."""
    return [
        # A list of buckets is no resource, and neither are costs.
        allow("ListBuckets", ["s3:ListAllMyBuckets"], ["*"]),
        allow("SeeCosts", ["ce:GetCostAndUsage"], ["*"]),
    ]


def tests_alarms(names: Names) -> list[Statement]:
    """Return leave to see alerts and whom they reach, and to raise an alarm and hear it in a queue; never the one that leads shoppers."""
    ours, queues = names.alarm("*"), everywhere(names, "sqs", names.alert_test("*"))
    topics = [names.topic_arn(region) for region in names.settings.regions]
    switches = everywhere(names, "cloudwatch", *(f"alarm:{names.takeover_alarm(region)}" for region in names.settings.regions))
    to_test_queues = {"StringEquals": {"sns:Protocol": "sqs"}, "StringLike": {"sns:Endpoint": queues}}
    return [
        # Described in lists, which CloudWatch allows only for every name.
        allow("SeeAlarms", ["cloudwatch:DescribeAlarms"], everywhere(names, "cloudwatch", "alarm:*")),
        allow("SeeRules", ["events:ListTargetsByRule"], everywhere(names, "events", f"rule/{names.event_rule('*')}")),
        # Neither a list of rules nor what ends a subscription knows a resource.
        allow("ListRulesAndUnsubscribe", ["events:ListRules", "sns:Unsubscribe"], ["*"]),
        allow("SeeSubscribers", ["sns:ListSubscriptionsByTopic"], topics),
        allow("RaiseAlarms", ["cloudwatch:SetAlarmState"], everywhere(names, "cloudwatch", f"alarm:{ours}")),
        {**allow("NeverTheSwitch", ["cloudwatch:SetAlarmState"], switches), "Effect": "Deny"},
        allow("SubscribeTestQueues", ["sns:Subscribe"], topics, Condition=to_test_queues),
        allow("KeepTestQueues", [f"sqs:{each}" for each in ("CreateQueue", "DeleteQueue", "ReceiveMessage")], queues),
    ]
