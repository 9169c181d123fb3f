"""What happens at set times: EventBridge Scheduler, in a role that may do one thing."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import Names
from stacks.policies.documents import Document, assumed_by


class Schedules(pulumi.ComponentResource):
    """A group in each region: AWS counts what a schedule could not do by its group."""

    def __init__(self, name: str, names: Names, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Schedules", name, None, opts)
        self.names = names
        self._groups = {
            region: aws.scheduler.ScheduleGroup(
                f"schedules-{region}", name=names.schedule_group, region=region, opts=pulumi.ResourceOptions(parent=self)
            )
            for region in names.settings.regions
        }
        self.register_outputs({})

    def group(self, region: str) -> pulumi.Output[str]:
        return self._groups[region].name


@dataclass(frozen=True, slots=True)
class ScheduleArgs:
    """``expression`` is a cron or a rate, in UTC; ``may`` is what calling ``target`` with ``input`` takes.

    ``moved``: a command moves the schedule's start date, which no update puts back.
    """

    schedules: Schedules
    region: str
    what: str
    expression: str
    target: pulumi.Input[str]
    input: pulumi.Input[str]
    may: Document
    moved: bool = False


class Schedule(pulumi.ComponentResource):
    """A call that fails is repeated within the hour, and never found late: by then the next one is the better one."""

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Schedule", name, None, opts)
        names = args.schedules.names
        role = aws.iam.Role(
            name,
            name=names.role(name),
            assume_role_policy=pulumi.Output.json_dumps(assumed_by("scheduler")),
            opts=pulumi.ResourceOptions(parent=self),
        )
        leave = aws.iam.RolePolicy(
            name, name=args.what, role=role.name, policy=pulumi.Output.json_dumps(args.may), opts=pulumi.ResourceOptions(parent=self)
        )
        aws.scheduler.Schedule(
            name,
            name=names.schedule(args.what),
            group_name=args.schedules.group(args.region),
            schedule_expression=args.expression,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": args.target,
                "role_arn": role.arn,
                "input": args.input,
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
            },
            region=args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[leave], ignore_changes=["start_date"] if args.moved else None),
        )
        self.register_outputs({})
