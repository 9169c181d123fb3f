"""Topics."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:sns/topic:Topic")
def topic(wanted: Wanted) -> Made:
    attributes = wanted.inputs.given(KmsMasterKeyId="kmsMasterKeyId")
    made = wanted.client("sns").create_topic(Name=wanted.inputs["name"], Attributes=attributes, Tags=wanted.tag_list())
    return Made(made["TopicArn"], {"arn": made["TopicArn"]})


@makes("aws:sns/topicPolicy:TopicPolicy")
def topic_policy(wanted: Wanted) -> Made:
    arn = wanted.inputs["arn"]
    wanted.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=wanted.inputs["policy"])
    return Made(arn, {})
