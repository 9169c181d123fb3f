"""EventBridge's rules and what they tell."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:cloudwatch/eventRule:EventRule")
def event_rule(wanted: Wanted) -> Made:
    given = wanted.inputs.given(Name="name", Description="description", EventPattern="eventPattern")
    made = wanted.client("events").put_rule(**given, Tags=wanted.tag_list())
    return Made(given["Name"], {"arn": made["RuleArn"]})


@makes("aws:cloudwatch/eventTarget:EventTarget")
def event_target(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    target = inputs.given(Id="targetId", Arn="arn", RoleArn="roleArn")
    if transformer := inputs.get("inputTransformer"):
        paths = {"InputPathsMap": dict(transformer["inputPaths"].items())}
        target["InputTransformer"] = {**transformer.given(InputTemplate="inputTemplate"), **paths}
    wanted.client("events").put_targets(Rule=inputs["rule"], Targets=[target])
    return Made(f"{inputs['rule']}-{target['Id']}", {})
