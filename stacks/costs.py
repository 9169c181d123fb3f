"""What recovery costs: a budget, and a watch for days that cost more than usual.

Both follow the tag that everything here carries. AWS counts a tag's costs from the day it is activated as a cost allocation tag, which the
account that pays does once, in its billing console: a tag can be activated only after it was seen in use, so no first deployment could.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from names import COST_TAG, Names
from stacks import account

NOTIFIED = {"ACTUAL": 80, "FORECASTED": 100}
"""Per cent of the budget that is spent, or will be by the end of the month as AWS foresees it."""


@dataclass(frozen=True, slots=True)
class CostsArgs:
    names: Names


class Costs(pulumi.ComponentResource):
    """Billing has no regions. Without anyone to tell, the budget and the monitor are only there to be looked at."""

    def __init__(self, name: str, args: CostsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("solemate-dr:stacks:Costs", name, None, opts)
        self._names = args.names
        self._centre = account.tags(args.names)[COST_TAG]
        self._inside = pulumi.ResourceOptions(parent=self)
        self._budget()
        monitor = self._monitor()
        if args.names.settings.monitoring.emails:
            self._tell_of_anomalies(monitor)
        self.register_outputs({})

    def _budget(self) -> None:
        monitoring = self._names.settings.monitoring
        aws.budgets.Budget(
            "recovery",
            name=self._names.costs,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(monitoring.monthly_budget),
            limit_unit="USD",
            cost_filters=[{"name": "TagKeyValue", "values": [f"user:{COST_TAG}${self._centre}"]}],
            notifications=[notification(kind, percent, monitoring.emails) for kind, percent in NOTIFIED.items() if monitoring.emails],
            opts=self._inside,
        )

    def _monitor(self) -> aws.costexplorer.AnomalyMonitor:
        return aws.costexplorer.AnomalyMonitor(
            "recovery",
            name=self._names.costs,
            monitor_type="CUSTOM",
            monitor_specification=json.dumps(tagged(self._centre)),
            opts=self._inside,
        )

    def _tell_of_anomalies(self, monitor: aws.costexplorer.AnomalyMonitor) -> None:
        monitoring = self._names.settings.monitoring
        aws.costexplorer.AnomalySubscription(
            "recovery",
            name=self._names.costs,
            frequency="DAILY",
            monitor_arn_lists=[monitor.arn],
            subscribers=[{"type": "EMAIL", "address": email} for email in monitoring.emails],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [str(worth_telling(monitoring.monthly_budget))],
                }
            },
            opts=self._inside,
        )


def notification(kind: str, percent: int, emails: tuple[str, ...]) -> aws.budgets.BudgetNotificationArgsDict:
    return {
        "notification_type": kind,
        "comparison_operator": "GREATER_THAN",
        "threshold": percent,
        "threshold_type": "PERCENTAGE",
        "subscriber_email_addresses": list(emails),
    }


def tagged(value: str) -> Mapping[str, object]:
    """Return Cost Explorer's expression for what carries our tag.

    Its empty members are spelled out because AWS returns them: left out, each update would replace the monitor, and with it what it learnt.
    """
    absent = dict.fromkeys(("And", "CostCategories", "Dimensions", "Not", "Or"))
    return {**absent, "Tags": {"Key": COST_TAG, "MatchOptions": None, "Values": [value]}}


def worth_telling(budget: int) -> int:
    """Return the dollars that an anomaly must have cost before anybody is told: a tenth of the month's *budget*."""
    return max(budget // 10, 1)
