"""Cost Explorer: what things that carry a tag cost, month by month.

It answers in us-east-1 alone, and each answer costs a cent. Source: the Cost Explorer API reference, "GetCostAndUsage", and its prices.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from runbooks.aws.session import Door

HOME = "us-east-1"


@dataclass(frozen=True, slots=True)
class Month:
    """US dollars of one month; ``estimated`` while AWS may still change it, as it does with the month that runs."""

    begins: date
    dollars: Decimal
    estimated: bool


def monthly(door: Door, tag: str, value: str, since: date, until: date) -> tuple[Month, ...]:
    """Return the months from *since*, which counts, to *until*, which does not, of what carries *tag* with *value*.

    A month in which nothing carried it is left out: AWS counts a tag from the day that it is activated as a cost allocation tag.
    """
    answer = door.call(
        "ce",
        "get_cost_and_usage",
        TimePeriod={"Start": since.isoformat(), "End": until.isoformat()},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        GroupBy=[{"Type": "TAG", "Key": tag}],
    )
    return tuple(
        Month(
            date.fromisoformat(each["TimePeriod"]["Start"]), Decimal(group["Metrics"]["UnblendedCost"]["Amount"]), bool(each["Estimated"])
        )
        for each in answer.get("ResultsByTime") or ()
        for group in each.get("Groups") or ()
        if group["Keys"] == [f"{tag}${value}"]
    )
