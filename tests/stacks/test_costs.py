"""What recovery costs, and who is told."""

import json
from pathlib import Path

import pytest

from names import Names
from settings import SettingsError
from tests.stacks.declared import Declared, declare

BUDGET, MONITOR, SUBSCRIPTION = (
    "budgets/budget:Budget",
    "costexplorer/anomalyMonitor:AnomalyMonitor",
    "costexplorer/anomalySubscription:AnomalySubscription",
)


def test_the_budget_counts_what_carries_our_tag(prod: Declared, names: Names) -> None:
    """The same value that the provider puts on everything, in the words of AWS Budgets."""
    budget = prod.one(BUDGET, "recovery")
    assert (budget["name"], budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == (names.costs, "1500", "USD", "MONTHLY")
    value = prod.provider["defaultTags"]["tags"]["cost-center"]
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": [f"user:cost-center${value}"]}]


def test_the_budget_speaks_before_it_is_spent(prod: Declared) -> None:
    """At 80 per cent spent, and as soon as AWS foresees all of it."""
    said = {(each["notificationType"], each["threshold"], each["thresholdType"]) for each in prod.one(BUDGET, "recovery")["notifications"]}
    assert said == {("ACTUAL", 80, "PERCENTAGE"), ("FORECASTED", 100, "PERCENTAGE")}
    for notification in prod.one(BUDGET, "recovery")["notifications"]:
        assert notification["subscriberEmailAddresses"] == ["oncall@solemate.example"]


def test_the_monitor_is_written_as_aws_returns_it(prod: Declared) -> None:
    """With its empty members: without them each update would replace the monitor, and with it what it has learnt."""
    assert json.loads(prod.one(MONITOR, "recovery")["monitorSpecification"]) == {
        "And": None,
        "CostCategories": None,
        "Dimensions": None,
        "Not": None,
        "Or": None,
        "Tags": {"Key": "cost-center", "MatchOptions": None, "Values": ["disaster-recovery"]},
    }


def test_an_anomaly_worth_a_tenth_of_the_budget_is_told(prod: Declared) -> None:
    """Less is noise; daily is as often as AWS sends e-mail."""
    subscription = prod.one(SUBSCRIPTION, "recovery")
    [monitor] = subscription["monitorArnLists"]
    assert (subscription["frequency"], monitor.rpartition(":")[2]) == ("DAILY", prod.one(MONITOR, "recovery")["name"])
    assert subscription["subscribers"] == [{"type": "EMAIL", "address": "oncall@solemate.example"}]
    assert subscription["thresholdExpression"]["dimension"] == {
        "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "matchOptions": ["GREATER_THAN_OR_EQUAL"],
        "values": ["150"],
    }


def test_the_smallest_budget_still_has_a_threshold(tmp_path: Path) -> None:
    """An anomaly of no dollars would be told every day."""
    small = declare(tmp_path, change=lambda config: config["monitoring"].update(monthlyBudget=1))
    assert small.one(SUBSCRIPTION, "recovery")["thresholdExpression"]["dimension"]["values"] == ["1"]


def test_without_anyone_to_tell_nothing_is_sent(tmp_path: Path) -> None:
    """AWS takes neither a notification nor a subscription that has no address; the budget and the monitor stay."""
    quiet = declare(tmp_path, change=lambda config: config["monitoring"].update(emails=[]))
    assert quiet.one(BUDGET, "recovery").get("notifications", []) == []
    assert quiet.of(SUBSCRIPTION) == {}
    assert set(quiet.of(MONITOR)) == {"recovery"}


def test_more_addresses_than_a_budget_takes_are_refused(tmp_path: Path) -> None:
    """AWS Budgets tells ten at most, and says so only when it is made."""
    many = [f"person{number}@solemate.example" for number in range(11)]
    with pytest.raises(SettingsError, match=r"monitoring\.emails: must have at most 10 entries, has 11"):
        declare(tmp_path, change=lambda config: config["monitoring"].update(emails=many))
