"""Schedules and their groups: they are there to be looked at and put off, and nothing here happens at their times."""

from sandbox.deploy.monitor import Made
from sandbox.deploy.registry import Wanted, makes


@makes("aws:scheduler/scheduleGroup:ScheduleGroup")
def schedule_group(wanted: Wanted) -> Made:
    made = wanted.client("scheduler").create_schedule_group(Name=wanted.inputs["name"], Tags=wanted.tag_list())
    return Made(wanted.inputs["name"], {"arn": made["ScheduleGroupArn"]})


@makes("aws:scheduler/schedule:Schedule")
def schedule(wanted: Wanted) -> Made:
    inputs = wanted.inputs
    target = inputs["target"]
    # A target that is only recorded has no ARN here, and is never called.
    arn = target["arn"] or f"arn:aws:scheduler:::not-here:{inputs['name']}"
    retries = target["retryPolicy"]
    made = wanted.client("scheduler").create_schedule(
        Name=inputs["name"],
        GroupName=inputs["groupName"],
        ScheduleExpression=inputs["scheduleExpression"],
        ScheduleExpressionTimezone=inputs["scheduleExpressionTimezone"],
        FlexibleTimeWindow={"Mode": inputs["flexibleTimeWindow"]["mode"]},
        Target={
            "Arn": arn,
            "RoleArn": target["roleArn"],
            "Input": target["input"],
            "RetryPolicy": {
                "MaximumEventAgeInSeconds": int(retries["maximumEventAgeInSeconds"]),
                "MaximumRetryAttempts": int(retries["maximumRetryAttempts"]),
            },
        },
    )
    return Made(f"{inputs['groupName']}/{inputs['name']}", {"arn": made["ScheduleArn"]})
