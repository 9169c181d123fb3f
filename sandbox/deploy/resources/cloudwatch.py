"""Alarms and log groups."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:cloudwatch/metricAlarm:MetricAlarm")
def metric_alarm(wanted: Wanted) -> Made:
    cloudwatch, inputs = wanted.client("cloudwatch"), wanted.inputs
    given = inputs.given(
        AlarmName="name",
        AlarmDescription="alarmDescription",
        Namespace="namespace",
        MetricName="metricName",
        Statistic="statistic",
        Period="period",
        EvaluationPeriods="evaluationPeriods",
        Threshold="threshold",
        ComparisonOperator="comparisonOperator",
        TreatMissingData="treatMissingData",
        AlarmActions="alarmActions",
        OKActions="okActions",
    )
    dimensions = [{"Name": name, "Value": value} for name, value in inputs.get("dimensions", {}).items()]
    cloudwatch.put_metric_alarm(**given, Dimensions=dimensions, Tags=wanted.tag_list())
    made = cloudwatch.describe_alarms(AlarmNames=[given["AlarmName"]])["MetricAlarms"][0]
    return Made(given["AlarmName"], {"arn": made["AlarmArn"]})


@makes("aws:cloudwatch/logGroup:LogGroup")
def log_group(wanted: Wanted) -> Made:
    logs, name = wanted.client("logs"), wanted.inputs["name"]
    logs.create_log_group(logGroupName=name, tags=wanted.tags)
    logs.put_retention_policy(logGroupName=name, retentionInDays=wanted.inputs["retentionInDays"])
    made = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    return Made(name, {"arn": made["arn"].removesuffix(":*")})
