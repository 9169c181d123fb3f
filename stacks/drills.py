"""Whether drills still happen: a schedule that says "overdue" every hour, and whose start each drill puts off.

No alarm of CloudWatch looks back for a month, so what is late must speak by itself. Before the first drill it does so at once.
"""

import json
from dataclasses import dataclass

import pulumi

from names import DRILL_OVERDUE, Names
from stacks.policies.documents import allow, document
from stacks.schedules import Schedule, ScheduleArgs, Schedules


@dataclass(frozen=True, slots=True)
class DrillsArgs:
    names: Names
    schedules: Schedules


class Drills(pulumi.ComponentResource):
    """In the standby region, whichever region is active: the schedule's start is a memory, and moving it would lose it."""

    def __init__(self, name: str, args: DrillsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Drills", name, None, opts)
        says = {"Namespace": args.names.metrics, "MetricData": [{"MetricName": DRILL_OVERDUE, "Value": 1}]}
        within = {"StringEquals": {"cloudwatch:namespace": args.names.metrics}}
        Schedule(
            "schedule-drill-overdue",
            ScheduleArgs(
                schedules=args.schedules,
                region=args.names.settings.standby_region,
                what="drill-overdue",
                expression="rate(1 hours)",
                target="arn:aws:scheduler:::aws-sdk:cloudwatch:putMetricData",
                input=json.dumps(says),
                may=document(allow("SayOverdue", ["cloudwatch:PutMetricData"], ["*"], Condition=within)),
                moved=True,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
